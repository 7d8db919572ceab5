package casefile

import (
	"cmp"
	"time"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// Step is one event of a case as a person reads it. Its words are left to
// whoever shows it: a step holds codes, times and limits.
type Step struct {
	Event    string    `json:"event"`              // its id
	Time     time.Time `json:"time"`               // when it was recorded
	Type     string    `json:"type"`               // short name, as in "referral.accepted"
	Agency   string    `json:"agency"`             // whose word it is
	State    Stage     `json:"state"`              // of the referral after the step, or of the case
	Referral string    `json:"referral,omitempty"` // id of the one that it is about
	// To is the agency that the step names beside its own: to whom it is assigned,
	// passed on or shared, or who is asked to lead.
	To string `json:"to,omitempty"`
	// Codes are what the step says, each with the list it comes from.
	Codes []CodeRef `json:"codes,omitempty"`
	// Took is how long it took from the beginning of the clock that it stops.
	Took time.Duration `json:"took_ns,omitempty"`
	// Limit is that clock's, if it has one.
	Limit *schemas.Period `json:"limit,omitempty"`
	// Paused says that the receiver's clock stands still from here.
	Paused bool `json:"paused,omitempty"`
	// By is who recorded the step for the agency, and Channel how it was told: a
	// code of the list channel.
	By      string `json:"by,omitempty"`
	Channel string `json:"channel,omitempty"`
	// Sealed names the sections that came with it, unread.
	Sealed []string `json:"sealed,omitempty"`
}

// CodeRef is a code and the list in schemas/codes that explains it.
type CodeRef struct {
	List string `json:"list"` // name of the list
	Code string `json:"code"` // one of it
}

// Trace tells the history step by step, in ledger order. What is missing from
// the facts is missing from the trace: it is not shown to this agency.
func Trace(facts []services.Fact) []Step {
	s := newState(len(facts))
	steps := make([]Step, 0, len(facts))
	for _, f := range inOrder(facts) {
		s.apply(f)
		steps = append(steps, s.step(f))
	}
	return steps
}

func (s *State) step(f services.Fact) Step {
	t := s.turn(nil, f)
	st := Step{
		Event: f.ID(), Time: f.Recorded, Type: f.Name(), Agency: actor(f),
		State: s.stage(t), Codes: codes(f, t), To: namedIn(f),
	}
	if t.r != nil {
		st.Referral = t.r.ID
		st.Took, st.Limit = t.timing()
	}
	st.Paused = t.o != nil && t.o.Paused && f.Name() == "referral.information_requested"
	if t.acts != t.who {
		st.By, st.Channel = t.who, channelOf(f)
	}
	for _, sealed := range Sections(f) {
		st.Sealed = append(st.Sealed, sealed.Section)
	}
	return st
}

// actor is the agency that a step is about: its author, or for what the hub
// says, the agency that it says it of.
func actor(f services.Fact) string {
	switch data := f.Data.(type) {
	case schemas.ReferralOffered:
		return data.To
	case schemas.ContentOpened:
		return data.By
	}
	return cmp.Or(actsFor(f), f.Author())
}

// namedIn is the agency that a fact names beside its author; "" when it names none.
func namedIn(f services.Fact) string {
	switch data := f.Data.(type) {
	case schemas.ReferralAssigned:
		return data.To
	case schemas.ReferralRerouted:
		return data.To
	case schemas.ReferralDeclined:
		return data.Suggests
	case schemas.ContentShared:
		return data.To
	case schemas.LeadTransferRequested:
		return data.To
	case schemas.DuplicateAsked:
		return data.With
	}
	return ""
}

func channelOf(f services.Fact) string {
	if in, ok := f.Data.(interface{ Through() string }); ok {
		return in.Through()
	}
	return ""
}

func (s *State) stage(t *turn) Stage {
	switch {
	case t.r != nil:
		return t.r.Stage
	case s.Closed:
		return Closed
	case s.Screening != "":
		return Screened
	case s.Opened.Kind != "":
		return Open
	}
	return Recorded
}
