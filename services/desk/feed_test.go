package desk_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/desk"
)

// Whatever comes, again or not, and however often the view is lost: a reader who
// never sleeps is told every fact once, in the order in which it came; one who
// sleeps is told the same but for what was withdrawn meanwhile, and nothing that is.
func TestFeedProperty(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		i := newInflow(t, rt)
		for _, act := range rapid.SliceOfN(rapid.SampledFrom(inflowActs), 1, 40).Draw(rt, "acts") {
			act(i)
			i.awake.look(0)
			if !slices.Equal(i.awake.seen, i.told) {
				rt.Fatalf("told %v, want %v", i.awake.seen, i.told)
			}
			if rapid.Bool().Draw(rt, "look") {
				i.sleepy.look(rapid.IntRange(1, 3).Draw(rt, "limit"))
			}
		}
		i.restore(len(i.inbox))
		i.end()
	})
}

// inflow is what comes to one desk, and two that follow its feed.
type inflow struct {
	*rapid.T
	ctx           context.Context
	desk          *desk.Service
	memory        *memory
	made          []services.Fact // all that ever came, but the ends of access
	inbox         []services.Fact // what the agency may see now, in the order in which it came
	applied       int             // how much of it the view has
	told          []string        // ids, as they came
	awake, sleepy reader
}

// reader follows the feed bit by bit, as a program does.
type reader struct {
	*inflow
	place uint64
	seen  []string // ids
}

func newInflow(t *testing.T, rt *rapid.T) *inflow {
	agents := newHub(t).agents
	i := &inflow{T: rt, ctx: t.Context(), memory: newMemory()}
	i.desk = desk.New(desk.Config{
		Agency: harbour, Author: scribe{}, Verifier: trusting{agents}, Directory: agents, View: i.memory, Store: i.memory,
	})
	i.awake.inflow, i.sleepy.inflow = i, i
	return i
}

// look reads a bit. Nothing is told that the agency may not see.
func (r *reader) look(limit int) {
	told, last, err := r.desk.Feed(r.ctx, r.place, limit)
	if err != nil {
		r.Fatal(err)
	}
	for _, one := range told {
		if one.Place <= r.place || !r.sees(one.Fact) {
			r.Fatalf("told %s at %d, behind %d", one.Fact.ID(), one.Place, r.place)
		}
		r.place, r.seen = one.Place, append(r.seen, one.Fact.ID())
	}
	if last < r.place {
		r.Fatalf("it looked as far as %d, and told of %d", last, r.place)
	}
	r.place = last
}

func (i *inflow) sees(f services.Fact) bool {
	return slices.ContainsFunc(i.inbox, func(o services.Fact) bool { return o.ID() == f.ID() })
}

// end has the sleepy one read on until there is nothing more.
func (i *inflow) end() {
	for before := -1; before < len(i.sleepy.seen); {
		before = len(i.sleepy.seen)
		i.sleepy.look(2)
	}
	fresh := reader{inflow: i}
	fresh.look(0)
	if len(fresh.seen) != len(i.inbox) || !within(fresh.seen, i.told) {
		i.Fatalf("from the beginning %v, of %v", fresh.seen, i.told)
	}
	if !within(i.sleepy.seen, i.told) || !within(fresh.seen, i.sleepy.seen) {
		i.Fatalf("the sleepy one saw %v, of %v, and may see %v", i.sleepy.seen, i.told, fresh.seen)
	}
	if last, err := i.desk.Last(i.ctx); err != nil || last != fresh.place {
		i.Fatalf("last %d, %v, want %d", last, err, fresh.place)
	}
}

// within reports whether all of part stands in whole, in the same order.
func within(part, whole []string) bool {
	for _, id := range whole {
		if len(part) > 0 && part[0] == id {
			part = part[1:]
		}
	}
	return len(part) == 0
}

var inflowActs = []func(*inflow){
	(*inflow).link, (*inflow).link, (*inflow).link, (*inflow).visit, (*inflow).endAccess, (*inflow).giveAgain,
	(*inflow).repeat, (*inflow).loseView, (*inflow).restoreSome,
}

// arrive has a new fact come, once the view is whole.
func (i *inflow) arrive(f services.Fact) {
	i.restore(len(i.inbox))
	i.inbox, i.told = append(i.inbox, f), append(i.told, f.ID())
	i.restore(len(i.inbox))
}

// restore hands over the inbox from where the view ends.
func (i *inflow) restore(upTo int) {
	for ; i.applied < upTo; i.applied++ {
		i.apply(i.inbox[i.applied])
	}
}

func (i *inflow) apply(f services.Fact) {
	if err := i.desk.Apply(i.ctx, f); err != nil {
		i.Fatal(err)
	}
}

func (i *inflow) link() {
	i.arrive(i.fact(schemas.Draft{Type: "case.linked", Subject: i.someCase(),
		Data: schemas.CaseLinked{Link: schemas.Link{Relation: "family", Case: person}}}))
}

func (i *inflow) visit() {
	i.arrive(i.fact(schemas.Draft{Type: "visit.recorded", Subject: referral,
		Data: schemas.VisitRecorded{Kind: "routine", Area: samutSakhon, Sector: "C", Month: "2026-11"}}))
}

