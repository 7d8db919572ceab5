package natsbus_test

import (
	"bytes"
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/saphan-project/saphan/adapters/natsbus"
	"github.com/saphan-project/saphan/services"
)

func TestReadGivesBackWhatWasAppended(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	scope, other := newCase(), newCase()
	var want []services.Fact
	for range 3 {
		want = append(want, file(t, n.Ledger, scope, 1)[len(want):]...)
		file(t, n.Ledger, other, 1)
	}
	again := open(t, n) // decodes everything anew
	got, err := again.Ledger.Read(within(t), scope)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got, cmpopts.IgnoreUnexported(services.Fact{})); d != "" {
		t.Fatal(d)
	}
	for i, f := range got {
		if f.Recorded != recorded.Add(time.Duration(i)*time.Millisecond) || f.Recorded.Location() != time.UTC {
			t.Errorf("fact %d recorded %v", i, f.Recorded)
		}
		if !bytes.Equal(f.Bytes, encode(t, scope, f.ID())) {
			t.Errorf("fact %d: bytes changed", i)
		}
	}
}

func TestReadOfAnEmptyScopeIsEmpty(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	for range 2 { // before and after the stream holds anything
		got, err := n.Ledger.Read(within(t), newCase())
		if err != nil || len(got) != 0 {
			t.Fatalf("got %d facts, %v", len(got), err)
		}
		file(t, n.Ledger, newCase(), 1)
	}
}

func TestAppendRefuses(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	scope := newCase()
	facts := file(t, n.Ledger, scope, 2)

	stale := next(t, scope, facts)
	stale.After = facts[0].Sequence
	first := next(t, newCase(), nil)
	first.After = facts[1].Sequence
	reused := next(t, scope, facts)
	reused.Event, reused.Raw = facts[0].ID(), facts[0].Bytes
	astray := next(t, scope, facts)
	astray.Scope = newCase()
	page := next(t, scope, facts)
	page.Page = -1
	garbage := next(t, scope, facts)
	garbage.Raw = []byte(`{}`)

	for name, c := range map[string]struct {
		err  error
		kind services.Kind
		code string
	}{
		"an entry after another than the last": {appendErr(t, n, stale), services.Later, services.CodeMoved},
		"a first entry that is said to follow": {appendErr(t, n, first), services.Later, services.CodeMoved},
		"an id that is taken":                  {appendErr(t, n, reused), services.Conflict, services.CodeIDReused},
		"an event of another scope":            {appendErr(t, n, astray), services.Internal, "entry"},
		"a page that is none":                  {appendErr(t, n, page), services.Invalid, "subject"},
		"bytes that are no event":              {appendErr(t, n, garbage), services.Internal, "entry"},
	} {
		t.Run(name, func(t *testing.T) { wantKind(t, c.err, c.kind, c.code) })
	}
	got, err := n.Ledger.Read(within(t), scope)
	if err != nil {
		t.Fatal(err)
	}
	sameIDs(t, got, facts)
}

func appendErr(t *testing.T, n node, e entry) error {
	t.Helper()
	_, err := n.Ledger.Append(within(t), e)
	return err
}

