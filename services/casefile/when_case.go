package casefile

import (
	"slices"
	"time"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// notOpened tells whoever leads the case that it is there, and everybody else
// what they are told of any case: nobody learns by opening it that it exists, or
// that it is kept from them.
func notOpened(t *turn) error {
	if !owner(t) {
		return notVisible()
	}
	return refuseIf(t.s.Opened.Kind != "", Open, "exists")
}

func caseIsOpen(t *turn) error   { return refuseIf(t.s.Closed, Closed, "case_closed") }
func caseIsClosed(t *turn) error { return refuseIf(!t.s.Closed, Open, "case_open") }
func isPerson(t *turn) error     { return refuseIf(t.s.Opened.Kind != "person", "situation", "kind") }

// mayLead refuses a lead of a kind that the policy lets lead no case.
func mayLead(t *turn) error {
	if a, ok := find(t.d, t.who); ok && !schemas.MayLead(a.Kind) {
		return services.Refuse(services.Forbidden, "role")
	}
	return nil
}

// coordinatorsAreThere lets an opening wait until a coordinator is registered, which
// the operator does before anything else. Where there is one, and the case is kept
// from it, waiting would never end, and its lead has to know.
func coordinatorsAreThere(t *turn) error {
	opened := t.f.Data.(schemas.CaseOpened)
	state := &State{Opened: opened, Owner: opened.Lead, Bars: t.s.Bars}
	if len(state.Watching(t.d)) > 0 {
		return nil
	}
	if state.Bars = nil; len(state.Watching(t.d)) > 0 {
		return services.RefuseIn("restricted", "no_coordinator")
	}
	return services.Refuse(services.Later, "no_coordinator")
}

// leadIsNotExcluded refuses an exclusion that nobody would be left to act on,
// and one of an agency that is not there: a mistyped id keeps nobody out.
func leadIsNotExcluded(t *turn) error {
	bar := t.f.Data.(schemas.CaseRestricted)
	for _, agency := range bar.Exclude {
		if _, ok := find(t.d, agency); !ok || agency == schemas.HubAgency {
			return invalid("/data/exclude", "receiver")
		}
	}
	after := &State{Bars: []schemas.CaseRestricted{bar}}
	if after.Barred(t.d, t.who) || after.Barred(t.d, t.s.Owner) {
		return invalid("/data/exclude", "self")
	}
	return t.somebodyWatches(bar)
}

// somebodyWatches refuses an exclusion that would leave an open case without any
// coordinator. It does not say Later: all else that the lead says about the case
// would wait behind it. Before the opening that is for the opening to say.
func (t *turn) somebodyWatches(bar schemas.CaseRestricted) error {
	after := *t.s
	after.Bars = append(slices.Clone(t.s.Bars), bar)
	unwatched := t.s.Opened.Kind != "" && len(after.Watching(t.d)) == 0
	return refuseIf(unwatched, Open, "no_coordinator")
}

func linkOf(data any) schemas.Link {
	switch data := data.(type) {
	case schemas.CaseLinked:
		return data.Link
	case schemas.CaseUnlinked:
		return data.Link
	}
	return schemas.Link{}
}

func linksElsewhere(t *turn) error {
	if linkOf(t.f.Data).Case == t.s.Scope.ID {
		return invalid("/data/case", "self")
	}
	return nil
}

func notLinked(t *turn) error {
	return refuseIf(slices.Contains(t.s.Links, linkOf(t.f.Data)), "linked", "exists")
}

func linked(t *turn) error {
	if !slices.Contains(t.s.Links, linkOf(t.f.Data)) {
		return notVisible()
	}
	return nil
}

// screeningIsLatest: what was amended is not amended or decided on any more.
func screeningIsLatest(t *turn) error {
	of := ""
	switch data := t.f.Data.(type) {
	case schemas.ScreeningAmended:
		of = data.Screening
	case schemas.ScreeningDecided:
		of = data.Screening
	}
	if f, ok := t.s.Fact(of); !ok || f.Name() != "screening.completed" && f.Name() != "screening.amended" {
		return notVisible()
	}
	return refuseIf(of != t.s.Screening, Screened, "replaced")
}

func notDecided(t *turn) error { return refuseIf(t.s.Decided != nil, "decided", "done_before") }

// stageFollows lets the stages follow each other as the policy says; only a
// panel says whether somebody is identified. From safe_hold a case goes back to
// where it was, whoever said so then; one that was nowhere may begin.
func stageFollows(t *turn) error {
	next := t.f.Data.(schemas.CaseStageChanged).Stage
	if t.s.Stage == safeHold && t.s.StageBefore != "" {
		return refuseIf(next != t.s.StageBefore, Stage(t.s.Stage), "stage")
	}
	if schemas.PanelOnly(next) && !aPanel(t) {
		return services.Refuse(services.Forbidden, "panel")
	}
	return refuseIf(!slices.Contains(schemas.NextStages(t.s.Stage), next), Stage(t.s.Stage), "stage")
}

// safeHold is the code of the list stage for a case that rests while the person
// is in danger.
const safeHold = "safe_hold"

// somethingIsSealed: an event whose whole point is what comes sealed with it.
func somethingIsSealed(t *turn) error {
	if len(Sections(t.f)) == 0 {
		return invalid("/data/sealed", "required")
	}
	return nil
}

// sectionsFitTheCase keeps what is about a person out of a situation.
func sectionsFitTheCase(t *turn) error {
	for _, sealed := range Sections(t.f) {
		if t.s.Opened.Kind == "situation" && sealed.Section != "site" {
			return refuseIf(true, "situation", "kind")
		}
	}
	return nil
}

func noTransfer(t *turn) error {
	return refuseIf(t.s.Transfer != nil, "transfer_requested", "done_before")
}

func nextLeadIsKnown(t *turn) error {
	to := t.f.Data.(schemas.LeadTransferRequested).To
	if err := t.mayBeAsked(to, "/data/to"); err != nil {
		return err
	}
	if a, _ := find(t.d, to); !schemas.MayLead(a.Kind) {
		return invalid("/data/to", "lead")
	}
	return nil
}

func transferIsThis(t *turn) error {
	request := ""
	switch data := t.f.Data.(type) {
	case schemas.LeadTransferred:
		request = data.Request
	case schemas.LeadDeclined:
		request = data.Request
	}
	if t.s.Transfer == nil || t.s.Transfer.Request != request {
		return notVisible()
	}
	return nil
}

func asksElsewhere(t *turn) error {
	data := t.f.Data.(schemas.DuplicateAsked)
	if data.Case == t.s.Scope.ID {
		return invalid("/data/case", "self")
	}
	return t.mayBeAsked(data.With, "/data/with")
}

func duplicateIsAsked(t *turn) error {
	asked := t.f.Data.(schemas.DuplicateAnswered).Asked
	if f, ok := t.s.Fact(asked); !ok || f.Name() != "duplicate.asked" {
		return notVisible()
	}
	return refuseIf(t.s.Replaced[asked] != "", Open, "done_before")
}

// mayKnowOf holds whoever says that the person was told to what it has to do
// with: the lead to the case, an acceptor to its referral, anybody to what it
// filed.
func mayKnowOf(t *turn) error {
	about, ok := t.s.Fact(t.f.Data.(schemas.PersonTold).About)
	if !ok {
		return notVisible()
	}
	own := theLead(t) || about.Author() == t.who
	if in, of := about.Data.(interface{ ReferralID() string }); of && !own {
		r := t.s.Referral(in.ReferralID())
		own = r != nil && r.Acceptor == t.who
	}
	if !own {
		return notVisible()
	}
	return nil
}

func nothingIsOpen(t *turn) error {
	for _, r := range t.s.Referrals {
		if r.IsOpen() {
			return services.RefuseIn(string(r.Stage), "referral_open")
		}
	}
	return refuseIf(t.s.Transfer != nil, "transfer_requested", "transfer_open")
}

// personIsTold: no case of a person ends without a word about whether the person
// knows.
func personIsTold(t *turn) error {
	if t.s.Opened.Kind == "person" && t.f.Data.(schemas.CaseClosed).PersonTold == "" {
		return invalid("/data/person_told", "required")
	}
	return nil
}

// mayBeLost lets a case be closed because contact was lost only after so many
// tries over so long a time as the policy wants.
func mayBeLost(t *turn) error {
	if t.f.Data.(schemas.CaseClosed).Reason != "lost_contact" {
		return nil
	}
	tries, span := schemas.LostContact()
	var first, last time.Time
	missed := 0
	for _, r := range t.s.Referrals {
		for _, f := range r.Missed {
			if first.IsZero() || f.Recorded.Before(first) {
				first = f.Recorded
			}
			if f.Recorded.After(last) {
				last = f.Recorded
			}
			missed++
		}
	}
	wanted, _ := span.Duration()
	return refuseIf(missed < tries || last.Sub(first) < wanted, Open, "tried_too_little")
}
