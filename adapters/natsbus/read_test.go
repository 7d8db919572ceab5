package natsbus_test

import (
	"context"
	"strconv"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/saphan-project/saphan/adapters/natsbus"
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// Large events do not fit one answer of the broker; the case is whole all the
// same.
func TestReadOfACaseLargerThanOneAnswer(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	scope := newCase()
	shared := schemas.ContentShared{To: harbour}
	for range 2000 {
		shared.Sealed = append(shared.Sealed, schemas.Sealed{Section: "offer", Digest: schemas.Digest(nil)})
	}
	var want []services.Fact
	for size := 0; size < 20<<20; size += len(want[len(want)-1].Bytes) {
		e := next(t, scope, want)
		e.Raw = encodeData(t, scope, e.Event, "content.shared", shared)
		f, err := n.Ledger.Append(within(t), e)
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, f)
	}
	n.Ledger.Forget()
	got, err := n.Ledger.Read(within(t), scope)
	if err != nil {
		t.Fatal(err)
	}
	sameIDs(t, got, want)
}

// What the gate would never have stored is no fact, and a case that holds it
// cannot be read: it must not look as if it were not there.
func TestReadOfDamageFails(t *testing.T) {
	t.Parallel()
	id := ids().EventID()
	for name, damage := range map[string]func(*nats.Msg){
		"bytes that are no event": func(m *nats.Msg) { m.Data = m.Data[1:] },
		"no recorded time":        func(m *nats.Msg) { m.Header.Del("Saphan-Recorded") },
		"another recorded time":   func(m *nats.Msg) { m.Header.Set("Saphan-Recorded", "2026-03-02 09:41") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := start(t, t.TempDir())
			scope := newCase()
			to, err := natsbus.LedgerSubject(scope, 0, id)
			if err != nil {
				t.Fatal(err)
			}
			m := nats.NewMsg(to)
			m.Data = encode(t, scope, id)
			m.Header.Set("Saphan-Recorded", "2026-03-02T09:41:07.113Z")
			damage(m)
			js, err := jetstream.New(n.nc)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := js.PublishMsg(within(t), m); err != nil {
				t.Fatal(err)
			}
			_, err = n.Ledger.Read(within(t), scope)
			wantKind(t, err, services.Internal, "damaged")
			d, err := consume(t, n, "routing").Next(within(t))
			if err != nil {
				t.Fatal(err)
			}
			_, err = d.Fact()
			wantKind(t, err, services.Internal, "damaged")
		})
	}
}

// The broker answers nothing beyond 1,024 matches. The gate never lets a page
// grow so far; if it did, the case must not look empty.
func TestReadOfAPageThatIsTooFullFails(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	scope := newCase()
	js, err := jetstream.New(n.nc, jetstream.WithPublishAsyncMaxPending(2048))
	if err != nil {
		t.Fatal(err)
	}
	for range 1025 {
		to, err := natsbus.LedgerSubject(scope, 0, ids().EventID())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := js.PublishAsync(to, nil); err != nil {
			t.Fatal(err)
		}
	}
	<-js.PublishAsyncComplete()
	_, err = n.Ledger.Read(within(t), scope)
	wantKind(t, err, services.Internal, "damaged")
}

// An answer counts only when it is whole.
func TestAnswers(t *testing.T) {
	t.Parallel()
	message := func(previous, sequence int) *nats.Msg {
		return &nats.Msg{Header: nats.Header{
			"Nats-Last-Sequence": {strconv.Itoa(previous)}, "Nats-Sequence": {strconv.Itoa(sequence)},
		}}
	}
	status := func(code, description string) *nats.Msg {
		return &nats.Msg{Header: nats.Header{"Status": {code}, "Description": {description}}}
	}
	end := func(previous int) *nats.Msg {
		m := status("204", "EOB")
		m.Header.Set("Nats-Last-Sequence", strconv.Itoa(previous))
		m.Header.Set("Nats-Num-Pending", "0")
		return m
	}
	for name, c := range map[string]struct {
		msgs []*nats.Msg
		want int
		kind services.Kind
	}{
		"two messages":               {[]*nats.Msg{message(0, 3), message(3, 9), end(9)}, 2, ""},
		"none that is new":           {[]*nats.Msg{end(0)}, 0, ""},
		"nothing there":              {[]*nats.Msg{status("404", "No Results")}, 0, ""},
		"first missing":              {[]*nats.Msg{message(3, 9), end(9)}, 0, services.Internal},
		"middle missing":             {[]*nats.Msg{message(0, 3), message(4, 9), end(9)}, 0, services.Internal},
		"last missing":               {[]*nats.Msg{message(0, 3), end(9)}, 0, services.Internal},
		"end missing":                {[]*nats.Msg{message(0, 3)}, 0, services.Internal},
		"one could not be loaded":    {[]*nats.Msg{status("404", "Message Not Found")}, 0, services.Internal},
		"later one not to be loaded": {[]*nats.Msg{message(0, 3), status("404", "No Results")}, 0, services.Internal},
		"too many":                   {[]*nats.Msg{status("413", "Too Many Results")}, 0, services.Internal},
		"a sequence that is none":    {[]*nats.Msg{message(0, -1), end(0)}, 0, services.Internal},
		"nobody there":               {[]*nats.Msg{status("503", "")}, 0, services.Later},
		"the store is closed":        {[]*nats.Msg{status("500", "closed")}, 0, services.Later},
	} {
		got, err := natsbus.Answer(c.msgs...)
		if got != c.want || services.KindOf(err) != c.kind {
			t.Errorf("%s: %d messages, %v", name, got, err)
		}
	}
}

func TestReadEndsWithItsContext(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	ended, stop := context.WithCancel(context.Background())
	stop()
	_, err := n.Ledger.Read(ended, newCase())
	wantKind(t, err, services.Later, services.CodeBusAway)
}
