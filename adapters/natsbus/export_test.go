package natsbus

import (
	"context"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Names and limits that tests speak of.
const (
	StreamLedger = streamLedger
	StreamInbox  = streamInbox
	StreamAudit  = streamAudit
	StreamCited  = streamCited
	MaxRequest   = maxRequest
	ServeAtOnce  = serveAtOnce
	RecentScopes = recentScopes
)

// Plans are the streams as they are created.
func Plans() []jetstream.StreamConfig { return plans }

// Provider makes connections to the broker.
func (s *Server) Provider() nats.InProcessConnProvider { return s.broker }

// Options are those of a connection of a user.
func (s *Server) Options(u User, name string) []nats.Option {
	return append(s.options(name), u.option())
}

// Conn is the connection of a part.
func (p *Part) Conn() *nats.Conn { return p.nc }

// Keeper is the connection that may do everything with the streams.
func (h *Hub) Keeper() *nats.Conn { return h.keeper.nc }

// Known returns how many facts of how many scopes the ledger keeps decoded.
func (l *Ledger) Known() (int, int) {
	l.recent.mu.Lock()
	defer l.recent.mu.Unlock()
	facts := 0
	for _, el := range l.recent.scopes {
		facts += len(el.Value.(*history).facts)
	}
	return facts, l.recent.order.Len()
}

// SetAckWait sets how long a fact may be in the hand of a service that does not
// say so.
func (l *Ledger) SetAckWait(d time.Duration) { l.ackWait = d }

// Forget drops what the ledger keeps decoded.
func (l *Ledger) Forget() { l.recent = newRecent(recentScopes) }

// Answer takes in an answer to a question about a page, message by message.
func Answer(msgs ...*nats.Msg) (int, error) {
	a := answering{query: query{MultiLast: []string{"ledger.>"}}}
	for _, m := range msgs {
		if err := a.take(m); err != nil {
			return 0, err
		}
	}
	if !a.ended {
		return 0, errBroken
	}
	return len(a.got), nil
}

// SelfTestWith is SelfTest with an intruder who has subjects of the streams'
// account beside an agency's.
func (h *Hub) SelfTestWith(ctx context.Context, subjects ...string) error {
	var open []door
	for _, s := range subjects {
		open = append(open, door{accountStreams, s, false})
	}
	return h.selfTest(ctx, open)
}

// AgencyDoors are the subjects that an agency's program uses, with the account
// left open.
func AgencyDoors() []string {
	var all []string
	for _, d := range agencyDoors {
		all = append(all, local(d.of("{account}")))
	}
	return all
}

// DecodeAnswer reads the hub's answer to a request.
var DecodeAnswer = decodeAnswer

// Subjects as the package spells them.
var (
	LedgerSubject = ledgerSubject
	InboxSubject  = inboxSubject
)
