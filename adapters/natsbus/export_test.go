package natsbus

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Names and limits that tests speak of.
const (
	StreamLedger = streamLedger
	StreamInbox  = streamInbox
	StreamAudit  = streamAudit
	StreamAdvice = streamAdvice
	StreamCited  = streamCited
	MaxRequest   = maxRequest
	ServeEach    = serveEach
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
func (l *Ledger) Forget() { l.recent = newRecent(recentScopes, recentBytes) }

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

// Intrude has whoever holds a connection try everything against an agency that
// is made for it, but for the subjects that are his own business.
func (h *Hub) Intrude(ctx context.Context, nc *nats.Conn, own string, business []string) error {
	victim, err := h.standIn(ctx, "selftest-b-"+h.instance, nil)
	if err != nil {
		return err
	}
	defer victim.leave(ctx)
	n, err := victim.expose(ctx)
	if err != nil {
		return err
	}
	all := append(attempts(own, n), attempt{subject: "$SYS.REQ.ACCOUNT.PING.CONNZ"}, attempt{subject: "$SYS.REQ.USER.INFO"},
		attempt{subject: apiPrefix + ".submit", reply: n.ack})
	all = slices.DeleteFunc(all, func(a attempt) bool {
		return slices.ContainsFunc(business, func(s string) bool { return server.SubjectsCollide(s, a.subject) })
	})
	if err := try(ctx, nc, all); err != nil {
		return err
	}
	return victim.unharmed(ctx, n)
}

// Overhears are subjects that an intruder would listen to.
func Overhears(account string) []string {
	return []string{
		rest, "*", "_INBOX.*", "_R_.>", rootInbox + ".>", rootLedger + ".>", rootVault + ".>", "submit.*", "saphan.>", jetAPI + ".>",
		jetAck + ".>", "$JS.EVENT.>", "$SYS.>", "$SYS.ACCOUNT.>", "$JS.FC.>", "_INBOX." + account + ".>",
	}
}

// Doors are the subjects that a service of the hub may send to and serve.
func Doors(service string) []string {
	var all []string
	for _, d := range serviceDoors[service] {
		all = append(all, local(d.subject))
	}
	for _, d := range agencyDoors {
		if d.account == service {
			all = append(all, d.subject)
		}
	}
	return all
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

// Services lists the services of the hub.
func Services() []string { return slices.Sorted(maps.Keys(serviceDoors)) }

// ServiceUser makes a user of a service of the hub.
func (a *Authority) ServiceUser(service string) (User, error) { return a.hub[service].newUser(service) }

// Ajar names what the broker has open beside the one door, and what would weaken
// that.
func (s *Server) Ajar() []string {
	v, err := s.broker.Varz(nil)
	if err != nil {
		return []string{err.Error()}
	}
	var open []string
	for name, is := range map[string]bool{
		"leaf nodes": v.LeafNode.Port != 0, "websocket": v.Websocket.Port != 0, "mqtt": v.MQTT.Port != 0, "monitoring": v.HTTPPort != 0 || v.HTTPSPort != 0,
		"cluster": v.Cluster.Port != 0, "gateway": v.Gateway.Port != 0, "a user for nobody": v.Websocket.NoAuthUser != "",
		"no tls": !v.TLSRequired, "writes not synced": !v.JetStream.Config.SyncAlways,
	} {
		if is {
			open = append(open, name)
		}
	}
	return open
}

// Forge signs a user of an agency after a change that nobody would make.
func (a *Accounts) Forge(agency string, change func(*jwt.UserClaims)) (User, error) {
	keys, err := a.known(agency)
	if err != nil {
		return User{}, err
	}
	key, err := GenerateUserKey()
	if err != nil {
		return User{}, err
	}
	c := jwt.NewUserClaims(key.Public)
	c.IssuerAccount, c.UserPermissionLimits = keys.id, jwt.UserPermissionLimits{}
	change(c)
	signed, err := c.Encode(keys.signing)
	return User{signed, key.seed}, err
}

// Limits of a connection of an agency.
const (
	AgencySubs = agencySubs
	MaxPayload = maxPayload
)

// DecodeAnswer reads the hub's answer to a request.
var DecodeAnswer = decodeAnswer

// Subjects as the package spells them.
var (
	LedgerSubject = ledgerSubject
	InboxSubject  = inboxSubject
)
