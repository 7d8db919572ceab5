package casefile

import (
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// Simulation is how the choice of a receiver would come out, and why.
type Simulation struct {
	// Candidates are whom it would be offered to, one after the other.
	Candidates []services.Candidate `json:"candidates"`
	// Unfit are the other active agencies that give the service or were named.
	Unfit []Unfit `json:"unfit"`
	// Missing are statutory receivers of which the first candidate is none: each
	// is a referral of its own.
	Missing []Missing `json:"missing"`
}

// Unfit is an agency that is not chosen.
type Unfit struct {
	Agency string `json:"agency"` // its id
	Why    string `json:"why"`    // a code of the list unfit
}

// Missing is a statutory receiver that has to be included as well.
type Missing struct {
	schemas.StatutoryRow
	// Agencies are those of that kind that work in the area, sorted by id.
	Agencies []string `json:"agencies"`
}

// Simulate tells how the choice of a receiver would come out. Of who is barred
// it says nothing at all, not even that somebody was left out.
func Simulate(d Directory, q Query) Simulation {
	fit, unfit := weighAll(d, q)
	s := Simulation{Candidates: fit, Unfit: []Unfit{}, Missing: []Missing{}}
	for _, u := range unfit {
		if schemas.HasCode("unfit", u.Why) {
			s.Unfit = append(s.Unfit, u)
		}
	}
	first, sender := "", ""
	if len(fit) > 0 {
		a, _ := find(d, fit[0].Agency)
		first = a.Kind
	}
	if a, ok := find(d, q.From); ok {
		sender = a.Kind
	}
	for _, row := range schemas.Statutory(sender, q.Asked) {
		if row.Kind != first && row.Kind != sender {
			s.Missing = append(s.Missing, Missing{row, q.ofKind(d, row.Kind)})
		}
	}
	return s
}

// ofKind lists the agencies of a kind that could be asked where help is needed.
func (q Query) ofKind(d Directory, kind string) []string {
	ids := []string{}
	for _, a := range d.Agencies() {
		barred := q.Barred != nil && q.Barred(a.ID)
		if a.Kind == kind && a.Active() && !barred && serves(a, q.Asked.Area) {
			ids = append(ids, a.ID)
		}
	}
	return ids
}
