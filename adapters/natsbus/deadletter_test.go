package natsbus_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/saphan-project/saphan/adapters/natsbus"
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/operator"
)

// letters waits until there are so many dead letters.
func letters(t *testing.T, n node, count int) []operator.DeadLetter {
	t.Helper()
	var all []operator.DeadLetter
	eventually(t, "the dead letters", func() bool {
		var err error
		if all, _, err = n.DeadLetters(within(t), 0); err != nil {
			t.Fatal(err)
		}
		return len(all) >= count
	})
	return all
}

func TestTermIsADeadLetter(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	want := file(t, n.Ledger, newCase(), 3)
	source := consume(t, n, "routing")
	for _, code := range []string{"invalid.schema", "Invented Person One, 0800"} {
		d, _ := take(t, source)
		if err := d.Term(within(t), code); err != nil {
			t.Fatal(err)
		}
	}
	if _, f := take(t, source); f.ID() != want[2].ID() {
		t.Fatal("a fact that was given up came again")
	}
	all := letters(t, n, 2)
	for i, reason := range []string{"invalid.schema", "internal"} {
		l := all[i]
		if l.Stream != operator.StreamLedger || l.Consumer != "routing" || l.Sequence != want[i].Sequence || l.Reason != reason {
			t.Errorf("dead letter %d: %+v", i, l)
		}
		if l.Tries != 1 || l.Time.IsZero() {
			t.Errorf("dead letter %d: %d tries at %v", i, l.Tries, l.Time)
		}
		behind, _, err := n.DeadLetters(within(t), l.Place)
		if err != nil || !slices.Equal(behind, all[i+1:]) {
			t.Errorf("behind dead letter %d: %+v, %v", i, behind, err)
		}
	}
}

