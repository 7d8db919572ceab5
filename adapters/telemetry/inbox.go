package telemetry

import (
	"context"

	"go.opentelemetry.io/otel/trace"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/delivery"
)

// Inbox returns next with a span "inbox.put" or "inbox.remove" around every
// change of an inbox: whose it is, and a link to the event.
func Inbox(next delivery.Inbox, t trace.Tracer) delivery.Inbox { return inbox{next, t} }

type inbox struct {
	next   delivery.Inbox
	tracer trace.Tracer
}

// Put puts a copy into the next inbox.
func (i inbox) Put(ctx context.Context, agency, scope string, f services.Fact) error {
	ctx, span := i.tracer.Start(ctx, "inbox.put", trace.WithAttributes(KeyAgency.String(agency)))
	about(span, f)
	err := i.next.Put(ctx, agency, scope, f)
	end(span, err)
	return err
}

// Remove removes a copy from the next inbox. A case and an inspection are
// linked alike.
func (i inbox) Remove(ctx context.Context, agency, scope, event string) error {
	ctx, span := i.tracer.Start(ctx, "inbox.remove", trace.WithAttributes(KeyAgency.String(agency)))
	link(span, schemas.Scope{Kind: schemas.ScopeCase, ID: scope}, event)
	err := i.next.Remove(ctx, agency, scope, event)
	end(span, err)
	return err
}
