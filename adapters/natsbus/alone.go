package natsbus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/saphan-project/saphan/services"
)

// Alone has no fact handed to a service, by any hub, while work runs, and runs it
// when none is in hand any more. It is for what a service does out of its turn. Work
// has aloneFor for itself: after that the service goes on, also when this process
// dies meanwhile. One at a time may do so: the first that ends lets the service go
// on. It is Unknown when no service has the name, and Later when a fact stays in hand.
func (h *Hub) Alone(ctx context.Context, service string, work func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, aloneFor)
	defer cancel()
	_, err := h.keeper.js.PauseConsumer(ctx, streamLedger, service, time.Now().Add(aloneFor))
	switch {
	case errors.Is(err, jetstream.ErrConsumerNotFound):
		return services.Refuse(services.Unknown, services.CodeNotVisible)
	case err != nil:
		return unrested(ctx, "pause "+service, err)
	}
	defer h.goOn(ctx, service)
	if err := h.atRest(ctx, service); err != nil {
		return err
	}
	return work(ctx)
}

const (
	aloneFor  = 30 * time.Second
	alonePoll = 10 * time.Millisecond
)

// atRest waits until a service that is handed nothing more has settled what it had.
func (h *Hub) atRest(ctx context.Context, service string) error {
	for {
		c, err := h.keeper.js.Consumer(ctx, streamLedger, service)
		switch {
		case err != nil:
			return unrested(ctx, "look at "+service, err)
		case c.CachedInfo().NumAckPending == 0:
			return nil
		}
		pause(ctx, alonePoll)
	}
}

// unrested says that the time was over for a service that did not come to rest, or
// that the broker did not answer.
func unrested(ctx context.Context, doing string, err error) error {
	if ctx.Err() != nil {
		return services.Because(services.Later, "service_busy", fmt.Errorf("%s: %w", doing, ctx.Err()))
	}
	return away(doing, err)
}

// Handled waits until services have handled all that the ledger holds now, one after
// the other: what the first one files the next one has handled, too. It is Later when
// that takes longer than handledFor.
func (h *Hub) Handled(ctx context.Context, names ...string) error {
	ctx, cancel := context.WithTimeout(ctx, handledFor)
	defer cancel()
	for _, service := range names {
		if err := h.handled(ctx, service); err != nil {
			return err
		}
	}
	return nil
}

const handledFor = 10 * time.Second

func (h *Hub) handled(ctx context.Context, service string) error {
	s, err := h.keeper.js.Stream(ctx, streamLedger)
	if err != nil {
		return unrested(ctx, "look at ledger", err)
	}
	for last := s.CachedInfo().State.LastSeq; ; pause(ctx, alonePoll) {
		c, err := h.keeper.js.Consumer(ctx, streamLedger, service)
		switch {
		case err != nil:
			return unrested(ctx, "look at "+service, err)
		case c.CachedInfo().AckFloor.Stream >= last:
			return nil
		}
	}
}

// goOn lets a service be handed facts again. If that fails, its pause ends by itself.
func (h *Hub) goOn(ctx context.Context, service string) {
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), opTimeout)
	defer cancel()
	_, _ = h.keeper.js.ResumeConsumer(within, streamLedger, service)
}
