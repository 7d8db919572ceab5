package natsbus

import (
	"context"

	"github.com/nats-io/nats.go/jetstream"
)

// Settled reports whether every service has handled all of the ledger, and every
// desk has taken all of its inbox. On a busy bus it is never true; it is for
// whoever tells a story step by step.
func (h *Hub) Settled(ctx context.Context) (bool, error) {
	for _, name := range []string{streamLedger, streamInbox} {
		stream, err := h.conn.js.Stream(ctx, name)
		if err != nil {
			return false, away("look at stream", err)
		}
		consumers := stream.ListConsumers(ctx)
		for c := range consumers.Info() {
			if behind(c) {
				return false, nil
			}
		}
		if err := consumers.Err(); err != nil {
			return false, away("list consumers", err)
		}
	}
	return true, nil
}

// behind reports whether a consumer has anything left, in hand or to come.
func behind(c *jetstream.ConsumerInfo) bool {
	return c.Config.Durable != "" && (c.NumPending > 0 || c.NumAckPending > 0)
}
