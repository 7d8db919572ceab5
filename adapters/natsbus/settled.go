package natsbus

import (
	"context"
	"errors"

	"github.com/nats-io/nats.go/jetstream"
)

// Settled reports whether every service has handled all of the ledger, and every
// desk has taken all of its inbox. On a busy bus it is never true; it is for
// whoever tells a story step by step.
func (h *Hub) Settled(ctx context.Context) (bool, error) {
	for _, name := range []string{streamLedger, streamInbox} {
		stream, err := h.keeper.js.Stream(ctx, name)
		if err != nil {
			return false, away("look at stream", err)
		}
		consumers := stream.ListConsumers(ctx)
		for c := range consumers.Info() {
			done, err := caughtUp(ctx, stream, c)
			if err != nil || !done {
				return false, err
			}
		}
		if err := consumers.Err(); err != nil {
			return false, away("list consumers", err)
		}
	}
	return true, nil
}

// caughtUp reports whether everything that is there for a consumer has been
// acknowledged. It asks the stream for the last message: what a consumer says of
// itself lags behind what has just been stored.
func caughtUp(ctx context.Context, stream jetstream.Stream, c *jetstream.ConsumerInfo) (bool, error) {
	if c.Config.Durable == "" {
		return true, nil
	}
	filter := c.Config.FilterSubject
	if filter == "" {
		filter = rest
	}
	last, err := stream.GetLastMsgForSubject(ctx, filter)
	switch {
	case errors.Is(err, jetstream.ErrMsgNotFound):
		return true, nil
	case err != nil:
		return false, away("look at stream", err)
	}
	return c.AckFloor.Stream >= last.Sequence, nil
}
