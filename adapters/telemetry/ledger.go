package telemetry

import (
	"context"

	"go.opentelemetry.io/otel/trace"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/intake"
)

// Ledger returns next with a span "ledger.append" around every append, which
// names and links what was stored, and "ledger.read" around every read.
func Ledger(next intake.Ledger, t trace.Tracer) intake.Ledger { return ledger{next, t} }

type ledger struct {
	next   intake.Ledger
	tracer trace.Tracer
}

// Append appends to the next ledger.
func (l ledger) Append(ctx context.Context, e intake.Entry) (services.Fact, error) {
	ctx, span := l.tracer.Start(ctx, "ledger.append")
	f, err := l.next.Append(ctx, e)
	if err == nil {
		about(span, f)
	}
	end(span, err)
	return f, err
}

// Read reads the next ledger.
func (l ledger) Read(ctx context.Context, s schemas.Scope) ([]services.Fact, error) {
	ctx, span := l.tracer.Start(ctx, "ledger.read")
	facts, err := l.next.Read(ctx, s)
	end(span, err)
	return facts, err
}
