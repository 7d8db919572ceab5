package main

import (
	"context"
	"time"

	"github.com/rs/zerolog"
	"go.opentelemetry.io/otel/trace"

	"github.com/saphan-project/saphan/adapters/httpapi"
	"github.com/saphan-project/saphan/adapters/telemetry"
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// world is what a running node takes from outside: clock, chance, log, spans.
type world struct {
	ids   schemas.IDs
	log   zerolog.Logger
	spans trace.Tracer
	// hourlyLimit is the gate's; 0 is its default, negative none.
	hourlyLimit int
	// limits are those of the HTTP API; those that are 0 have their defaults.
	limits httpapi.Limits
	// wait returns after d, or with an error when ctx ends first; nil is the
	// machine's clock. Only what looks after the node by the minute waits so.
	wait func(ctx context.Context, d time.Duration) error
	// origin is the name under which receivers of webhooks know the node. Loopback
	// allows receivers on its own machine.
	origin   string
	loopback bool
	// fault is told of every part that fails; a node sets its own.
	fault *fault
}

// realWorld is the machine's own clock and chance.
func realWorld(log zerolog.Logger, spans trace.Tracer) world {
	return world{ids: schemas.IDs{Now: time.Now, Fill: fill}, log: log, spans: spans}
}

// of is the world of one agency's desk: its log lines name the agency.
func (w world) of(agency string) world {
	w.log = w.log.With().Str("agency", agency).Logger()
	return w
}

// failed notes that a part of the node ended before it was told to.
func (w world) failed(task string, err error) {
	w.log.Error().Str("task", task).Err(err).Msg("failed")
	if w.fault != nil {
		w.fault.set(task, err)
	}
}

// alarm logs what a person must look at.
func (w world) alarm(_ context.Context, code string) {
	w.log.Error().Str("alarm", code).Msg("alarm")
}

// observe logs how a service dealt with a fact.
func (w world) observe(ctx context.Context, service string, f services.Fact, err error) {
	telemetry.Observe(w.log)(ctx, service, f, err)
}

// rest waits by the world's clock.
func (w world) rest(ctx context.Context, d time.Duration) error {
	if w.wait != nil {
		return w.wait(ctx, d)
	}
	return wait(ctx, d)
}
