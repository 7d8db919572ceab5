package telemetry_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/saphan-project/saphan/adapters/telemetry"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/webhook"
)

func TestObserve(t *testing.T) {
	t.Parallel()
	handled := map[string]any{
		"level": "debug", "service": "routing", "type": "referral.accepted", "sequence": 7.0, "message": "handled",
	}
	failed := func(level, kind, code string) map[string]any {
		line := maps.Clone(handled)
		line["level"], line["kind"], line["code"], line["message"] = level, kind, code, "not handled"
		return line
	}
	cause := errors.New(canary)
	tests := map[string]struct {
		err  error
		want map[string]any
	}{
		"handled":   {nil, handled},
		"settled":   {services.Refuse(services.Conflict, "id_reused"), failed("debug", "conflict", "id_reused")},
		"later":     {services.Because(services.Later, "bus_away", cause), failed("info", "later", "bus_away")},
		"forbidden": {services.Because(services.Forbidden, "author", cause), failed("warn", "forbidden", "author")},
		"bug":       {cause, failed("error", "internal", "bug")},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			telemetry.Observe(telemetry.NewLogger(&out, false))(t.Context(), "routing", fact(t), test.err)
			var line map[string]any
			if err := json.Unmarshal(out.Bytes(), &line); err != nil {
				t.Fatalf("not one line of JSON: %v", err)
			}
			if line["time"] == nil {
				t.Error("no time")
			}
			delete(line, "time")
			if !maps.Equal(line, test.want) {
				t.Errorf("logged %v; want %v", line, test.want)
			}
		})
	}
}

func TestObserveWithoutFact(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	telemetry.Observe(telemetry.NewLogger(&out, false))(t.Context(), "routing", services.Fact{}, errors.New(canary))
	if text := out.String(); !strings.Contains(text, `"sequence":0`) || strings.Contains(text, canary) {
		t.Errorf("logged %s", text)
	}
}

func TestObserveSending(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		err  error
		want string
	}{
		"sent":    {nil, `{"level":"debug","agency":"shelter-harbour","type":"referral.accepted","message":"sent"}`},
		"waiting": {services.Because(services.Later, "bus_away", errors.New(canary)), `{"level":"info","agency":"shelter-harbour","type":"referral.accepted","kind":"later","code":"bus_away","message":"not sent"}`},
		"refused": {services.Refuse(services.Invalid, "schema"), `{"level":"warn","agency":"shelter-harbour","type":"referral.accepted","kind":"invalid","code":"schema","message":"not sent"}`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			log := zerolog.New(&out).With().Str("agency", "shelter-harbour").Logger()
			telemetry.ObserveSending(log)(t.Context(), "referral.accepted", test.err)
			if got := strings.TrimSpace(out.String()); got != test.want {
				t.Errorf("logged %s; want %s", got, test.want)
			}
		})
	}
}

// What is told of an attempt is no part of an event, nor where it went.
func TestObserveWebhooks(t *testing.T) {
	t.Parallel()
	for want, a := range map[string]webhook.Attempt{
		`{"level":"debug","webhook":"3f9a01c2d4e5","state":"active","code":"ok","status":204,"message":"webhook"}`: {
			Endpoint: "3f9a01c2d4e5", State: webhook.Active, Outcome: webhook.OutcomeOf(204)},
		`{"level":"info","webhook":"3f9a01c2d4e5","state":"active","code":"timed_out","status":0,"message":"webhook"}`: {
			Endpoint: "3f9a01c2d4e5", State: webhook.Active, Outcome: webhook.Outcome{Code: webhook.TimedOut}},
		`{"level":"warn","webhook":"3f9a01c2d4e5","state":"paused","code":"gone","status":410,"message":"webhook"}`: {
			Endpoint: "3f9a01c2d4e5", State: webhook.Paused, Outcome: webhook.OutcomeOf(410)},
	} {
		var out bytes.Buffer
		telemetry.ObserveWebhooks(zerolog.New(&out))(t.Context(), a)
		if got := strings.TrimSpace(out.String()); got != want {
			t.Errorf("logged %s; want %s", got, want)
		}
	}
}

func TestLoggerForTerminal(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := telemetry.NewLogger(&out, true)
	log.Info().Msg("ready")
	if text := out.String(); json.Valid(out.Bytes()) || !strings.Contains(text, "ready") || strings.Count(text, "\n") != 1 {
		t.Errorf("logged %q; want one line for a reader", text)
	}
}
