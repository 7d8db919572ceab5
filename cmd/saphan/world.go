package main

import (
	"context"
	"time"

	"github.com/rs/zerolog"
	"go.opentelemetry.io/otel/trace"

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
}

// realWorld is the machine's own clock and chance.
func realWorld(log zerolog.Logger, spans trace.Tracer) world {
	return world{ids: schemas.IDs{Now: time.Now, Fill: fill}, log: log, spans: spans}
}

// failed logs that a part of the node ended before it was told to.
func (w world) failed(task string, err error) {
	w.log.Error().Str("task", task).Err(err).Msg("stopped")
}

// alarm logs what a person must look at.
func (w world) alarm(_ context.Context, code string) {
	w.log.Error().Str("alarm", code).Msg("alarm")
}

// observe logs how a service dealt with a fact.
func (w world) observe(ctx context.Context, service string, f services.Fact, err error) {
	telemetry.Observe(w.log)(ctx, service, f, err)
}
