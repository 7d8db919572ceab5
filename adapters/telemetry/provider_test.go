package telemetry_test

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/saphan-project/saphan/adapters/telemetry"
	"github.com/saphan-project/saphan/services"
)

func accepting(context.Context, services.Party, []byte) (services.Receipt, error) {
	return services.Receipt{}, nil
}

func TestProviderWritesSpans(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	p, err := telemetry.Start(t.Context(), telemetry.Config{Writer: &out, Service: "saphan", Version: "1.2.3"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := telemetry.Gate(gateFunc(accepting), p.Tracer()).Submit(t.Context(), harbour, fact(t).Bytes); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := p.Shutdown(t.Context()); err != nil {
			t.Errorf("shut down: %v", err)
		}
	}
	var span struct {
		Name  string
		Links []struct {
			SpanContext struct{ TraceID, SpanID string }
		}
	}
	if err := json.Unmarshal(out.Bytes(), &span); err != nil {
		t.Fatalf("not one span was written: %v", err)
	}
	if span.Name != "gate.submit" || len(span.Links) != 1 || span.Links[0].SpanContext.TraceID != caseID {
		t.Errorf("wrote %+v", span)
	}
	text := out.String()
	if strings.Contains(text, canary) || strings.Contains(text, eventID) {
		t.Error("the output holds what it must not")
	}
	if !strings.Contains(text, `"1.2.3"`) || strings.Count(text, caseID) != 1 {
		t.Error("the output lacks the version, or names the case elsewhere than in the link")
	}
}

func TestProviderWithoutWriter(t *testing.T) {
	t.Parallel()
	p, err := telemetry.Start(t.Context(), telemetry.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if _, span := p.Tracer().Start(t.Context(), "test"); span.IsRecording() {
		t.Error("a span is recorded for nobody")
	}
	if _, err := telemetry.Gate(gateFunc(accepting), p.Tracer()).Submit(t.Context(), harbour, nil); err != nil {
		t.Error(err)
	}
	for range 2 {
		if err := p.Shutdown(t.Context()); err != nil {
			t.Errorf("shut down: %v", err)
		}
	}
}
