package sqlite_test

import (
	"testing"

	"github.com/saphan-project/saphan/adapters/sqlite"
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/desk"
)

// at is where a fact lies.
func at(f services.Fact) desk.Location { return desk.Location{Scope: f.Scope(), Event: f.ID()} }

// visit is where an event of an inspection lies.
func visit(event string) desk.Location {
	return desk.Location{Scope: schemas.Scope{Kind: schemas.ScopeInspection, ID: caseB}, Event: event}
}

func expectFeed(t *testing.T, d *sqlite.Desk, after uint64, want ...desk.Entry) {
	t.Helper()
	got, err := d.Announced(t.Context(), after, 10)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, "feed", got, want)
}

// An entry keeps its first place; what ends takes the earlier ones out, and no place
// is given again.
func TestFeed(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	fs := open(t, folder)
	a, other, ended := at(linked(t, eventA, caseA, 1)), at(linked(t, eventA, caseB, 1)), at(linked(t, eventC, caseA, 1))
	announce := func(at desk.Location, gone ...string) {
		t.Helper()
		if err := fs.Desk.Announce(t.Context(), at, gone); err != nil {
			t.Fatal(err)
		}
	}
	if last, err := fs.Desk.LastPlace(t.Context()); err != nil || last != 0 {
		t.Errorf("last of nothing: %d, %v", last, err)
	}
	for _, one := range []desk.Location{a, other, a, visit(eventB)} {
		announce(one)
	}
	expectFeed(t, fs.Desk, 0, desk.Entry{Place: 1, Location: a}, desk.Entry{Place: 2, Location: other}, desk.Entry{Place: 3, Location: visit(eventB)})
	announce(ended, eventA, eventB, "\"'; --")
	expectFeed(t, fs.Desk, 0, desk.Entry{Place: 2, Location: other}, desk.Entry{Place: 4, Location: ended})
	announce(a)                     // given again
	announce(ended, eventA, eventB) // handed over twice: what came after it stays
	again := desk.Entry{Place: 5, Location: a}
	expectFeed(t, fs.Desk, 2, desk.Entry{Place: 4, Location: ended}, again)
	announce(at(linked(t, eventB, caseA, 1)), eventA)
	announce(at(linked(t, eventB, caseA, 1)), eventB) // nothing ends itself
	if err := fs.Close(); err != nil {
		t.Fatal(err)
	}
	fs = open(t, folder)
	announce(a)
	expectFeed(t, fs.Desk, 5, desk.Entry{Place: 6, Location: at(linked(t, eventB, caseA, 1))}, desk.Entry{Place: 7, Location: a})
	if last, err := fs.Desk.LastPlace(t.Context()); err != nil || last != 7 {
		t.Errorf("last: %d, %v", last, err)
	}
	if got, err := fs.Desk.Announced(t.Context(), 0, 1); err != nil || len(got) != 1 {
		t.Errorf("one at most: %v, %v", got, err)
	}
}

func TestOneFact(t *testing.T) {
	t.Parallel()
	v := open(t, t.TempDir()).View
	f := linked(t, eventA, caseA, 9)
	put(t, v, f)
	got, err := v.Fact(t.Context(), at(f))
	if err != nil || string(got.Bytes) != string(f.Bytes) || got.Sequence != 9 {
		t.Errorf("%+v, %v", got, err)
	}
	for _, absent := range []desk.Location{at(linked(t, eventA, caseB, 1)), at(linked(t, eventB, caseA, 1)), {}} {
		if _, err := v.Fact(t.Context(), absent); services.KindOf(err) != services.Unknown {
			t.Errorf("%+v: %v", absent, err)
		}
	}
}
