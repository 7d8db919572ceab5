package natsbus

import (
	"context"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/saphan-project/saphan/schemas"
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
func (l *Ledger) Consume(ctx context.Context, service string) (services.Source, error) {
	if !schemas.ValidAgency(service) { // the grammar of service names is the same
		return nil, services.Refuse(services.Invalid, "service")
	}
	c, err := l.js.CreateOrUpdateConsumer(ctx, streamLedger, jetstream.ConsumerConfig{
		Durable:       service,
		DeliverPolicy: jetstream.DeliverAllPolicy,
		AckPolicy:     jetstream.AckExplicitPolicy,
		AckWait:       l.ackWait,
		MaxDeliver:    unlimited,
		MaxAckPending: 1,
	})
	if err != nil {
		return nil, away("consume ledger", err)
	}
	return newSource(c, 1, ledgerFact), nil
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
