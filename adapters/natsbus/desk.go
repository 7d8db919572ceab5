package natsbus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nkeys"

	"github.com/saphan-project/saphan/services"
)

// requestTimeout is how long a desk waits for the hub when its caller sets no
// earlier end.
const requestTimeout = 10 * time.Second

// Desk is one agency's side of the bus. Every method answers with the hub's
// refusal as it was sent, and Later with services.CodeBusAway when no hub
// answers: what was asked may have been done all the same, so ask again.
type Desk struct {
	bus
	account string
}

// NewDesk returns the bus as an agency sees it, through a connection of its
// account, "A…".
func NewDesk(nc *nats.Conn, account string) (*Desk, error) {
	if !nkeys.IsValidPublicAccountKey(account) {
		return nil, services.Refuse(services.Invalid, "account")
	}
	b, err := newBus(nc, apiPrefix)
	if err != nil {
		return nil, fmt.Errorf("open desk: %w", err)
	}
	return &Desk{b, account}, nil
}

// Closed reports whether the connection has ended for good, and is not waited for any
// more: it was closed on this side, or the hub has refused the user twice.
func (d *Desk) Closed() bool { return d.nc.IsClosed() }

// Submit files an event as it was signed.
func (d *Desk) Submit(ctx context.Context, raw []byte) (services.Receipt, error) {
	var r services.Receipt
	err := d.request(ctx, services.VerbSubmit, raw, &r)
	return r, err
}

// Seal puts a sealed section into the vault.
func (d *Desk) Seal(ctx context.Context, r services.SealRequest) (services.SealReply, error) {
	var reply services.SealReply
	err := d.requestJSON(ctx, services.VerbSeal, r, &reply)
	return reply, err
}

// Open asks the vault for a sealed section.
func (d *Desk) Open(ctx context.Context, r services.OpenRequest) (services.OpenReply, error) {
	var reply services.OpenReply
	err := d.requestJSON(ctx, services.VerbOpen, r, &reply)
	return reply, err
}

// Ask asks the directory for one page.
func (d *Desk) Ask(ctx context.Context, r services.AskRequest) (services.AskReply, error) {
	var reply services.AskReply
	err := d.requestJSON(ctx, services.VerbAsk, r, &reply)
	return reply, err
}

// Inbox returns what the desk reads its inbox through, in the order in which
// the hub put facts there; the ledger's order is in each fact. It answers Later
// when the hub has not made the inbox yet.
func (d *Desk) Inbox(ctx context.Context) (services.Source, error) {
	within, cancel := context.WithTimeout(ctx, opTimeout)
	defer cancel()
	c, err := d.consumer(within)
	if err != nil {
		return nil, err
	}
	return newSource(c, inboxBatch, inboxFact), nil
}

// ResetInbox starts the inbox again at its first fact, for a desk that lost its
// view. Open it anew afterwards. It answers as Inbox does when there is none.
func (d *Desk) ResetInbox(ctx context.Context) error {
	within, cancel := context.WithTimeout(ctx, opTimeout)
	defer cancel()
	if _, err := d.consumer(within); err != nil {
		return err // the broker would not answer at all
	}
	if _, err := d.js.ResetConsumerToSequence(within, streamInbox, d.account, 1); err != nil {
		return away("reset inbox", err)
	}
	return nil
}

func (d *Desk) consumer(ctx context.Context) (jetstream.Consumer, error) {
	c, err := d.js.Consumer(ctx, streamInbox, d.account)
	if err != nil {
		return nil, away("open inbox", err)
	}
	return c, nil
}

func (d *Desk) requestJSON(ctx context.Context, verb string, body, reply any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("request %s: %w", verb, err)
	}
	return d.request(ctx, verb, raw, reply)
}

func (d *Desk) request(ctx context.Context, verb string, body []byte, reply any) error {
	if len(body) > maxRequest {
		return services.Refuse(services.TooLarge, "request")
	}
	within, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	m, err := d.nc.RequestWithContext(within, apiPrefix+"."+verb, body)
	switch {
	case errors.Is(err, nats.ErrMaxPayload):
		return services.Refuse(services.TooLarge, "request")
	case err != nil:
		return away("request "+verb, err)
	}
	return decodeAnswer(m.Data, reply)
}