func TestHandedOutTooOftenIsADeadLetter(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	file(t, n.Ledger, newCase(), 1)
	js, err := jetstream.New(n.nc)
	if err != nil {
		t.Fatal(err)
	}
	c, err := js.CreateConsumer(within(t), natsbus.StreamLedger, jetstream.ConsumerConfig{
		Durable: "impatient", MaxDeliver: 1, AckWait: 50 * time.Millisecond, AckPolicy: jetstream.AckExplicitPolicy,
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Next(); err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = c.Next(jetstream.FetchMaxWait(patience)) }() // for whom it would be handed out again
	if l := letters(t, n, 1)[0]; l.Reason != operator.ReasonTries || l.Consumer != "impatient" || l.Tries != 1 {
		t.Errorf("dead letter: %+v", l)
	}
}

// Group 83 of the bad inputs: a fact that its handler panics over ends as a dead
// letter that says no more than that, and the next one is handled.
func TestWhatPanicsIsADeadLetter(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	facts := file(t, n.Ledger, newCase(), 3)
	ctx, stop := context.WithCancel(within(t))
	p := &poisoned{at: facts[1].ID(), after: facts[2].ID(), done: stop}
	if err := (services.Runner{}).Project(ctx, consume(t, n, "delivery"), p); err != nil {
		t.Fatal(err)
	}
	if want := []string{facts[0].ID(), facts[1].ID(), facts[2].ID()}; !slices.Equal(p.seen, want) {
		t.Errorf("handled %q, want %q", p.seen, want)
	}
	l := letters(t, n, 1)[0]
	want := operator.DeadLetter{
		Place: l.Place, Time: l.Time, Stream: operator.StreamLedger, Consumer: "delivery",
		Sequence: facts[1].Sequence, Tries: 1, Reason: "panic",
	}
	if l != want {
		t.Errorf("dead letter %+v, want %+v", l, want)
	}
}

// poisoned panics over one fact, and is done after another.
type poisoned struct {
	at, after string
	done      func()
	seen      []string
}

func (p *poisoned) Name() string { return "delivery" }
func (p *poisoned) Apply(_ context.Context, f services.Fact) error {
	p.seen = append(p.seen, f.ID())
	switch f.ID() {
	case p.at:
		panic("Invented Person One")
	case p.after:
		p.done()
	}
	return nil
}

func TestReplaysAreOnRecord(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	want := []operator.Replay{
		{Letter: 3, Time: recorded, Copy: &operator.Copy{Agency: harbour, Scope: "s", Event: "e", Source: 7}},
		{Letter: 3, Time: recorded.Add(time.Second), Ended: true, Put: 12},
		{Letter: 4, Time: recorded, Ended: true, Reason: "internal.bug"},
	}
	for _, r := range want {
		if err := n.Replayed(within(t), r); err != nil {
			t.Fatal(err)
		}
	}
	letters, got, err := n.DeadLetters(within(t), 0)
	if diff := cmp.Diff(want, got); diff != "" || len(letters) != 0 || err != nil {
		t.Errorf("%d letters, %v (-want +got):\n%s", len(letters), err, diff)
	}
	if _, got, err = n.DeadLetters(within(t), 2); err != nil || len(got) != 1 {
		t.Errorf("behind the second: %+v, %v", got, err)
	}
}

func TestStoredIsWhatLiesThere(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	f := file(t, n.Ledger, newCase(), 1)[0]
	put(t, n, harbour, f)
	for _, stream := range []string{operator.StreamLedger, operator.StreamInbox} {
		s, err := n.Stored(within(t), stream, 1)
		if err != nil {
			t.Fatal(err)
		}
		if string(s.Bytes) != string(f.Bytes) || !s.Readable() || s.Fact.ID() != f.ID() || s.Fact.Sequence != f.Sequence ||
			!s.Fact.Recorded.Equal(f.Recorded) || s.Fact.Subject != f.Subject {
			t.Errorf("%s holds %+v", stream, s.Fact)
		}
		var want *operator.Copy
		if stream == operator.StreamInbox {
			want = &operator.Copy{Agency: harbour, Scope: f.Scope().ID, Event: f.ID(), Source: f.Sequence}
		}
		if diff := cmp.Diff(want, s.Copy); diff != "" {
			t.Errorf("%s (-want +got):\n%s", stream, diff)
		}
	}
	for _, gone := range []struct {
		stream string
		at     uint64
	}{{operator.StreamLedger, 2}, {operator.StreamInbox, 2}, {natsbus.StreamAudit, 1}, {"", 1}, {"a.*", 1}} {
		_, err := n.Stored(within(t), gone.stream, gone.at)
		wantKind(t, err, services.Unknown, services.CodeNotVisible)
	}
}

// What lies in a stream and is no event is shown as bytes, and not as a fact.
func TestStoredIsNoFact(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	at, err := natsbus.InboxSubject(harbour, newCase().ID, ids().EventID())
	if err != nil {
		t.Fatal(err)
	}
	if err := n.nc.Publish(at, []byte("no event")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is stored", func() bool {
		s, err := n.Stored(within(t), operator.StreamInbox, 1)
		if err == nil && (s.Readable() || s.Copy != nil || string(s.Bytes) != "no event") {
			t.Fatalf("stored %+v", s)
		}
		return err == nil
	})
}

// While somebody has a service alone, it is handed nothing, and what it had in
// hand is settled first.
func TestAloneWithAService(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	facts := file(t, n.Ledger, newCase(), 2)
	source := consume(t, n, "routing")
	inHand, _ := take(t, source)
	ran, end := make(chan struct{}), make(chan struct{})
	over := make(chan error, 1)
	go func() {
		over <- n.Alone(within(t), "routing", func(context.Context) error {
			close(ran)
			<-end
			return services.Refuse(services.Conflict, "done")
		})
	}()
	select {
	case <-ran:
		t.Fatal("it began although a fact was in hand")
	case <-time.After(100 * time.Millisecond):
	}
	ack(t, inHand)
	<-ran
	ctx, stop := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer stop()
	if d, err := source.Next(ctx); err == nil {
		t.Fatalf("a fact was handed out meanwhile, for the %d. time", d.Tries())
	}
	close(end)
	wantKind(t, <-over, services.Conflict, "done")
	d, f := take(t, source)
	sameIDs(t, []services.Fact{f}, facts[1:])
	ack(t, d)
	wantKind(t, n.Alone(within(t), "nobody", nil), services.Unknown, services.CodeNotVisible)
}

