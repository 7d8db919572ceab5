package casefile_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
)

// TestRandomHistories holds random histories against what must always be true,
// and counts what they were made of: a history that never gets anywhere proves
// nothing.
func TestRandomHistories(t *testing.T) {
	t.Parallel()
	accepted, deep := map[string]int{}, map[string]int{}
	rapid.Check(t, func(rt *rapid.T) {
		h := randomHistory(t, rt)
		for typ, n := range h.accepted {
			accepted[typ] += n
		}
		h.count(deep)
		seen := casefile.Entitled(h.s, h)
		h.onlyTheRegisteredSee(seen)
		h.onlyPartiesSee(seen)
		h.theBarredAreStrangers(seen)
		h.viewsAgree(seen)
		h.oneHolder(seen)
		h.openingIsSeen(seen)
		h.anyPartIsRead()
	})
	for _, typ := range ledgerTypes() {
		t.Logf("%-32s %6d", typ, accepted[typ])
		if accepted[typ] == 0 {
			t.Errorf("no random history has a %s", typ)
		}
	}
	for _, state := range []string{"closed", "reopened", "transferred", "barred", "completed", "passed on", "withdrawn in care"} {
		t.Logf("histories with a case or referral %s: %d", state, deep[state])
		if deep[state] == 0 {
			t.Errorf("no random history has a case or referral that is %s", state)
		}
	}
}

// count notes the deep states that a history has reached.
func (h *history) count(deep map[string]int) {
	note := func(is bool, state string) {
		if is {
			deep[state]++
		}
	}
	note(h.s.Closed, "closed")
	note(h.accepted["case.reopened"] > 0, "reopened")
	note(len(h.s.Former) > 0, "transferred")
	note(len(h.s.Bars) > 0, "barred")
	is := func(want func(*casefile.Referral) bool) bool { return slices.ContainsFunc(h.s.Referrals, want) }
	note(is(func(r *casefile.Referral) bool { return r.Stage == casefile.Completed }), "completed")
	note(is(func(r *casefile.Referral) bool { return r.Asked.PartOf != "" }), "passed on")
	note(is(func(r *casefile.Referral) bool { return r.Cares(r.Acceptor) }), "withdrawn in care")
}

// sixAgencies is a world in which nothing has happened.
func sixAgencies(t *testing.T) *world {
	w := newWorld(t)
	for _, line := range []string{
		"coordinator-one coordinator TH-74",
		"labour-one labour_office TH-74",
		"police-one police TH-74 investigation/capacity/th",
		"shelter-a shelter TH-74 shelter/capacity/my",
		"shelter-b shelter TH-74 shelter/ask/my",
		"shelter-c shelter TH-75,TH-74 shelter/waitlist/th",
	} {
		w.register(line)
	}
	return w
}

// fail tells the story that led to it.
func (h *history) fail(format string, args ...any) {
	for _, f := range h.s.Facts {
		h.rt.Logf("%d %s %s %.200v", f.Sequence, f.Name(), f.Author(), f.Data)
	}
	h.rt.Fatalf(format, args...)
}

// onlyTheRegisteredSee: who is not in the directory, or not any more, sees
// nothing; nor does nobody.
func (h *history) onlyTheRegisteredSee(seen casefile.Entitlement) {
	for agency := range seen {
		if _, ok := h.Agency(agency); !ok {
			h.fail("%q sees something and is not registered", agency)
		}
	}
	gone := rapid.SampledFrom(h.agencies).Draw(h.rt, "gone").ID
	fewer := &world{agencies: slices.DeleteFunc(slices.Clone(h.agencies), func(a casefile.Agency) bool { return a.ID == gone })}
	if len(casefile.Entitled(h.s, fewer)[gone]) > 0 {
		h.fail("%s sees something after it has left the directory", gone)
	}
}

// onlyPartiesSee holds every single entitlement against a second wording of who is a
// party to what.
func (h *history) onlyPartiesSee(seen casefile.Entitlement) {
	watching := h.s.Watching(h)
	for agency, events := range seen {
		for _, f := range h.s.Facts {
			if events[f.ID()] && f.Scope().Kind == schemas.ScopeCase && !h.mayKnow(agency, f, slices.Contains(watching, agency)) {
				h.fail("%s sees %s by %q", agency, f.Name(), f.Author())
			}
		}
	}
}

