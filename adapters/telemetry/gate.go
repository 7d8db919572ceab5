package telemetry

import (
	"context"

	"go.opentelemetry.io/otel/trace"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// Gate returns next with a span "gate.submit" around every submission: who
// submitted, and the kind and code of a refusal. An accepted event is linked.
func Gate(next services.Gate, t trace.Tracer) services.Gate { return gate{next, t} }

type gate struct {
	next   services.Gate
	tracer trace.Tracer
}

// Submit submits to the next gate.
func (g gate) Submit(ctx context.Context, from services.Party, raw []byte) (services.Receipt, error) {
	ctx, span := g.tracer.Start(ctx, "gate.submit", trace.WithAttributes(party(from)))
	receipt, err := g.next.Submit(ctx, from, raw)
	if err == nil && span.IsRecording() {
		linkAccepted(span, raw)
	}
	end(span, err)
	return receipt, err
}

// linkAccepted reads the event once more, which only a recorded span pays for.
func linkAccepted(span trace.Span, raw []byte) {
	e, err := schemas.Decode(raw)
	if err != nil {
		return
	}
	span.SetAttributes(KeyType.String(schemas.NameOf(e)))
	link(span, schemas.ScopeOf(e), e.ID())
}
