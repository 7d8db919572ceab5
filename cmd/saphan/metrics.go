package main

import (
	"context"

	"github.com/saphan-project/saphan/adapters/httpapi"
	"github.com/saphan-project/saphan/adapters/telemetry"
)

// count has what happens at the API counted, and shown to who may read it.
func (h *hosted) count(config *httpapi.Config) error {
	metrics, err := telemetry.NewMetrics(h.watched)
	if err != nil {
		return err
	}
	config.Observe = func(ctx context.Context, r httpapi.Request) { metrics.Request(ctx, telemetry.Request(r)) }
	config.Streaming, config.Metrics = metrics.Stream, metrics.Text
	return nil
}

// watched are the desks that run.
func (h *hosted) watched() map[string]telemetry.Desk {
	h.mu.RLock()
	defer h.mu.RUnlock()
	desks := make(map[string]telemetry.Desk)
	for agency, d := range h.desks {
		if d.open {
			desks[agency] = d.deskNode
		}
	}
	return desks
}