// theBarredAreStrangers: whom the case is kept from sees nothing of it, and is
// answered as if it were not there, whatever it says.
func (h *history) theBarredAreStrangers(seen casefile.Entitlement) {
	elsewhere := h.caseState("P9")
	for _, a := range h.agencies {
		if !h.s.Barred(h, a.ID) {
			continue
		}
		for id := range seen[a.ID] {
			f, _ := h.s.Fact(id)
			h.fail("%s is out and sees %s", a.ID, f.Name())
		}
		h.s = h.caseState("P1")
		m := rapid.SampledFrom(h.likely()).Draw(h.rt, "said by who is out")
		if m.scope != "P1" || m.typ == "case.opened" || m.typ == "case.restricted" || strings.HasPrefix(m.who, "hub:") {
			continue
		}
		f := h.fact(schemas.Draft{
			Author: schemas.Party{Agency: a.ID}, Type: m.typ, Subject: h.id("P1"), Time: h.now(),
			Data: h.payload([]string{a.ID, m.typ, "P1"}, strings.Fields(m.pairs)),
		})
		here, nowhere := casefile.Check(h.s, h, f), casefile.Check(elsewhere, h, f)
		if refusal(here) != refusal(nowhere) {
			h.fail("%s by %s, who is out: %q here, %q of a case that is not there", m.typ, a.ID, refusal(here), refusal(nowhere))
		}
	}
}

// viewsAgree: what an agency folds from the events that it may see is what is so.
// Lead and coordinators know the whole course of every referral; everybody else
// its own offer, unless that ended in silence, and whether content is for it.
func (h *history) viewsAgree(seen casefile.Entitlement) {
	for agency, events := range seen {
		part := slices.DeleteFunc(slices.Clone(h.s.Facts), func(f services.Fact) bool { return !events[f.ID()] })
		view := casefile.Fold(part)
		if agency == h.s.Owner || slices.Contains(h.s.Watching(h), agency) {
			if got, want := course(view), course(h.s); got != want {
				h.fail("%s believes\n%s\nit is\n%s", agency, got, want)
			}
			continue
		}
		for _, r := range h.s.Referrals {
			if o := r.OfferTo(agency); o != nil && !r.Ended() && r.Sender != agency {
				h.ownOffer(agency, view, r, o)
			}
		}
	}
}

// course is what a history says of the case and of every referral.
func course(s *casefile.State) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %v %q %v %v %q\n", s.Owner, s.Closed, s.Stage, s.Links, s.Transfer, s.Screening)
	for _, r := range s.Referrals {
		fmt.Fprintf(&b, "%s %q %s:", r.Sender, r.Acceptor, workOf(r))
		for _, o := range r.Offers {
			fmt.Fprintf(&b, " %s %s", o.To, offerOf(o))
		}
		b.WriteString("\n")
	}
	return b.String()
}

func (h *history) ownOffer(agency string, view *casefile.State, r *casefile.Referral, o *casefile.Offer) {
	mine := view.Referral(r.ID)
	if mine == nil || mine.OfferTo(agency) == nil {
		h.fail("%s does not know of its offer", agency)
	}
	// Another agency was faster, or it was passed on: nobody is told.
	silent := o.Stage == casefile.Lost || r.Stage == casefile.Rerouted && o.Stage == casefile.Open
	if got, want := offerOf(mine.OfferTo(agency)), offerOf(o); !silent && got != want {
		h.fail("%s believes of its offer %s, it is %s", agency, got, want)
	}
	if got, want := mine.Holds(agency), r.Holds(agency); !silent && got != want {
		h.fail("%s believes that it holds the referral: %v, it is %v: %s", agency, got, want, r.Stage)
	}
	if got, want := workOf(mine), workOf(r); r.Acceptor == agency && got != want {
		h.fail("%s has accepted, and believes %s: it is %s", agency, got, want)
	}
}

