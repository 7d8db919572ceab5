package casefile

import (
	"slices"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// State is what a history amounts to. It is made by Fold, from all facts of a
// scope or from any part of them, and never changed afterwards.
type State struct {
	Scope schemas.Scope
	// Facts are what it was folded from, in ledger order: the scope's own, and
	// the inspection events that the case cites.
	Facts []services.Fact

	// Owner is the agency whose history it is: the lead of a case, the author of
	// an inspection, the agency itself.
	Owner  string
	Opened schemas.CaseOpened // zero when it is no case, or not shown
	Closed bool               // a case that was closed, and not reopened
	Links  []schemas.Link     // to other cases, in the order of filing
	// Bars keep agencies out of the case.
	Bars []schemas.CaseRestricted
	// Transfer is the open question who leads the case from here; nil when there
	// is none.
	Transfer *Transfer
	Former   []Former // leads, in their order

	// Screening is the event with the latest findings; "" before the first one.
	Screening string
	Decided   *schemas.ScreeningDecided // on that screening; nil when not decided
	Stage     string                    // a code of the list stage; "" when none was filed
	// StageBefore is the one before it; a case on safe_hold goes back to it.
	StageBefore string
	Status      []Assertion // in the order of filing
	Referrals   []*Referral // in the order of filing

	// Replaced holds what became of findings, tips and questions about duplicates:
	// event id → the event that amended, retracted, closed or answered it.
	Replaced map[string]string
	// Told says of which events the person was told: event id → a code of the list
	// told.
	Told map[string]string

	closing    string          // the event that closed the case last
	milestones map[string]bool // the events that a milestone tells of
	index      map[string]int  // event id → place in Facts
}

// Transfer is the question to one agency whether it becomes the lead.
type Transfer struct {
	Request string // id of the event
	To      string
}

// Former is an agency that led the case before.
type Former struct {
	Agency string
	// Until is the place in the ledger of its last event as the lead. What came
	// before stays with it, so that it can hand over.
	Until uint64
}

// Assertion is what one agency holds the person to be.
type Assertion struct {
	Agency string
	Status string // a code of the list trafficking_status
}

// Stage is the present state of a referral or of an offer. The word is what a
// Conflict tells.
type Stage string

// The stages of a referral, and of an offer from Open on.
const (
	Requested      Stage = "requested"
	Offered        Stage = "offered" // at least one offer is open
	NoReceiver     Stage = "no_receiver"
	Accepted       Stage = "accepted"
	InProgress     Stage = "in_progress"
	OnHold         Stage = "on_hold"
	Completed      Stage = "completed"
	Failed         Stage = "failed"
	Closed         Stage = "closed" // the loop is closed; of a case, too
	Cancelled      Stage = "cancelled"
	Revoked        Stage = "revoked"
	Withdrawn      Stage = "withdrawn"
	Rerouted       Stage = "rerouted"
	EnteredInError Stage = "entered_in_error"

	Open     Stage = "open" // of a case, too
	Declined Stage = "declined"
	Lapsed   Stage = "lapsed" // no answer in time
	Lost     Stage = "lost"   // another agency accepted first

	Recorded Stage = "recorded" // of an inspection
	Screened Stage = "screened" // of a case
)

func newState(size int) *State {
	return &State{
		Replaced: map[string]string{}, Told: map[string]string{},
		milestones: map[string]bool{}, index: make(map[string]int, size),
	}
}

// Referral finds a referral by id; nil when the history has none.
func (s *State) Referral(id string) *Referral {
	for _, r := range s.Referrals {
		if r.ID == id {
			return r
		}
	}
	return nil
}

// Fact finds an event by id.
func (s *State) Fact(id string) (services.Fact, bool) {
	i, ok := s.index[id]
	if !ok {
		return services.Fact{}, false
	}
	return s.Facts[i], true
}

// PartOf returns the situations that the case is part of.
func (s *State) PartOf() []string {
	var whole []string
	for _, l := range s.Links {
		if l.Relation == "part_of" {
			whole = append(whole, l.Case)
		}
	}
	return whole
}

// Cited picks from an inspection's events those that the case cites, and what
// amends or retracts them, at any remove: who relies on a finding must learn that
// it does not hold.
func (s *State) Cited(site []services.Fact) []services.Fact {
	kept := make(map[string]bool)
	var cited []services.Fact
	for _, f := range inOrder(site) {
		from := slices.ContainsFunc(s.Opened.From, func(c schemas.Citation) bool { return c.Event == f.ID() })
		if from || kept[amends(f)] {
			kept[f.ID()] = true
			cited = append(cited, f)
		}
	}
	return cited
}

// amends returns the event that a fact amends or retracts, or "".
func amends(f services.Fact) string {
	switch data := f.Data.(type) {
	case schemas.FindingAmended:
		return data.Finding
	case schemas.FindingRetracted:
		return data.Finding
	}
	return ""
}

// Current returns the place at the end of the chain of amendments that begins
// with an event: the event itself when nothing replaced it.
func (s *State) Current(event string) string {
	for next := s.Replaced[event]; next != ""; next = s.Replaced[event] {
		event = next
	}
	return event
}
