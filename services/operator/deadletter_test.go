package operator_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/operator"
)

// give puts a dead letter on record, the next one.
func (w *world) give(stream, consumer string, sequence uint64) operator.DeadLetter {
	d := operator.DeadLetter{
		Place: uint64(len(w.letters)+len(w.replays)) + 1, Time: epoch.Add(time.Duration(len(w.letters)) * time.Hour),
		Stream: stream, Consumer: consumer, Sequence: sequence, Tries: 1, Reason: "internal.bug",
	}
	w.letters = append(w.letters, d)
	return d
}

// delivered is what delivery does when it is handed a fact: it puts it into the
// inboxes of those who may see it.
func (w *world) delivered(to ...string) {
	w.again = func(_ string, f services.Fact) (string, error) {
		for _, agency := range to {
			w.put(agency, f)
		}
		return "", nil
	}
}

// TestStatesOfALetter: which letters need somebody.
func TestStatesOfALetter(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		stream string
		then   func(w *world, d operator.DeadLetter)
		want   operator.LetterState
	}{
		"a fact of the ledger":                 {operator.StreamLedger, nil, operator.Open},
		"replayed, and dealt with":             {operator.StreamLedger, ended("", 0), operator.Handled},
		"replayed, and given up again":         {operator.StreamLedger, ended("internal.bug", 0), operator.Open},
		"replayed twice, the second time well": {operator.StreamLedger, both(ended("panic", 0), ended("", 0)), operator.Handled},
		"a copy":                               {operator.StreamInbox, nil, operator.Open},
		"a copy that was withdrawn":            {operator.StreamInbox, withdrawn, operator.Gone},
		"begun, and no end":                    {operator.StreamInbox, both(begun, withdrawn), operator.BrokenOff},
		"begun, and nothing taken away yet":    {operator.StreamInbox, begun, operator.BrokenOff},
		"in the inbox again":                   {operator.StreamInbox, both(begun, again), operator.Waiting},
		"taken by the desk":                    {operator.StreamInbox, both(begun, both(again, taken)), operator.Handled},
		"given up by the desk again":           {operator.StreamInbox, both(begun, both(again, both(taken, twice))), operator.Repeated},
		"in the inbox again, then withdrawn":   {operator.StreamInbox, both(begun, both(again, withdrawn)), operator.Gone},
		"nobody may see it any more":           {operator.StreamInbox, both(begun, both(withdrawn, ended("", 0))), operator.Gone},
		"delivery gave up":                     {operator.StreamInbox, both(begun, both(withdrawn, ended("panic", 0))), operator.Open},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, s := newWorld(t)
			w.put(shelter, w.open(theCase))
			d := w.give(row.stream, accountKey(shelter), 1)
			if row.then != nil {
				row.then(w, d)
			}
			all, err := s.DeadLetters(t.Context(), operator.Query{All: true})
			if err != nil {
				t.Fatal(err)
			}
			l := all.Letters[len(all.Letters)-1]
			if l.State != row.want || l.Consumer != shelter {
				t.Errorf("%s of %s, want %s", l.State, l.Consumer, row.want)
			}
			if !schemas.HasCode(operator.LetterStates, string(l.State)) {
				t.Errorf("the state %s has no words", l.State)
			}
			needs, err := s.DeadLetters(t.Context(), operator.Query{})
			listed := slices.ContainsFunc(needs.Letters, func(o operator.Letter) bool { return o.Place == d.Place })
			if err != nil || listed != (row.want == operator.Open || row.want == operator.BrokenOff) {
				t.Errorf("listed among those that need somebody: %t, %v", listed, err)
			}
		})
	}
}

type happens = func(*world, operator.DeadLetter)

func both(first, second happens) happens {
	return func(w *world, d operator.DeadLetter) { first(w, d); second(w, d) }
}

func ended(reason string, put uint64) happens {
	return func(w *world, d operator.DeadLetter) {
		w.replays = append(w.replays, operator.Replay{Letter: d.Place, Time: epoch, Ended: true, Reason: reason, Put: put})
	}
}

func begun(w *world, d operator.DeadLetter) {
	c := w.inboxes[d.Sequence]
	w.replays = append(w.replays, operator.Replay{Letter: d.Place, Time: epoch, Copy: &c})
}