// endAccess takes away some of a case: the hub takes it out of the inbox, and says so.
func (i *inflow) endAccess() {
	i.restore(len(i.inbox))
	subject, word := i.someCase(), schemas.AccessEnded{Cause: schemas.DeriveEventID(dawn, "test", "cause", "", 0)}
	i.inbox = slices.DeleteFunc(i.inbox, func(f services.Fact) bool {
		gone := f.Scope().ID == subject && f.Name() == "case.linked" && rapid.Bool().Draw(i.T, "gone")
		if gone {
			word.Events, i.applied = append(word.Events, f.ID()), i.applied-1
		}
		return gone
	})
	i.arrive(i.fact(schemas.Draft{Type: "access.ended", Subject: subject, Data: word}))
}

// giveAgain gives something that was taken away.
func (i *inflow) giveAgain() {
	gone := slices.DeleteFunc(slices.Clone(i.made), i.sees)
	if len(gone) > 0 {
		i.arrive(rapid.SampledFrom(gone).Draw(i.T, "given"))
	}
}

func (i *inflow) repeat() {
	if i.applied > 0 {
		i.apply(i.inbox[rapid.IntRange(0, i.applied-1).Draw(i.T, "again")])
	}
}

func (i *inflow) loseView() {
	i.memory.facts, i.memory.cases, i.applied = nil, map[string]desk.Case{}, 0
}

func (i *inflow) restoreSome() { i.restore(rapid.IntRange(i.applied, len(i.inbox)).Draw(i.T, "up to")) }

func (i *inflow) someCase() string {
	return rapid.SampledFrom([]string{caseA, caseB}).Draw(i.T, "case")
}

// fact makes one with an id of its own.
func (i *inflow) fact(d schemas.Draft) services.Fact {
	count := len(i.told) + 1
	d.ID, d.Time, d.Author = schemas.DeriveEventID(dawn, "test", fmt.Sprint(count), d.Type, 0), dawn, schemas.Party{Agency: labour}
	if d.Type == "access.ended" {
		d.Author, d.Cause = schemas.Party{Service: schemas.Delivery}, d.Data.(schemas.AccessEnded).Cause
	}
	raw, err := scribe{}.Write(d)
	if err != nil {
		i.Fatal(err)
	}
	f, err := services.NewFact(raw, uint64(count), dawn, "")
	if err != nil {
		i.Fatal(err)
	}
	if d.Type != "access.ended" {
		i.made = append(i.made, f)
	}
	return f
}

// Everything that a desk is shown of cases is told, and what it may no longer see is
// not; who waits is woken.
func TestFeedOfAStory(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		receiver := h.desks[harbour]
		woken := receiver.News()
		h.fileSample()
		select {
		case <-woken:
		default:
			t.Error("nobody was woken")
		}
		receiver.act("accept", desk.ActInput{})
		expect(t, "feed", receiver.told(), receiver.shown())
		h.desks[labour].act("revoke", desk.ActInput{Reason: "person_decided"})
		expect(t, "feed at the end", receiver.told(), []string{"access.ended"})
		opened := ""
		for _, f := range h.desks[labour].inbox {
			if f.Scope().Kind == schemas.ScopeAgency {
				continue
			}
			if f.Name() == "case.opened" && f.Scope().ID == person {
				opened = f.ID()
			}
			got, err := h.desks[labour].Event(t.Context(), f.Scope().ID, f.ID())
			if err != nil || string(got.Bytes) != string(f.Bytes) {
				t.Errorf("%s: %v", f.Name(), err)
			}
			if _, err := receiver.Event(t.Context(), f.Scope().ID, f.ID()); kind(err) != "unknown not_visible" {
				t.Errorf("%s at another desk: %v", f.Name(), err)
			}
		}
		if f, err := h.desks[labour].Event(t.Context(), schemas.Reference(person), opened); err != nil || f.ID() != opened {
			t.Errorf("by reference: %v", err)
		}
	})
}

// told lists the types that a desk's feed tells, from the beginning.
func (m *member) told() []string {
	m.t.Helper()
	told, _, err := m.Feed(m.t.Context(), 0, 0)
	if err != nil {
		m.t.Fatal(err)
	}
	var types []string
	for _, one := range told {
		types = append(types, one.Fact.Name())
	}
	return types
}

// shown lists the types of what came to a desk about cases.
func (m *member) shown() []string {
	var types []string
	for _, f := range m.inbox {
		if f.Scope().Kind != schemas.ScopeAgency {
			types = append(types, f.Name())
		}
	}
	return types
}

// A store that is out of order says so, and nobody is told half of it.
func TestFeedOfABrokenStore(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		m := h.desks[harbour]
		h.fileSample()
		m.memory.down = services.Refuse(services.Internal, "disk")
		f := m.inbox[len(m.inbox)-1]
		m.memory.feed = nil
		if err := m.Apply(t.Context(), f); err == nil {
			t.Error("a fact without its place was taken for done")
		}
		m.memory.down = nil
		if err := m.Apply(t.Context(), f); err != nil {
			t.Fatal(err)
		}
		expect(t, "feed", m.told(), []string{f.Name()})
	})
}
