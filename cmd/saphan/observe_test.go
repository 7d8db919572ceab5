package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/saphan-project/saphan/adapters/telemetry"
)

// TestEveryPartIsObserved: what routing and delivery read of the ledger has spans
// of its own, not only what the gate reads, and what a desk does names its agency
// in the log. Neither holds the id of a case or an event.
func TestEveryPartIsObserved(t *testing.T) {
	t.Parallel()
	var logs, exported ear
	provider, err := telemetry.Start(t.Context(), telemetry.Config{Writer: &exported, Service: "saphan"})
	if err != nil {
		t.Fatal(err)
	}
	w := startWhole(t, func(w *world) {
		w.log, w.spans = telemetry.NewLogger(&logs, false).Level(zerolog.DebugLevel), provider.Tracer()
	})
	r := w.request(t)
	w.rest(t)
	w.stop(t)
	if err := provider.Shutdown(within(t)); err != nil {
		t.Fatal(err)
	}

	const none = "0000000000000000"
	reads := 0
	for d := json.NewDecoder(&exported.b); d.More(); {
		var span struct {
			Name   string
			Parent struct{ SpanID string }
		}
		if err := d.Decode(&span); err != nil {
			t.Fatal(err)
		}
		if span.Name == "ledger.read" && span.Parent.SpanID == none {
			reads++
		}
	}
	if reads < 2 {
		t.Errorf("%d reads of the ledger beside the gate's", reads)
	}
	for _, line := range []string{
		`"agency":"` + sampleLabour + `","type":"referral.requested","time"`,
		`"agency":"` + sampleRiverside + `","service":"desk","type":"referral.offered"`,
		`"service":"directory","type":"agency.registered"`,
	} {
		if !strings.Contains(logs.b.String(), line) {
			t.Errorf("no line with %s", line)
		}
	}
	if bytes.Contains(logs.b.Bytes(), []byte(r.caseID)) {
		t.Error("the log names the case")
	}
}