func again(w *world, d operator.DeadLetter) {
	withdrawn(w, d)
	ended("", w.put(shelter, w.facts[0]))(w, d)
}
func withdrawn(w *world, _ operator.DeadLetter) { clear(w.inboxes) }
func taken(w *world, _ operator.DeadLetter)     { w.taken = w.placed }
func twice(w *world, d operator.DeadLetter) {
	o := d
	o.Place, o.Sequence = d.Place+10, w.placed
	w.letters = append(w.letters, o)
}

// TestListIsPicked: by who gave up, why and since when; the newest first.
func TestListIsPicked(t *testing.T) {
	t.Parallel()
	w, s := newWorld(t)
	w.open(theCase)
	w.open(other)
	for i, consumer := range []string{"routing", "delivery", "routing", "routing"} {
		w.give(operator.StreamLedger, consumer, uint64(i%2)+1)
	}
	w.letters[3].Reason = "panic"
	for name, row := range map[string]struct {
		q    operator.Query
		want string
	}{
		"all":          {operator.Query{}, "4 3 2 1"},
		"of a service": {operator.Query{Consumer: "routing"}, "4 3 1"},
		"for a reason": {operator.Query{Reason: "internal.bug"}, "3 2 1"},
		"since":        {operator.Query{Since: epoch.Add(2 * time.Hour)}, "4 3"},
		"both":         {operator.Query{Consumer: "routing", Reason: "internal.bug", Since: epoch.Add(time.Minute)}, "3"},
		"at most two":  {operator.Query{Limit: 2}, "4 3 more"},
		"of nobody":    {operator.Query{Consumer: "vault"}, ""},
	} {
		list, err := s.DeadLetters(t.Context(), row.q)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, l := range list.Letters {
			got = append(got, fmt.Sprint(l.Place))
		}
		if list.More {
			got = append(got, "more")
		}
		if strings.Join(got, " ") != row.want {
			t.Errorf("%s: %q, want %q", name, got, row.want)
		}
	}
}

// TestPreviewShowsWhatTheHubReads and no more than that.
func TestPreviewShowsWhatTheHubReads(t *testing.T) {
	t.Parallel()
	w, s := newWorld(t)
	f := w.open(theCase)
	w.put(shelter, f)
	w.give(operator.StreamLedger, "routing", 1)
	w.give(operator.StreamInbox, accountKey(shelter), 1)
	for place, want := range map[uint64]operator.LetterPreview{1: {Remedy: operator.HandOver, To: "routing"}, 2: {Remedy: operator.PutAgain, To: shelter}} {
		want.DeadLetter = w.letters[place-1]
		want.Consumer = want.To
		want.State, want.Type, want.Event, want.Reference = operator.Open, "case.opened", f.ID()[24:], schemas.Reference(theCase)
		want.ID, want.Source, want.Subject, want.Recorded = f.ID(), f.Event.Source(), theCase, f.Recorded
		want.Digest, want.Size = schemas.Digest(f.Bytes), len(f.Bytes)
		got, err := s.DeadLetter(t.Context(), place, false)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("letter %d: %v (-want +got):\n%s", place, err, diff)
		}
		if got, err = s.DeadLetter(t.Context(), place, true); err != nil || string(got.Bytes) != string(f.Bytes) {
			t.Errorf("letter %d: the bytes are %q, %v", place, got.Bytes, err)
		}
	}
	_, err := s.DeadLetter(t.Context(), 3, false)
	wantKind(t, err, services.Unknown, services.CodeNotVisible)
}

