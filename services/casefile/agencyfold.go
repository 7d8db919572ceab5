package casefile

import (
	"slices"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// FoldAgency reads the facts of one agency, in ledger order; false when none of
// them registers it. Facts that Current leaves out change nothing.
func FoldAgency(facts []services.Fact) (Agency, bool) {
	var a Agency
	for _, f := range Current(facts) {
		switch data := f.Data.(type) {
		case schemas.AgencyRegistered:
			a = Registered(f.Event.Subject(), data)
			a.Stated = f.Recorded
		case schemas.AgencyChanged:
			a = a.changed(f, data)
		case schemas.AgencyCapacityChanged:
			a.Told = append(slices.Clip(a.Told), Told{data, f.Recorded})
		}
	}
	return a, a.ID != ""
}

// Registered is the agency id as its registration states it: active, and since when
// its services are listed is not said.
func Registered(id string, data schemas.AgencyRegistered) Agency {
	return Agency{
		ID: id, Kind: data.Kind, Name: data.Name, Office: data.Office, Areas: data.Areas, Services: data.Services,
		Keys: data.Keys, Status: StatusActive, Parent: data.Parent, Independent: data.Independent,
	}
}

// changed replaces what the fact names and leaves the rest as it was.
func (a Agency) changed(f services.Fact, by schemas.AgencyChanged) Agency {
	if by.Name != nil {
		a.Name = by.Name
	}
	if by.Office != nil {
		a.Office = *by.Office
	}
	if by.Areas != nil {
		a.Areas = by.Areas
	}
	if by.Services != nil {
		a.Services, a.Stated, a.Told = by.Services, f.Recorded, nil
	}
	if by.Keys != nil {
		a.Keys = by.Keys
	}
	if by.Independent != nil {
		a.Independent = *by.Independent
	}
	switch by.Parent {
	case "":
	case f.Event.Subject():
		a.Parent = ""
	default:
		a.Parent = by.Parent
	}
	if by.Status != "" {
		a.Status = by.Status
	}
	return a
}

// Current leaves out of an agency's facts, in ledger order, what it once said
// about its room and has said anew since: a shelter says so every few hours for
// years, and of that nobody needs more than the last word.
func Current(facts []services.Fact) []services.Fact {
	var current []services.Fact // the last one first
	for _, f := range slices.Backward(facts) {
		said, ok := f.Data.(schemas.AgencyCapacityChanged)
		anew := func(later services.Fact) bool { return supersedes(later, said) }
		if !ok || !slices.ContainsFunc(current, anew) {
			current = append(current, f)
		}
	}
	slices.Reverse(current)
	return current
}

// supersedes reports whether a later fact leaves nothing of a statement.
func supersedes(later services.Fact, said schemas.AgencyCapacityChanged) bool {
	switch by := later.Data.(type) {
	case schemas.AgencyRegistered:
		return true
	case schemas.AgencyChanged:
		return by.Services != nil
	case schemas.AgencyCapacityChanged:
		missing := func(kind string) bool { return !slices.Contains(by.Subtypes, kind) }
		return by.Service == said.Service && (len(by.Subtypes) == 0 ||
			len(said.Subtypes) > 0 && !slices.ContainsFunc(said.Subtypes, missing))
	}
	return false
}
