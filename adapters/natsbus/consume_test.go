package natsbus_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/saphan-project/saphan/adapters/natsbus"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/intake"
)

type entry = intake.Entry

func consume(t testing.TB, n node, service string) services.Source {
	t.Helper()
	s, err := part(t, n.Hub, service).Ledger.Consume(within(t))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestConsumeHandsOutTheLedgerInOrder(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	a, b := newCase(), newCase()
	file(t, n.Ledger, a, 2)
	file(t, n.Ledger, b, 1)
	file(t, n.Ledger, a, 1)
	source := consume(t, n, "delivery")
	for want := uint64(1); want <= 4; want++ {
		d, f := take(t, source)
		if f.Sequence != want {
			t.Fatalf("got fact %d, want %d", f.Sequence, want)
		}
		read, err := n.Ledger.Read(within(t), f.Scope())
		if err != nil {
			t.Fatal(err)
		}
		same := false
		for _, r := range read {
			same = same || r.ID() == f.ID() && r.Recorded.Equal(f.Recorded) && r.Subject == f.Subject
		}
		if !same {
			t.Errorf("fact %d is not as it is read", want)
		}
		ack(t, d)
	}
}

func TestNakBringsTheFactAgainBeforeTheNext(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	want := file(t, n.Ledger, newCase(), 2)
	source := consume(t, n, "delivery")
	d, _ := take(t, source)
	if err := d.Nak(within(t), 50*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	for _, w := range want {
		d, f := take(t, source)
		if f.ID() != w.ID() {
			t.Fatalf("got fact %d, want %d", f.Sequence, w.Sequence)
		}
		ack(t, d)
	}
}

func TestTwoHubsHaveOneActiveCopyOfAService(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	second := open(t, n)
	file(t, n.Ledger, newCase(), 20)
	type handed struct {
		d services.Delivery
		f services.Fact
	}
	out := make(chan handed)
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	for _, h := range []*natsbus.Hub{n.Hub, second.Hub} {
		source, err := part(t, h, "delivery").Ledger.Consume(ctx)
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			for {
				d, err := source.Next(ctx)
				if err != nil {
					return
				}
				f, err := d.Fact()
				if err != nil {
					t.Error(err)
				}
				out <- handed{d, f}
			}
		}()
	}
	for want := uint64(1); want <= 20; want++ {
		h := <-out
		if h.f.Sequence != want {
			t.Fatalf("got fact %d, want %d", h.f.Sequence, want)
		}
		select {
		case other := <-out:
			t.Fatalf("fact %d was out at the same time as %d", other.f.Sequence, want)
		case <-time.After(2 * time.Millisecond):
		}
		ack(t, h.d)
	}
}

// Whoever works on a fact for longer than the broker waits for a word of it keeps
// it all the same: no other hub is handed it meanwhile.
func TestAFactInHandIsHandedToNobodyElse(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	second := open(t, n)
	const ackWait = 200 * time.Millisecond
	want := file(t, n.Ledger, newCase(), 2)
	var sources []services.Source
	for _, h := range []*natsbus.Hub{n.Hub, second.Hub} {
		l := part(t, h, "delivery").Ledger
		l.SetAckWait(ackWait)
		source, err := l.Consume(within(t))
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, source)
	}
	inHand, f := take(t, sources[0])
	sameIDs(t, []services.Fact{f}, want[:1])
	ctx, stop := context.WithCancel(t.Context())
	defer time.AfterFunc(5*ackWait, stop).Stop()
	if d, err := sources[1].Next(ctx); err == nil {
		t.Fatalf("handed out %d times", d.Tries())
	}
	ack(t, inHand)
	d, f := take(t, sources[1])
	sameIDs(t, []services.Fact{f}, want[1:])
	if d.Tries() != 1 {
		t.Errorf("the next fact was handed out %d times", d.Tries())
	}
	ack(t, d)
}

// A hub that dies with a fact in hand says nothing more, and another one gets it.
func TestAFactOfWhoDiedIsHandedOutAgain(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	part(t, n.Hub, "delivery").Ledger.SetAckWait(200 * time.Millisecond)
	want := file(t, n.Ledger, newCase(), 1)
	ctx, die := context.WithCancel(t.Context())
	if _, err := consume(t, n, "delivery").Next(ctx); err != nil {
		t.Fatal(err)
	}
	die()
	d, f := take(t, consume(t, n, "delivery"))
	sameIDs(t, []services.Fact{f}, want)
	if d.Tries() != 2 {
		t.Errorf("handed out %d times", d.Tries())
	}
	ack(t, d)
}

func TestNextEndsWithItsContext(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	source := consume(t, n, "routing")
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		_, err := source.Next(ctx)
		ended <- err
	}()
	stop()
	select {
	case err := <-ended:
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("ended with %v", err)
		}
	case <-time.After(time.Second):
		t.Fatal("Next did not return")
	}
	want := file(t, n.Ledger, newCase(), 1)
	d, f := take(t, source)
	sameIDs(t, []services.Fact{f}, want)
	ack(t, d)
}

// What is in hand when a service is told to stop is settled, so that the next
// start does not wait for it.
func TestAckIsSentAfterTheContextHasEnded(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	want := file(t, n.Ledger, newCase(), 2)
	d, _ := take(t, consume(t, n, "routing"))
	ended, stop := context.WithCancel(context.Background())
	stop()
	if err := d.Ack(ended); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if _, f := take(t, consume(t, n, "routing")); f.ID() != want[1].ID() {
		t.Fatal("the settled fact came again")
	}
	if waited := time.Since(began); waited > 5*time.Second {
		t.Fatalf("the next fact came after %v", waited)
	}
}

func TestNextSurvivesALostConnection(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	line := &heldLine{to: n.server.Provider()}
	routing := part(t, over(t, n, line).Hub, "routing")
	source, err := routing.Ledger.Consume(within(t))
	if err != nil {
		t.Fatal(err)
	}
	came := make(chan services.Fact)
	go func() {
		defer close(came)
		d, err := source.Next(within(t))
		if err != nil {
			t.Error(err)
			return
		}
		f, err := d.Fact()
		if err != nil {
			t.Error(err)
		}
		came <- f
	}()
	line.cut()
	eventually(t, "the connection is back", func() bool { return routing.Conn().Stats().Reconnects > 0 && routing.Conn().IsConnected() })
	want := file(t, n.Ledger, newCase(), 1)
	if f := <-came; f.Event.Context == nil || f.ID() != want[0].ID() {
		t.Fatal("the fact did not come")
	}
}

func TestNextFailsWhenTheConnectionIsClosed(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	source := consume(t, n, "routing")
	n.server.Close()
	if _, err := source.Next(within(t)); err == nil || within(t).Err() != nil {
		t.Fatalf("Next returned %v", err)
	}
}

func TestSettledWhenNothingIsLeftToDo(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	settled := func(want bool, when string) {
		t.Helper()
		got, err := n.Settled(within(t))
		if err != nil || got != want {
			t.Fatalf("%s: settled %t, %v", when, got, err)
		}
	}
	settled(true, "at the start")
	source := consume(t, n, "routing")
	f := file(t, n.Ledger, newCase(), 1)[0]
	settled(false, "before it is handed out")
	d, _ := take(t, source)
	settled(false, "in hand")
	ack(t, d)
	settled(true, "acknowledged")
	mail := inbox(t, n, harbour)
	put(t, n, harbour, f)
	settled(false, "in an inbox")
	d, _ = take(t, mail)
	ack(t, d)
	settled(true, "taken")
}