func TestAloneGivesUpOnAServiceThatDoesNotRest(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	file(t, n.Ledger, newCase(), 1)
	source := consume(t, n, "routing")
	d, _ := take(t, source)
	ctx, stop := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer stop()
	wantKind(t, n.Alone(ctx, "routing", nil), services.Later, "service_busy")
	if err := d.Nak(within(t), 0); err != nil {
		t.Fatal(err)
	}
	d, _ = take(t, source) // it goes on
	ack(t, d)
}

func TestHandledIsAllThatThereIs(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	file(t, n.Ledger, newCase(), 2)
	source := consume(t, n, "routing")
	over := make(chan error, 1)
	go func() { over <- n.Handled(within(t), "routing") }()
	for range 2 {
		select {
		case err := <-over:
			t.Fatalf("before it was: %v", err)
		default:
		}
		d, _ := take(t, source)
		ack(t, d)
	}
	if err := <-over; err != nil {
		t.Fatal(err)
	}
	file(t, n.Ledger, newCase(), 1)
	ctx, stop := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer stop()
	wantKind(t, n.Handled(ctx, "routing"), services.Later, "service_busy")
}

func TestInboxBySubject(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	account := join(t, n, harbour)
	mail := inbox(t, n, harbour)
	a := file(t, n.Ledger, newCase(), 2)
	b := file(t, n.Ledger, newCase(), 1)
	for _, f := range append(slices.Clone(a), b...) {
		put(t, n, harbour, f)
		put(t, n, riverside, f)
	}
	want := []string{a[0].Scope().ID, b[0].Scope().ID}
	slices.Sort(want)
	scopes := func(agency string, want []string) {
		t.Helper()
		got, err := n.Inboxes.Scopes(within(t), agency)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s has %q, %v; want %q", agency, got, err, want)
		}
	}
	scopes(harbour, want)
	scopes(labour, nil)
	at, err := n.Inboxes.Find(within(t), harbour, a[1].Scope().ID, a[1].ID())
	if err != nil || at == 0 {
		t.Fatalf("found at %d, %v", at, err)
	}
	taken := func(want bool, when string) {
		t.Helper()
		if got, err := n.Inboxes.Taken(within(t), account, at); err != nil || got != want {
			t.Errorf("%s: taken %t, %v", when, got, err)
		}
	}
	taken(false, "at first")
	for range 2 {
		d, _ := take(t, mail)
		ack(t, d)
	}
	taken(true, "acknowledged")
	for range 2 { // the second time there is nothing left
		if err := n.Inboxes.Empty(within(t), harbour); err != nil {
			t.Fatal(err)
		}
	}
	scopes(harbour, nil)
	scopes(riverside, want)
	if at, err = n.Inboxes.Find(within(t), harbour, a[1].Scope().ID, a[1].ID()); err != nil || at != 0 {
		t.Errorf("still at %d, %v", at, err)
	}
	if err := n.Accounts.Close(within(t), harbour); err != nil {
		t.Fatal(err)
	}
	taken(false, "without a consumer")
	if _, err := n.Inboxes.Scopes(within(t), schemas.HubAgency); services.KindOf(err) != services.Invalid {
		t.Errorf("the hub's: %v", err)
	}
}

// A desk of another make may give up with any words: none of them is shown.
func TestReasonsOfOthersAreNotRepeated(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	account := join(t, n, harbour)
	put(t, n, harbour, file(t, n.Ledger, newCase(), 1)[0])
	js, err := jetstream.NewWithAPIPrefix(enter(t, n, harbour), "saphan")
	if err != nil {
		t.Fatal(err)
	}
	c, err := js.Consumer(within(t), natsbus.StreamInbox, account)
	if err != nil {
		t.Fatal(err)
	}
	m, err := c.Next()
	if err != nil {
		t.Fatal(err)
	}
	if err := m.TermWithReason("Invented Person One cannot be helped"); err != nil {
		t.Fatal(err)
	}
	if l := letters(t, n, 1)[0]; l.Reason != operator.ReasonNone || l.Stream != operator.StreamInbox || l.Consumer != account {
		t.Errorf("dead letter %+v", l)
	}
}