func TestOfManyAppendsAtOnePlaceOneWins(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	scope := newCase()
	facts := file(t, n.Ledger, scope, 1)
	var won, moved atomic.Int32
	var wg sync.WaitGroup
	for range 8 {
		e := next(t, scope, facts)
		wg.Go(func() {
			_, err := n.Ledger.Append(context.Background(), e)
			switch {
			case err == nil:
				won.Add(1)
			case services.AsError(err).Code == services.CodeMoved:
				moved.Add(1)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 || moved.Load() != 7 {
		t.Fatalf("%d won and %d were told that the scope has moved", won.Load(), moved.Load())
	}
	got, err := n.Ledger.Read(within(t), scope)
	if err != nil || len(got) != 2 {
		t.Fatalf("got %d facts, %v", len(got), err)
	}
}

func TestPages(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	scope := newCase()
	var want []services.Fact
	for _, size := range []int{511, 512, 513, 1024, 1100} {
		want = file(t, n.Ledger, scope, size-len(want))
		again := open(t, n)
		got, err := again.Ledger.Read(within(t), scope)
		if err != nil {
			t.Fatal(err)
		}
		sameIDs(t, got, want)
	}
}

// Two hubs write to one scope in any order and read at any moment: a reader
// never sees a gap, and the end of the story is the same for both.
func TestTwoHubsSeeOneHistory(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	second := open(t, n)
	ledgers := []*natsbus.Ledger{n.Ledger, second.Ledger}
	rapid.Check(t, func(r *rapid.T) {
		scope := newCase()
		var want []services.Fact
		for _, step := range rapid.SliceOfN(rapid.IntRange(0, 3), 1, 12).Draw(r, "steps") {
			l := ledgers[step%2]
			if step < 2 {
				f, err := l.Append(context.Background(), next(t, scope, want))
				if err != nil {
					r.Fatal(err)
				}
				want = append(want, f)
				continue
			}
			got, err := l.Read(context.Background(), scope)
			if err != nil || len(got) != len(want) {
				r.Fatalf("read %d of %d facts, %v", len(got), len(want), err)
			}
		}
	})
}

func TestReaderCannotDisturbAnother(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	scope := newCase()
	want := file(t, n.Ledger, scope, 2)
	first, err := n.Ledger.Read(within(t), scope)
	if err != nil {
		t.Fatal(err)
	}
	_ = append(first, services.Fact{Sequence: 99})
	want = append(want[:2:2], file(t, n.Ledger, scope, 1)[2])
	got, err := n.Ledger.Read(within(t), scope)
	if err != nil {
		t.Fatal(err)
	}
	sameIDs(t, got, want)
	if len(first) != 2 {
		t.Fatalf("the first reader has %d facts", len(first))
	}
}

func TestTheLedgerForgetsOnlyWhatItDecoded(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	first := newCase()
	file(t, n.Ledger, first, 2)
	for range natsbus.RecentScopes {
		if _, err := n.Ledger.Append(within(t), next(t, newCase(), nil)); err != nil {
			t.Fatal(err)
		}
	}
	if _, scopes := n.Ledger.Known(); scopes != natsbus.RecentScopes {
		t.Fatalf("%d scopes are kept decoded", scopes)
	}
	want := file(t, n.Ledger, first, 1)
	got, err := n.Ledger.Read(within(t), first)
	if err != nil {
		t.Fatal(err)
	}
	sameIDs(t, got, want)
}

func TestRestartKeepsEverything(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	n := start(t, dir)
	scope := newCase()
	want := file(t, n.Ledger, scope, 5)
	source := consume(t, n, "routing")
	d, _ := take(t, source)
	ack(t, d)
	n.Hub.Close()
	n.server.Close()

	n = start(t, dir)
	got, err := n.Ledger.Read(within(t), scope)
	if err != nil {
		t.Fatal(err)
	}
	sameIDs(t, got, want)
	if _, f := take(t, consume(t, n, "routing")); f.ID() != want[1].ID() {
		t.Fatal("the consumer did not go on where it was")
	}
	_, err = n.Ledger.Append(within(t), next(t, scope, want[:4]))
	wantKind(t, err, services.Later, services.CodeMoved)
}

// An acknowledgement that does not come says nothing about what was stored.
func TestAppendLooksAgainWhenNoAnswerCame(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	line := &heldLine{to: n.server.Provider()}
	hub := over(t, n, line)
	scope := newCase()
	e := next(t, scope, nil)
	line.Lock()
	ctx, giveUp := context.WithCancel(context.Background())
	var f services.Fact
	appended := make(chan error)
	go func() {
		var err error
		f, err = hub.Ledger.Append(ctx, e)
		appended <- err
	}()
	var got []services.Fact
	var err error
	eventually(t, "the event is stored", func() bool {
		got, err = n.Ledger.Read(within(t), scope)
		return err == nil && len(got) == 1
	})
	giveUp()
	line.Unlock()
	if err := <-appended; err != nil {
		t.Fatal(err)
	}
	sameIDs(t, got, []services.Fact{f})
}

func TestAppendToABrokerThatIsAway(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	scope := newCase()
	n.server.Close()
	_, err := n.Ledger.Append(within(t), next(t, scope, nil))
	wantKind(t, err, services.Later, services.CodeBusAway)
	_, err = n.Ledger.Read(within(t), scope)
	wantKind(t, err, services.Later, services.CodeBusAway)
}
