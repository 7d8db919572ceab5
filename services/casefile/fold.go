package casefile

import (
	"cmp"
	"slices"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// Fold reads facts into a State. They may be any part of a history, in any
// order: what is missing counts as not shown, so that a desk and the hub fold
// alike. Inspection events may stand among the facts of the case that cites
// them.
func Fold(facts []services.Fact) *State {
	s := newState(len(facts))
	for _, f := range inOrder(facts) {
		s.apply(f)
	}
	return s
}

// apply adds the next fact; only while a State is being made.
func (s *State) apply(f services.Fact) {
	s.index[f.ID()] = len(s.Facts)
	s.Facts = append(s.Facts, f)
	s.Scope = scopeWith(s.Scope, f)
	then := beside[f.Name()]
	if r, ok := rules[f.Name()]; ok {
		then = r.then
	}
	if then != nil {
		then(s.turn(nil, f))
	}
}

// inOrder sorts facts, unless they are in order, as they mostly are.
func inOrder(facts []services.Fact) []services.Fact {
	if slices.IsSortedFunc(facts, bySequence) {
		return facts
	}
	return slices.SortedStableFunc(slices.Values(facts), bySequence)
}

func bySequence(a, b services.Fact) int { return cmp.Compare(a.Sequence, b.Sequence) }

// scopeWith lets a case win over the inspections that it cites.
func scopeWith(s schemas.Scope, f services.Fact) schemas.Scope {
	if s.Kind == "" || f.Scope().Kind == schemas.ScopeCase {
		return f.Scope()
	}
	return s
}

// turn is one fact in its place: what the rules look at.
type turn struct {
	s   *State
	d   Directory // nil while folding, and where no coordinator is asked for
	f   services.Fact
	who string // the agency that filed it; "" for a service of the hub
	// acts is the agency whose word it is: who filed it, or for whom it was recorded.
	acts string
	r    *Referral // that the fact is about; nil when none, or not there
	o    *Offer    // likewise
	// watching are the coordinators of the case, once somebody asked for them.
	watching []string
}

func (s *State) turn(d Directory, f services.Fact) *turn {
	t := &turn{s: s, d: d, f: f, who: f.Author(), acts: cmp.Or(actsFor(f), f.Author())}
	if in, ok := f.Data.(interface{ ReferralID() string }); ok {
		t.r = s.Referral(in.ReferralID())
	}
	if in, ok := f.Data.(interface{ OfferID() string }); ok && t.r != nil {
		t.o = t.r.Offer(in.OfferID())
	}
	return t
}

// stored reports whether the fact is in the ledger; one that is only about to be
// filed comes after all that is.
func (t *turn) stored() bool { return t.f.Sequence != 0 }

// actsFor is the agency for which somebody else recorded the fact; "" when it
// speaks for itself.
func actsFor(f services.Fact) string {
	if in, ok := f.Data.(interface{ ActsFor() string }); ok {
		return in.ActsFor()
	}
	return ""
}

// The functions of the column "then" of the table of rules never refuse: what is
// in the ledger is valid, and what a desk was not shown is made up for where a
// later fact needs it. Those of the referral stand in a file of their own.

func thenRegistered(t *turn) { t.s.Owner = t.f.Event.Subject() }

func thenOwned(t *turn) {
	if t.s.Owner == "" {
		t.s.Owner = t.who
	}
}

func thenFindingReplaced(t *turn) {
	thenOwned(t)
	t.s.Replaced[amends(t.f)] = t.f.ID()
}

func thenTriaged(t *turn) {
	thenOwned(t)
	t.s.Replaced[tipOf(t.f.Data)] = t.f.ID()
}

func thenOpened(t *turn) {
	t.s.Opened = t.f.Data.(schemas.CaseOpened)
	if len(t.s.Former) == 0 {
		t.s.Owner = t.s.Opened.Lead
	}
}

func thenRestricted(t *turn) {
	if t.s.Opened.Kind == "" && t.s.Owner == "" {
		t.s.Owner = t.who
	}
	t.s.Bars = append(t.s.Bars, t.f.Data.(schemas.CaseRestricted))
}

func thenLinked(t *turn) { t.s.Links = append(t.s.Links, linkOf(t.f.Data)) }

func thenUnlinked(t *turn) {
	gone := linkOf(t.f.Data)
	t.s.Links = slices.DeleteFunc(slices.Clone(t.s.Links), func(l schemas.Link) bool { return l == gone })
}

func thenScreened(t *turn) { t.s.Screening, t.s.Decided = t.f.ID(), nil }

func thenDecided(t *turn) {
	decided := t.f.Data.(schemas.ScreeningDecided)
	t.s.Decided = &decided
}

func thenStaged(t *turn) {
	t.s.StageBefore, t.s.Stage = t.s.Stage, t.f.Data.(schemas.CaseStageChanged).Stage
}

func thenAsserted(t *turn) {
	t.s.Status = append(t.s.Status, Assertion{Agency: t.who, Status: t.f.Data.(schemas.StatusAsserted).Status})
}

func thenTold(t *turn) {
	told := t.f.Data.(schemas.PersonTold)
	t.s.Told[told.About] = told.Told
}

func thenTransferAsked(t *turn) {
	t.s.Transfer = &Transfer{Request: t.f.ID(), To: t.f.Data.(schemas.LeadTransferRequested).To}
}

func thenTransferEnded(t *turn) { t.s.Transfer = nil }

// thenTransferred moves the lead, and with it the referrals, those that are over
// as well: the new lead answers for what has happened.
func thenTransferred(t *turn) {
	t.s.Transfer = nil
	last := t.s.Owner
	t.s.Former = append(t.s.Former, Former{Agency: last, Until: t.f.Sequence})
	t.s.Owner = t.who
	for _, r := range t.s.Referrals {
		if r.Sender == last || last == "" { // only a lead sends
			r.Sender = t.who
		}
	}
}

func thenDuplicateAnswered(t *turn) {
	t.s.Replaced[t.f.Data.(schemas.DuplicateAnswered).Asked] = t.f.ID()
}

// thenMilestone tells whoever was not shown the closing that the case is closed.
func thenMilestone(t *turn) {
	cause := schemas.Extension(t.f.Event, schemas.ExtCause)
	t.s.milestones[cause] = true
	_, shown := t.s.Fact(cause)
	if t.f.Data.(schemas.CaseMilestone).Milestone == "closed" && !shown {
		t.s.close(cause)
	}
}

func thenCaseClosed(t *turn) {
	t.s.closing = t.f.ID()
	t.s.close(t.f.ID())
}

// close ends what was shared for the case's referrals; reopening does not bring
// it back.
func (s *State) close(by string) {
	s.Closed = true
	for _, r := range s.Referrals {
		r.shutBy = cmp.Or(r.shutBy, by)
	}
}

func thenReopened(t *turn) { t.s.Closed = false }
