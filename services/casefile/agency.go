package casefile

import (
	"slices"

	"github.com/saphan-project/saphan/schemas"
)

// itself: an agency speaks about its own room, and about nobody else's.
func itself(t *turn) bool { return t.who != "" && t.who == t.f.Event.Subject() }

// mayBeAdmitted and mayBecomeThat hold what the operator says of an agency
// against the policy of kinds, and against the line of command as the directory
// has it at this moment.
func mayBeAdmitted(t *turn) error {
	return Admissible(t.d, t.f.Event.Subject(), t.f.Data.(schemas.AgencyRegistered))
}

func mayBecomeThat(t *turn) error {
	known, _ := FoldAgency(t.s.Facts)
	data := t.f.Data.(schemas.AgencyChanged)
	a := admission{d: t.d, id: known.ID, kind: known.Kind, parent: data.Parent, services: data.Services}
	a.independent = data.Independent != nil && *data.Independent
	if a.parent == a.id {
		a.parent = "" // nobody is above it any more
	}
	return a.check()
}

// Admissible says whether the directory d may list an agency as data states it:
// nil, or Invalid with the problem. Its parent has to be registered before it.
func Admissible(d Directory, id string, data schemas.AgencyRegistered) error {
	return admission{d, id, data.Kind, data.Parent, data.Services, data.Independent}.check()
}

// admission is what is said of an agency; what is not said is zero.
type admission struct {
	d           Directory
	id, kind    string
	parent      string
	services    []schemas.ServiceLine
	independent bool
}

func (a admission) check() error {
	switch {
	case a.independent && !schemas.MayCoordinate(a.kind):
		return invalid("/data/independent", "agency_kind")
	case len(a.services) > 0 && !schemas.MayReceive(a.kind):
		return invalid("/data/services", "agency_kind")
	case a.parent == "":
		return nil
	}
	above := append([]string{a.parent}, Ancestors(a.d, a.parent)...)
	if _, ok := find(a.d, a.parent); !ok || a.parent == schemas.HubAgency || slices.Contains(above, a.id) {
		return invalid("/data/parent", "parent")
	}
	for _, upper := range above {
		u, _ := find(a.d, upper)
		if slices.ContainsFunc(a.kindsBelow(), func(lower string) bool { return mixed(u.Kind, lower) }) {
			return invalid("/data/parent", "mixed")
		}
	}
	return nil
}

// kindsBelow are the kinds of the agency itself and of all that stand under it,
// whether they are active or not.
func (a admission) kindsBelow() []string {
	kinds := []string{a.kind}
	for _, other := range a.d.Agencies() {
		if slices.Contains(Ancestors(a.d, other.ID), a.id) {
			kinds = append(kinds, other.Kind)
		}
	}
	return kinds
}

// mixed reports whether one kind may not stand above another in the line of
// command: a coordinator shares none with whom it may have to watch, whichever
// of the two is above, and below immigration enforcement there is nothing else.
func mixed(upper, lower string) bool {
	return schemas.Unmixed(upper) && lower != upper ||
		schemas.MayCoordinate(upper) && schemas.BarsCoordinator(lower) ||
		schemas.MayCoordinate(lower) && schemas.BarsCoordinator(upper)
}

// serviceIsListed refuses room for a service, or a kind of it, that the operator
// has not listed: the agency says how much there is, and not what it does. An until
// that has passed on the way is no reason: it would hold up what was said since.
func serviceIsListed(t *turn) error {
	said := t.f.Data.(schemas.AgencyCapacityChanged)
	known, _ := FoldAgency(t.s.Facts)
	gives, kinds := false, []string(nil)
	for _, line := range known.Services {
		if line.Service == said.Service {
			gives, kinds = true, append(kinds, kindsOf(line)...)
		}
	}
	unlisted := func(kind string) bool { return !slices.Contains(kinds, kind) }
	if !gives || slices.ContainsFunc(said.Subtypes, unlisted) {
		return invalid("/data/service", "no_service")
	}
	return nil
}