// TestReplay: what is done with each kind of letter, and what then becomes of it.
func TestReplay(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		stream string
		again  func(*world)
		want   string // steps
		state  operator.LetterState
	}{
		"a service takes it":          {operator.StreamLedger, func(w *world) { w.delivered() }, "again routing 1, ended", operator.Handled},
		"a service gives it up again": {operator.StreamLedger, gives("internal.bug"), "again routing 1, ended", operator.Open},
		"the agency may see it":       {operator.StreamInbox, func(w *world) { w.delivered(shelter) }, "begun, remove, again delivery 1, find, ended", operator.Waiting},
		"it may not any more":         {operator.StreamInbox, func(w *world) { w.delivered(labour) }, "begun, remove, again delivery 1, find, ended", operator.Gone},
		"delivery gives up":           {operator.StreamInbox, gives("later.bus_away"), "begun, remove, again delivery 1, find, ended", operator.Open},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, s := newWorld(t)
			w.put(shelter, w.open(theCase))
			row.again(w)
			d := w.give(row.stream, map[string]string{operator.StreamLedger: "routing", operator.StreamInbox: accountKey(shelter)}[row.stream], 1)
			l, err := s.Replay(t.Context(), d.Place)
			if got := strings.Join(w.steps, ", "); got != row.want || l.State != row.state || err != nil {
				t.Errorf("did %s; now %s, %v", got, l.State, err)
			}
			if !l.Replayed.Equal(epoch) || (l.Outcome == "") == l.State.Needs() {
				t.Errorf("replayed %v with %q", l.Replayed, l.Outcome)
			}
			_, err = s.Replay(t.Context(), d.Place)
			if l.State.Needs() {
				wantKind(t, err, "", "")
			} else {
				wantKind(t, err, services.Conflict, "letter_settled")
			}
		})
	}
}

// TestAForgedLetterIsNone: an agency that settles what lies in another one's inbox has
// the broker name it as the one that gave up. Nobody is shown that copy, and nobody
// takes it away; nor is there a letter of somebody who is no agency.
func TestAForgedLetterIsNone(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		consumer string
		then     happens
	}{
		"another agency's copy":          {accountKey(partner), nil},
		"a replay of it has begun":       {accountKey(partner), begun},
		"a replay of it was broken off":  {accountKey(partner), both(begun, withdrawn)},
		"a replay of it came to its end": {accountKey(partner), both(begun, again)},
		"a consumer of no agency":        {accountKey(newbie), nil},
		"the hub's":                      {schemas.HubAgency, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, s := newWorld(t)
			w.delivered(shelter)
			w.put(shelter, w.open(theCase))
			d := w.give(operator.StreamInbox, row.consumer, 1)
			if row.then != nil {
				row.then(w, d)
			}
			before := maps.Clone(w.inboxes)
			if list, err := s.DeadLetters(t.Context(), operator.Query{All: true}); err != nil || len(list.Letters) > 0 {
				t.Errorf("listed %+v, %v", list.Letters, err)
			}
			p, err := s.DeadLetter(t.Context(), d.Place, true)
			if wantKind(t, err, services.Unknown, services.CodeNotVisible); !cmp.Equal(p, operator.LetterPreview{}) {
				t.Errorf("shown %+v", p)
			}
			_, err = s.Replay(t.Context(), d.Place)
			if wantKind(t, err, services.Unknown, services.CodeNotVisible); len(w.steps) > 0 || !maps.Equal(before, w.inboxes) {
				t.Errorf("replay did %q", w.steps)
			}
		})
	}
}

func gives(reason string) func(*world) {
	return func(w *world) {
		w.again = func(string, services.Fact) (string, error) { return reason, nil }
	}
}

// TestReplayMayBeBrokenOff: wherever a replay stops, the letter says that it needs
// somebody, and the next replay comes to the same end. No copy gets lost.
func TestReplayMayBeBrokenOff(t *testing.T) {
	t.Parallel()
	for _, stream := range []string{operator.StreamLedger, operator.StreamInbox} {
		for step := 1; ; step++ {
			w, s := newWorld(t)
			w.put(shelter, w.open(theCase))
			w.delivered(shelter)
			d := w.give(stream, accountKey(shelter), 1)
			w.failAt = step
			if _, err := s.Replay(t.Context(), d.Place); err == nil {
				break // it has no such step
			} else if !errors.Is(err, errStep) {
				t.Fatal(err)
			}
			list, err := s.DeadLetters(t.Context(), operator.Query{})
			if err != nil || len(list.Letters) != 1 {
				t.Errorf("%s, step %d failed: %+v, %v", stream, step, list, err)
			}
			l, err := s.Replay(t.Context(), d.Place)
			if err != nil || l.State.Needs() || len(w.inboxes) != 1 {
				t.Errorf("%s, step %d failed, then again: %s with %d copies, %v", stream, step, l.State, len(w.inboxes), err)
			}
		}
	}
}
