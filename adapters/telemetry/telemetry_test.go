package telemetry_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/saphan-project/saphan/adapters/telemetry"
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/intake"
)

const (
	caseID  = "9f0c1d2e3f405162738495a6b7c8d9ea"
	eventID = "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"
	spanID  = "8a9b0c1d2e3f4a5b"
	// canary stands for whatever a payload may hold.
	canary = "invented-person-one"
)

var (
	harbour = services.Party{Agency: "shelter-harbour"}
	when    = time.Date(2026, 3, 2, 10, 5, 0, 0, time.UTC)
)

// fact returns an accepted event whose payload holds the canary.
func fact(t testing.TB) services.Fact {
	t.Helper()
	return written(t, schemas.Draft{
		ID: eventID, Author: harbour, Type: "referral.accepted", Subject: caseID, Time: when,
		Data: map[string]string{"referral": canary, "offer": canary},
	})
}

func written(t testing.TB, d schemas.Draft) services.Fact {
	t.Helper()
	e, err := d.Event()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := schemas.Encode(e, base64.StdEncoding.EncodeToString([]byte(canary)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := services.NewFact(raw, 7, when, "ledger."+canary)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// record returns a tracer and what it has recorded.
func record(t testing.TB) (trace.Tracer, *tracetest.InMemoryExporter) {
	t.Helper()
	spans := tracetest.NewInMemoryExporter()
	provider := sdk.NewTracerProvider(sdk.WithSyncer(spans))
	return provider.Tracer("test"), spans
}

// failing are errors that decorated ports may give, with the canary in their text.
var failing = map[string]struct {
	err   error
	attrs []attribute.KeyValue
	code  codes.Code
}{
	"refused": {
		services.Because(services.Conflict, "offer_closed", errors.New(canary)),
		[]attribute.KeyValue{telemetry.KeyKind.String("conflict"), telemetry.KeyCode.String("offer_closed")}, codes.Unset,
	},
	"later": {
		fmt.Errorf("append %s: %w", canary, services.Refuse(services.Later, services.CodeBusAway)),
		[]attribute.KeyValue{telemetry.KeyKind.String("later"), telemetry.KeyCode.String("bus_away")}, codes.Error,
	},
	"bug": {
		errors.New(canary),
		[]attribute.KeyValue{telemetry.KeyKind.String("internal"), telemetry.KeyCode.String("bug")}, codes.Error,
	},
}

// one returns the only span, and fails when it holds anything of a payload.
func one(t *testing.T, spans *tracetest.InMemoryExporter) tracetest.SpanStub {
	t.Helper()
	got := spans.GetSpans()
	if len(got) != 1 {
		t.Fatalf("%d spans; want 1", len(got))
	}
	s := got[0]
	for _, secret := range []string{canary, caseID, eventID} {
		texts := []string{s.Name, s.Status.Description}
		for _, a := range s.Attributes {
			texts = append(texts, string(a.Key), a.Value.String())
		}
		if strings.Contains(strings.Join(texts, "\n"), secret) {
			t.Errorf("span holds %s", secret)
		}
	}
	if len(s.Events) != 0 {
		t.Error("span records an error's text")
	}
	return s
}

func checkSpan(t *testing.T, s tracetest.SpanStub, name string, attrs ...attribute.KeyValue) {
	t.Helper()
	if s.Name != name {
		t.Errorf("span %q; want %q", s.Name, name)
	}
	// NewSet sorts what it is given, and tests share it.
	if got, want := attribute.NewSet(slices.Clone(s.Attributes)...), attribute.NewSet(slices.Clone(attrs)...); !got.Equals(&want) {
		t.Errorf("attributes %v; want %v", s.Attributes, attrs)
	}
}

func checkLink(t *testing.T, s tracetest.SpanStub) {
	t.Helper()
	if len(s.Links) != 1 || len(s.Links[0].Attributes) != 0 {
		t.Fatalf("links %v; want one without attributes", s.Links)
	}
	to := s.Links[0].SpanContext
	if to.TraceID().String() != caseID || to.SpanID().String() != spanID {
		t.Errorf("link to %v/%v; want the event in the trace of its case", to.TraceID(), to.SpanID())
	}
	if s.SpanContext.TraceID() == to.TraceID() {
		t.Error("the span is in the trace of the case itself")
	}
}

type gateFunc func(context.Context, services.Party, []byte) (services.Receipt, error)

func (f gateFunc) Submit(ctx context.Context, from services.Party, raw []byte) (services.Receipt, error) {
	return f(ctx, from, raw)
}

func TestGate(t *testing.T) {
	t.Parallel()
	tracer, spans := record(t)
	f := fact(t)
	gate := telemetry.Gate(gateFunc(func(ctx context.Context, from services.Party, raw []byte) (services.Receipt, error) {
		if from != harbour || string(raw) != string(f.Bytes) {
			t.Error("the gate got something else than was submitted")
		}
		if !trace.SpanContextFromContext(ctx).IsValid() {
			t.Error("the gate is not inside the span")
		}
		return services.Receipt{Event: eventID}, nil
	}), tracer)
	receipt, err := gate.Submit(t.Context(), harbour, f.Bytes)
	if err != nil || receipt.Event != eventID {
		t.Errorf("answered %v, %v", receipt, err)
	}
	s := one(t, spans)
	checkSpan(t, s, "gate.submit", telemetry.KeyAgency.String(harbour.Agency), telemetry.KeyType.String("referral.accepted"))
	checkLink(t, s)
}

func TestGateRefuses(t *testing.T) {
	t.Parallel()
	for name, test := range failing {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tracer, spans := record(t)
			gate := telemetry.Gate(gateFunc(func(context.Context, services.Party, []byte) (services.Receipt, error) {
				return services.Receipt{}, test.err
			}), tracer)
			if _, err := gate.Submit(t.Context(), services.Party{Service: schemas.Routing}, fact(t).Bytes); err != test.err {
				t.Errorf("answered %v; want the gate's own answer", err)
			}
			s := one(t, spans)
			checkSpan(t, s, "gate.submit", append(slices.Clone(test.attrs), telemetry.KeyService.String("routing"))...)
			if s.Status.Code != test.code {
				t.Errorf("status %v; want %v", s.Status.Code, test.code)
			}
			if len(s.Links) != 0 {
				t.Error("a refused event is linked")
			}
		})
	}
}

func TestDirectoryEventsAreInNoTrace(t *testing.T) {
	t.Parallel()
	tracer, spans := record(t)
	f := written(t, schemas.Draft{
		ID: eventID, Author: services.Party{Service: schemas.Operator}, Type: "agency.changed",
		Subject: harbour.Agency, Time: when, Data: schemas.AgencyChanged{},
	})
	gate := telemetry.Gate(gateFunc(func(context.Context, services.Party, []byte) (services.Receipt, error) {
		return services.Receipt{}, nil
	}), tracer)
	if _, err := gate.Submit(t.Context(), services.Party{Service: schemas.Operator}, f.Bytes); err != nil {
		t.Fatal(err)
	}
	if s := one(t, spans); len(s.Links) != 0 {
		t.Errorf("links %v; want none", s.Links)
	}
}

type ledgerStub struct {
	fact services.Fact
	err  error
}

func (l ledgerStub) Append(context.Context, intake.Entry) (services.Fact, error) {
	return l.fact, l.err
}
func (l ledgerStub) Read(context.Context, schemas.Scope) ([]services.Fact, error) {
	return []services.Fact{l.fact}, l.err
}

func TestLedger(t *testing.T) {
	t.Parallel()
	entry := intake.Entry{Scope: schemas.Scope{Kind: schemas.ScopeCase, ID: caseID}, Event: eventID}
	t.Run("append", func(t *testing.T) {
		t.Parallel()
		tracer, spans := record(t)
		f, err := telemetry.Ledger(ledgerStub{fact: fact(t)}, tracer).Append(t.Context(), entry)
		if err != nil || f.ID() != eventID {
			t.Errorf("answered %v, %v", f.ID(), err)
		}
		s := one(t, spans)
		checkSpan(t, s, "ledger.append", telemetry.KeyType.String("referral.accepted"), telemetry.KeySequence.Int64(7))
		checkLink(t, s)
	})
	t.Run("read", func(t *testing.T) {
		t.Parallel()
		tracer, spans := record(t)
		facts, err := telemetry.Ledger(ledgerStub{fact: fact(t)}, tracer).Read(t.Context(), entry.Scope)
		if err != nil || len(facts) != 1 {
			t.Errorf("answered %d facts, %v", len(facts), err)
		}
		checkSpan(t, one(t, spans), "ledger.read")
	})
	for name, test := range failing {
		t.Run("append "+name, func(t *testing.T) {
			t.Parallel()
			tracer, spans := record(t)
			if _, err := telemetry.Ledger(ledgerStub{err: test.err}, tracer).Append(t.Context(), entry); err != test.err {
				t.Errorf("answered %v", err)
			}
			checkSpan(t, one(t, spans), "ledger.append", test.attrs...)
		})
	}
}

type inboxStub struct{ err error }

func (i inboxStub) Put(context.Context, string, string, services.Fact) error { return i.err }
func (i inboxStub) Remove(context.Context, string, string, string) error     { return i.err }

func TestInbox(t *testing.T) {
	t.Parallel()
	agency := telemetry.KeyAgency.String(harbour.Agency)
	t.Run("put", func(t *testing.T) {
		t.Parallel()
		tracer, spans := record(t)
		if err := telemetry.Inbox(inboxStub{}, tracer).Put(t.Context(), harbour.Agency, caseID, fact(t)); err != nil {
			t.Error(err)
		}
		s := one(t, spans)
		checkSpan(t, s, "inbox.put", agency, telemetry.KeyType.String("referral.accepted"), telemetry.KeySequence.Int64(7))
		checkLink(t, s)
	})
	t.Run("remove", func(t *testing.T) {
		t.Parallel()
		tracer, spans := record(t)
		if err := telemetry.Inbox(inboxStub{}, tracer).Remove(t.Context(), harbour.Agency, caseID, eventID); err != nil {
			t.Error(err)
		}
		s := one(t, spans)
		checkSpan(t, s, "inbox.remove", agency)
		checkLink(t, s)
	})
	for name, test := range failing {
		t.Run("remove "+name, func(t *testing.T) {
			t.Parallel()
			tracer, spans := record(t)
			if err := telemetry.Inbox(inboxStub{test.err}, tracer).Remove(t.Context(), harbour.Agency, caseID, eventID); err != test.err {
				t.Errorf("answered %v", err)
			}
			checkSpan(t, one(t, spans), "inbox.remove", append(slices.Clone(test.attrs), agency)...)
		})
	}
}
