package casefile

import (
	"slices"
	"time"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// Advice is what stands in nobody's way: the second and the third level of what
// the rules say about a fact, beside Check, which blocks. An urgent referral that
// is not complete goes through, and the questions go back to whoever filed it.
type Advice struct {
	// Warnings say what is probably not meant so.
	Warnings []schemas.Problem `json:"warnings,omitempty"`
	// Questions say what the receiver will want to know.
	Questions []schemas.Problem `json:"questions,omitempty"`
}

// Codes of warnings, each with a sentence in the list problem.
const (
	warnPast      = "act_before_past"   // it says to act before an instant that is over
	warnPriority  = "priority_low"      // acting would be too late within a day, and it is not an emergency
	warnStatutory = "statutory"         // the law names a receiver that nobody asks
	warnNobody    = "no_candidate"      // nobody can be offered it: it goes to the coordinators
	warnPermitted = "permitted_default" // nothing is said about what may be done: nothing visible
	warnBasis     = "basis_child"       // a child's protection as the basis, for an adult
	warnUntold    = "person_untold"     // it ends something, and nobody says whether the person knows
)

// soon is how near act_before may be to a referral that is no emergency. Source: the
// project's own choice, as long as an urgent referral may wait for its answer (clock
// D3 of policy/clocks).
const soon = 24 * time.Hour

// Advise says what is odd about a fact, and what is missing from it, given what
// happened before. Pointers are those of the event. What sections lack is
// schemas.Missing's to say: the rules never see into them.
func Advise(s *State, d Directory, f services.Fact) Advice {
	s = s.enforced(d)
	switch data := f.Data.(type) {
	case schemas.ReferralRequested:
		return Advice{Warnings: s.oddities(d, f, data), Questions: gaps(data)}
	case schemas.ReferralCompleted, schemas.ReferralFailed, schemas.ReferralCancelled, schemas.ReferralWithdrawn:
		return Advice{Questions: []schemas.Problem{{Pointer: "", Code: warnUntold}}}
	}
	return Advice{}
}

// oddities are the warnings about a request.
func (s *State) oddities(d Directory, f services.Fact, asked schemas.ReferralRequested) []schemas.Problem {
	var ps []schemas.Problem
	warn := func(is bool, pointer, code string) {
		if is {
			ps = append(ps, schemas.Problem{Pointer: pointer, Code: code})
		}
	}
	left, limited := until(asked, f.Event.Time())
	warn(limited && left <= 0, "/data/act_before", warnPast)
	warn(limited && left > 0 && left < soon && asked.Priority != "emergency", "/data/priority", warnPriority)
	warn(asked.PermittedAction == "" && visible(asked.Service), "/data/permitted_action", warnPermitted)
	warn(asked.Basis == "child_protection" && asked.AgeClass == "adult", "/data/basis", warnBasis)
	q := s.query(d, &Referral{Sender: f.Author(), Asked: asked})
	q.At = f.Event.Time()
	candidates, first := Candidates(d, q), ""
	if len(candidates) > 0 {
		first = candidates[0].Agency
	}
	warn(len(s.owed(d, first, f.Author(), asked)) > 0, "/data/service", warnStatutory)
	warn(first == "", "/data/service", warnNobody)
	return ps
}

// until is how much time is left to act; false when nothing is said about it.
func until(asked schemas.ReferralRequested, now time.Time) (time.Duration, bool) {
	at, err := time.Parse(time.RFC3339, asked.ActBefore)
	return at.Sub(now), err == nil
}

// visible are the services whose action people at the site would see.
func visible(service string) bool {
	return slices.Contains([]string{"investigation", "inspection"}, service)
}

// owed are the statutory receivers of such a referral that nobody asks: neither
// this one, as it would be offered, nor another referral of the case. What counts
// is the kind of agency that is asked, not the service.
func (s *State) owed(d Directory, first, from string, asked schemas.ReferralRequested) []schemas.StatutoryRow {
	reached := []string{first}
	for _, r := range s.Referrals {
		if r.Stage == EnteredInError {
			continue
		}
		reached = append(reached, r.Asked.To)
		for _, o := range r.Offers {
			reached = append(reached, o.To)
		}
	}
	a, _ := find(d, from)
	return slices.DeleteFunc(schemas.Statutory(a.Kind, asked), func(row schemas.StatutoryRow) bool {
		return slices.ContainsFunc(reached, func(agency string) bool {
			a, ok := find(d, agency)
			return ok && a.Kind == row.Kind
		})
	})
}

// gaps are the questions that the facts of a request leave open. What is left out
// because it is not there (no interpreter is needed, nothing runs out) is no gap,
// and neither is an age that nobody is sure of: that counts as a child's.
func gaps(asked schemas.ReferralRequested) []schemas.Problem {
	var ps []schemas.Problem
	ask := func(missing bool, pointer string) {
		if missing {
			ps = append(ps, schemas.Problem{Pointer: pointer, Code: schemas.CodeAsk})
		}
	}
	ask(asked.Service == "not_sure", "/data/service")
	ask(asked.Area.Kind == "unknown", "/data/area")
	ask(asked.Language == "unknown", "/data/language")
	ask(asked.People == "", "/data/people")
	return ps
}
