package casefile

import (
	"slices"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// Consequences says what follows by itself from the history as it stands now:
// an offer to the next candidate for every referral that nobody holds and nobody
// is asked about, or the word that nobody is left.
//
// What it decides follows from the request, and counts the offers made so far.
// So it decides alike whichever fact it is asked after, and an offer does not
// tell its receiver that somebody was asked before and when they declined.
func Consequences(s *State, d Directory) []services.Decision {
	var decided []services.Decision
	for _, r := range s.Referrals {
		if !r.IsOpen() || r.Acceptor != "" || r.HasOpenOffer() {
			continue
		}
		about := schemas.InReferral{Referral: r.ID}
		decision := services.Decision{Subject: s.Scope.ID, Cause: r.Filed, Ordinal: len(r.Offers)}
		next, ok := nextChoice(d, r)
		switch {
		case ok:
			decision.Type = "referral.offered"
			decision.Data = schemas.ReferralOffered{InReferral: about, To: next.Agency, Why: next.Why}
		case r.Stage != NoReceiver:
			decision.Type = "referral.no_receiver"
			decision.Data = schemas.ReferralNoReceiver{InReferral: about}
		default:
			continue
		}
		decided = append(decided, decision)
	}
	return decided
}

// nextChoice is the first candidate that was never asked.
func nextChoice(d Directory, r *Referral) (services.Candidate, bool) {
	for _, c := range Candidates(d, r.Sender, r.Asked) {
		if r.OfferTo(c.Agency) == nil {
			return c, true
		}
	}
	return services.Candidate{}, false
}

// Candidates lists whom a referral can be offered to, best first, and why: the
// agency that the sender names, then those that match. From is the sender, to
// whom nothing is offered.
func Candidates(d Directory, from string, asked schemas.ReferralRequested) []services.Candidate {
	var found []match
	for _, a := range d.Agencies() {
		if !a.Active() || a.ID == from {
			continue
		}
		if m, ok := matching(a, asked); ok {
			found = append(found, m)
		}
	}
	slices.SortStableFunc(found, better)
	candidates := make([]services.Candidate, len(found))
	for i, m := range found {
		candidates[i] = services.Candidate{Agency: m.agency, Why: m.why}
	}
	return candidates
}

// match is one candidate and how well it fits.
type match struct {
	agency   string
	named    bool
	capacity int  // lower is sooner
	language bool // somebody there speaks it
	near     bool // its office is where help is needed
	why      []string
}

// waits orders capacity: who has none is no candidate at all.
var waits = map[string]int{"capacity": 0, "ask": 1, "waitlist": 2}

func better(a, b match) int {
	for _, c := range []int{
		before(a.named, b.named), before(a.language, b.language),
		a.capacity - b.capacity, before(a.near, b.near),
	} {
		if c != 0 {
			return c
		}
	}
	return 0
}

func before(a, b bool) int {
	switch {
	case a && !b:
		return -1
	case b && !a:
		return 1
	}
	return 0
}

// matching tests an agency's best service line. Service, subtype, age class,
// area and capacity must fit; a language that nobody there speaks only puts it
// behind the others, since an interpreter can be found and a bed cannot.
func matching(a Agency, asked schemas.ReferralRequested) (match, bool) {
	m := match{agency: a.ID, near: a.Office == asked.Area}
	if a.ID == asked.To {
		m.named, m.why = true, []string{"named"}
		return m, true
	}
	if !serves(a, asked.Area) {
		return match{}, false
	}
	best, ok := match{}, false
	for _, line := range a.Services {
		if !fits(line, asked) {
			continue
		}
		c := m
		c.capacity = waits[line.Capacity]
		c.language = speaks(line, asked.Language)
		c.why = reasons(line, asked, c)
		if !ok || better(c, best) < 0 {
			best, ok = c, true
		}
	}
	return best, ok
}

func fits(line schemas.ServiceLine, asked schemas.ReferralRequested) bool {
	if _, free := waits[line.Capacity]; !free || line.Service != asked.Service {
		return false
	}
	for _, subtype := range asked.Subtypes {
		if !anyOf(line.Subtypes, subtype) {
			return false
		}
	}
	return anyOf(line.AgeClasses, ageClass(asked.AgeClass))
}

// anyOf reads a list in which nothing means everything.
func anyOf(list []string, code string) bool {
	return len(list) == 0 || slices.Contains(list, code)
}

// ageClass counts a person of unsure age as a child.
// Source: UNICEF, Guidelines on the Protection of Child Victims of Trafficking
// (2006), presumption of age.
func ageClass(code string) string {
	if code == "unsure" {
		return "child"
	}
	return code
}

func serves(a Agency, where schemas.Area) bool {
	return where == nationwide || slices.Contains(a.Areas, where) || slices.Contains(a.Areas, nationwide)
}

func speaks(line schemas.ServiceLine, language string) bool {
	switch language {
	case "", "unknown", "th":
		return true
	}
	return slices.Contains(line.Languages, language)
}

// reasons tells in codes why an agency fits, in the order in which people say it.
func reasons(line schemas.ServiceLine, asked schemas.ReferralRequested, m match) []string {
	why := []string{"service"}
	if len(asked.Subtypes) > 0 {
		why = append(why, "subtype")
	}
	why = append(why, "area", "age_class")
	if asked.Language != "" && m.language {
		why = append(why, "language")
	}
	if line.Capacity == "capacity" {
		why = append(why, "capacity")
	}
	return why
}
