package natsbus_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/saphan-project/saphan/adapters/natsbus"
)

// everybody is whoever may connect: an agency, with its real credentials, and
// each service of the hub.
func everybody(t *testing.T, n node) map[string]intruder {
	t.Helper()
	account := join(t, n, harbour)
	all := map[string]intruder{"agency": {enter(t, n, harbour), account, []string{"saphan.submit", "saphan.seal", "saphan.open", "saphan.ask"}}}
	for _, service := range natsbus.Services() {
		u, err := n.config.Authority.ServiceUser(service)
		if err != nil {
			t.Fatal(err)
		}
		nc, err := n.server.Connect(u, service)
		if err != nil {
			t.Fatal(err)
		}
		all[service] = intruder{nc, service, natsbus.Doors(service)}
	}
	return all
}

type intruder struct {
	nc       *nats.Conn
	own      string   // account or consumer
	business []string // what he may send to
}

// Security.md §3.4: every row, and reset, delete, pause, unpin and both shapes of
// an acknowledgement, from real credentials.
func TestNobodyReadsOrDisturbsANeighbour(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	consume(t, n, "delivery")
	for name, who := range everybody(t, n) {
		who.nc.SetErrorHandler(nil) // each refusal is one
		if err := n.Intrude(within(t), who.nc, who.own, who.business); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNobodyOverhearsANeighbour(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	victim := inbox(t, n, riverside)
	heard := make(chan *nats.Msg, 64)
	for name, who := range everybody(t, n) {
		refused := make(chan error, 64)
		who.nc.SetErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { refused <- err })
		want := 0
		for _, subject := range natsbus.Overhears(riverside) {
			if slices.Contains(who.business, subject) || strings.HasPrefix(subject, "_INBOX.") {
				continue // where he himself waits for answers
			}
			want++
			if _, err := who.nc.ChanSubscribe(subject, heard); err != nil {
				t.Fatal(err)
			}
		}
		if name == "agency" { // a service hears what it asks itself
			if _, err := who.nc.ChanSubscribe("_INBOX.>", heard); err != nil {
				t.Fatal(err)
			}
		}
		if err := who.nc.Flush(); err != nil {
			t.Fatal(err)
		}
		for range want {
			if err := <-refused; !errors.Is(err, nats.ErrPermissionViolation) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	for _, f := range file(t, n.Ledger, newCase(), 3) {
		put(t, n, riverside, f)
		d, _ := take(t, victim)
		ack(t, d)
	}
	if _, err := desk(t, n, riverside).Submit(within(t), []byte("{}")); err == nil {
		t.Fatal("nobody serves, and it was answered")
	}
	select {
	case m := <-heard:
		t.Errorf("heard %s", m.Subject)
	case <-time.After(50 * time.Millisecond):
	}
}

// Group 74 of security.md §4: what one agency may use up.
func TestAnAgencyHasLimits(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	account := join(t, n, harbour)
	nc := enter(t, n, harbour)
	refused := make(chan error, 2000)
	nc.SetErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { refused <- err })
	for range natsbus.AgencySubs {
		if _, err := nc.SubscribeSync(nats.NewInbox()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := nc.SubscribeSync(nats.NewInbox()); err != nil {
		t.Fatal(err)
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := <-refused; !errors.Is(err, nats.ErrMaxSubscriptionsExceeded) {
		t.Errorf("one subscription too many: %v", err)
	}
	if err := nc.Publish("saphan.submit", make([]byte, 10<<20)); !errors.Is(err, nats.ErrMaxPayload) {
		t.Errorf("10 MiB: %v", err)
	}

	cut := enter(t, n, harbour)
	closed := make(chan struct{})
	cut.SetClosedHandler(func(*nats.Conn) { close(closed) })
	cut.SetErrorHandler(nil)
	if err := cut.PublishRequest("saphan.submit", strings.Repeat("x", 4<<10), nil); err != nil {
		t.Fatal(err)
	}
	waitFor(t, closed) // a line that long ends the connection

	other := enter(t, n, harbour)
	for range 1000 { // that wait for ever
		if err := other.PublishRequest("saphan.CONSUMER.MSG.NEXT.INBOX."+account, "_INBOX.x.y", []byte(`{"batch":1,"expires":60000000000}`)); err != nil {
			t.Fatal(err)
		}
	}
	if err := other.Flush(); err != nil {
		t.Fatal(err)
	}
	want := file(t, n.Ledger, newCase(), 1)
	put(t, n, riverside, want[0])
	d, f := take(t, inbox(t, n, riverside)) // nobody else is held up
	if f.ID() != want[0].ID() {
		t.Error("another fact")
	}
	ack(t, d)
}

// The library of any language reads an inbox: the API of JetStream stands behind
// one prefix.
func TestAPlainClientReadsItsInbox(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	account := join(t, n, harbour)
	want := file(t, n.Ledger, newCase(), 2)
	for _, f := range want {
		put(t, n, harbour, f)
	}
	js, err := jetstream.NewWithAPIPrefix(enter(t, n, harbour), "saphan")
	if err != nil {
		t.Fatal(err)
	}
	c, err := js.Consumer(within(t), natsbus.StreamInbox, account)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range want {
		m, err := c.Next(jetstream.FetchContext(within(t)))
		if err != nil {
			t.Fatal(err)
		}
		if string(m.Data()) != string(w.Bytes) {
			t.Error("other bytes")
		}
		if err := m.DoubleAck(within(t)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := js.ResetConsumerToSequence(within(t), natsbus.StreamInbox, account, 1); err != nil {
		t.Fatal(err)
	}
	if c, err = js.Consumer(within(t), natsbus.StreamInbox, account); err != nil {
		t.Fatal(err)
	}
	if i := c.CachedInfo(); i.NumPending != 2 {
		t.Errorf("%d wait after the reset", i.NumPending)
	}
}
