package telemetry

import (
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// The attributes that a span can have. There are no others.
const (
	KeyAgency   = attribute.Key("saphan.agency")   // whose request or inbox it is
	KeyService  = attribute.Key("saphan.service")  // the service of the hub, when no agency
	KeyKind     = attribute.Key("saphan.kind")     // kind of the refusal
	KeyCode     = attribute.Key("saphan.code")     // code of the refusal
	KeyType     = attribute.Key("saphan.type")     // short name of the event's type
	KeySequence = attribute.Key("saphan.sequence") // place in the ledger
)

// end closes a span with what became of its work. Only what is the system's own
// failure marks the span as one: a refusal is an answer.
func end(span trace.Span, err error) {
	defer span.End()
	if err == nil || !span.IsRecording() {
		return
	}
	e := services.AsError(err)
	span.SetAttributes(KeyKind.String(string(e.Kind)), KeyCode.String(e.Code))
	if e.Kind.Outcome().HTTP >= 500 {
		span.SetStatus(codes.Error, e.Code)
	}
}

// about says which fact a span is about.
func about(span trace.Span, f services.Fact) {
	if !span.IsRecording() {
		return
	}
	span.SetAttributes(KeyType.String(f.Name()), KeySequence.Int64(int64(f.Sequence)))
	link(span, f.Scope(), f.ID())
}

// link ties a span to an event in the trace of its case or inspection. Events
// of the directory are in no trace.
func link(span trace.Span, s schemas.Scope, event string) {
	parent := schemas.TraceParent(s, event)
	if parent == "" {
		return
	}
	const traceAt, spanAt, flagsAt = 3, 36, 53
	traceID, err := trace.TraceIDFromHex(parent[traceAt : spanAt-1])
	if err != nil {
		return
	}
	spanID, err := trace.SpanIDFromHex(parent[spanAt : flagsAt-1])
	if err != nil {
		return
	}
	span.AddLink(trace.Link{SpanContext: trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: traceID, SpanID: spanID, TraceFlags: trace.FlagsSampled, Remote: true,
	})})
}

func party(p services.Party) attribute.KeyValue {
	if p.Agency != "" {
		return KeyAgency.String(p.Agency)
	}
	return KeyService.String(p.Service)
}
