package natsbus

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nkeys"

	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/delivery"
)

const (
	inboxAckWait    = 30 * time.Second // as ackWait, for a desk
	inboxAckPending = 500              // most facts that a desk may have in hand
	inboxBatch      = 64               // most facts that a desk fetches at once
	inboxWaiting    = 64               // most requests for facts that wait: each can ask for heartbeats
)

// Inbox holds a copy of every fact for each agency that may see it.
type Inbox struct{ bus }

var _ delivery.Inbox = (*Inbox)(nil)

// Put copies a fact to an agency under the id of a scope; to put it again does
// nothing. The copy keeps the fact's sequence, recorded time and ledger subject,
// which is empty for what is not in the ledger, as access.ended.
func (i *Inbox) Put(ctx context.Context, agency, scope string, f services.Fact) error {
	to, err := inboxSubject(agency, scope, f.ID())
	if err != nil {
		return err
	}
	m := nats.NewMsg(to)
	m.Data = f.Bytes
	m.Header.Set(headerSequence, strconv.FormatUint(f.Sequence, 10))
	m.Header.Set(headerRecorded, formatRecorded(f.Recorded))
	if f.Subject != "" {
		m.Header.Set(headerSubject, f.Subject)
	}
	within, cancel := context.WithTimeout(ctx, opTimeout)
	defer cancel()
	if _, err := i.js.PublishMsg(within, m); err != nil && !taken(err) {
		return away("put into inbox", err)
	}
	return nil
}

// Remove erases the copy of one event, and its bytes on the disk; to remove one
// that is not there does nothing.
func (i *Inbox) Remove(ctx context.Context, agency, scope, event string) error {
	at, err := inboxSubject(agency, scope, event)
	if err != nil {
		return err
	}
	return i.erase(ctx, streamInbox, at)
}

// OpenInbox makes what an agency reads its inbox through, under the name of its
// account, unless it is there.
func (h *Hub) OpenInbox(ctx context.Context, agency, account string) error {
	filter, err := inboxFilter(agency)
	if err != nil {
		return err
	}
	if !nkeys.IsValidPublicAccountKey(account) {
		return services.Refuse(services.Invalid, "account")
	}
	_, err = h.keeper.js.CreateOrUpdateConsumer(ctx, streamInbox, jetstream.ConsumerConfig{
		Durable:       account,
		FilterSubject: filter,
		DeliverPolicy: jetstream.DeliverAllPolicy,
		AckPolicy:     jetstream.AckExplicitPolicy,
		AckWait:       inboxAckWait,
		MaxDeliver:    unlimited,
		MaxAckPending: inboxAckPending,
		MaxWaiting:    inboxWaiting,
	})
	if err != nil {
		return away("make inbox consumer", err)
	}
	return nil
}

// inboxFact reads a fact out of a message of an inbox.
func inboxFact(m jetstream.Msg) (services.Fact, error) {
	h := m.Headers()
	sequence, err := strconv.ParseUint(h.Get(headerSequence), 10, 64)
	if err != nil {
		return services.Fact{}, damaged("read inbox", fmt.Errorf("header %s: not a number", headerSequence))
	}
	f, err := storedFact(plain(m), sequence, h.Get(headerSubject))
	if err != nil {
		return services.Fact{}, damaged("read inbox", err)
	}
	return f, nil
}
