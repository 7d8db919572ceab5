package natsbus

import (
	"context"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/saphan-project/saphan/services"
)

// ackWait is how long a fact may be in the hand of a service that has stopped
// saying so, before it is handed out again.
const ackWait = 10 * time.Second

// Consume returns what a service reads the ledger through: every fact, in
// ledger order, each until it is settled. All Sources of one service share one
// place in the ledger and at most one fact is out among them, so that any number
// of hubs has one active copy of the service, however long that one works on a
// fact. Where it stands survives restarts.
func (l *Ledger) Consume(ctx context.Context) (services.Source, error) {
	return l.source(ctx, jetstream.ConsumerConfig{MaxAckPending: 1}, 1)
}

// source has the keeper make the consumer that this ledger is read through, and
// returns what is read, a batch at a time.
func (l *Ledger) source(ctx context.Context, c jetstream.ConsumerConfig, batch int) (*source, error) {
	c.Durable = l.consumer
	c.AckPolicy = jetstream.AckExplicitPolicy
	c.AckWait = l.ackWait
	c.MaxDeliver = unlimited
	if _, err := l.keeper.js.CreateOrUpdateConsumer(ctx, streamLedger, c); err != nil {
		return nil, away("consume ledger", err)
	}
	own, err := l.js.Consumer(ctx, streamLedger, l.consumer)
	if err != nil {
		return nil, away("consume ledger", err)
	}
	return newSource(own, batch, ledgerFact), nil
}

// ledgerFact reads a fact out of a message of the ledger.
func ledgerFact(m jetstream.Msg) (services.Fact, error) {
	meta, err := m.Metadata()
	if err != nil {
		return services.Fact{}, damaged("read ledger", err)
	}
	f, err := storedFact(plain(m), meta.Sequence.Stream, m.Subject())
	if err != nil {
		return services.Fact{}, damaged("read ledger", err)
	}
	return f, nil
}

// plain is the part of a delivered message that was stored.
func plain(m jetstream.Msg) *nats.Msg {
	return &nats.Msg{Subject: m.Subject(), Header: m.Headers(), Data: m.Data()}
}