// workOf is what an acceptor knows of its work.
func workOf(r *casefile.Referral) string {
	return fmt.Sprintf("%s %v %v %v", r.Stage, r.Met, r.Assigned, r.Cancelling)
}

func offerOf(o *casefile.Offer) string {
	if o.Stage != casefile.Open && o.Stage != casefile.Accepted { // of a closed offer only its end is shown
		return fmt.Sprintf("%s %s", o.ID, o.Stage)
	}
	return fmt.Sprintf("%s %s %v %v %v %v %v", o.ID, o.Stage, o.Delivered, o.Received, o.Claimed, o.Paused, o.Overdue)
}

// oneHolder: a referral has one acceptor at most, nobody holds what was taken
// back, and content is for holders, and for who cares for the person.
func (h *history) oneHolder(seen casefile.Entitlement) {
	for _, r := range h.s.Referrals {
		if r.Acceptor != "" && r.HasOpenOffer() {
			h.fail("%s: %s has accepted, and somebody is still asked", r.Stage, r.Acceptor)
		}
		for _, o := range r.Offers {
			if (o.Stage == casefile.Accepted) != (o.To == r.Acceptor && o == r.OfferTo(o.To)) && r.Acceptor != "" {
				h.fail("%s: the acceptor is %q, and the offer to %s is %s", r.Stage, r.Acceptor, o.To, o.Stage)
			}
			if r.Ended() && r.Holds(o.To) {
				h.fail("%s is held by %s", r.Stage, o.To)
			}
		}
	}
	for _, f := range h.s.Facts {
		shared, ok := f.Data.(schemas.ContentShared)
		if !ok || !seen.Has(shared.To, f.ID()) || shared.To == f.Author() {
			continue
		}
		r := h.s.Referral(shared.Referral)
		if r != nil && !r.Holds(shared.To) && !r.Cares(shared.To) {
			h.fail("%s sees content of a referral that is %s", shared.To, r.Stage)
		}
	}
}

// openingIsSeen: whoever may open a section may see the event that names it.
func (h *history) openingIsSeen(seen casefile.Entitlement) {
	agencies := []string{"", "nobody-there"}
	for _, a := range h.agencies {
		agencies = append(agencies, a.ID)
	}
	for _, f := range h.s.Facts {
		for _, sealed := range casefile.Sections(f) {
			for _, agency := range agencies {
				_, err := casefile.MayOpen(h.s, h, agency, services.OpenRequest{Event: f.ID(), Section: sealed.Section})
				if err == nil && !seen.Has(agency, f.ID()) {
					h.fail("%q may open %s of a %s that it does not see", agency, sealed.Section, f.Name())
				}
			}
		}
	}
}

// anyPartIsRead: whatever part of a history is shown, in whatever order it
// comes, it can be folded, traced, and asked who sees and opens what, what comes
// next, and whether a fact may follow.
func (h *history) anyPartIsRead() {
	part := rapid.Permutation(h.s.Facts).Draw(h.rt, "order")
	part = part[:rapid.IntRange(0, len(part)).Draw(h.rt, "shown")]
	shown := casefile.Fold(part)
	if len(casefile.Trace(part)) != len(part) {
		h.fail("the trace has not a step for each fact")
	}
	for agency := range maps.All(casefile.Entitled(shown, h)) {
		if _, ok := h.Agency(agency); !ok {
			h.fail("%q sees a part", agency)
		}
	}
	casefile.Consequences(shown, h)
	for _, f := range h.s.Facts {
		casefile.Addressees(shown, f)
		casefile.Advise(shown, h, f)
		if k := services.KindOf(casefile.Check(shown, h, f)); k == services.Internal {
			h.fail("%s after a part: an answer that is none", f.Name())
		}
	}
	for _, f := range part {
		for _, sealed := range casefile.Sections(f) {
			_, err := casefile.MayOpen(shown, h, f.Author(), services.OpenRequest{Event: f.ID(), Section: sealed.Section})
			if k := services.KindOf(err); k != "" && k != services.Unknown {
				h.fail("open %s of %s: %v", sealed.Section, f.Name(), err)
			}
		}
	}
}
