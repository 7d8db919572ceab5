package casefile

import (
	"slices"

	"github.com/saphan-project/saphan/schemas"
)

// nationwide is the area of a national coordinator: whatever is nobody else's.
var nationwide = schemas.Area{Kind: "unknown"}

// areas are where a case is: workplace, present place and the lead's office.
func (s *State) areas(d Directory) []schemas.Area {
	areas := slices.Clone(s.Opened.Areas)
	if lead, ok := find(d, s.Owner); ok {
		areas = append(areas, lead.Office)
	}
	return areas
}

// Coordinators returns the active coordinators of the areas, sorted by id: those
// who coordinate one of them, or else the national ones, whose area is of kind
// "unknown".
func Coordinators(d Directory, areas []schemas.Area) []string {
	local, national := coordinating(d, areas)
	if len(local) > 0 {
		return local
	}
	return national
}

func coordinating(d Directory, areas []schemas.Area) (local, national []string) {
	if d == nil {
		return nil, nil
	}
	for _, a := range d.Agencies() {
		if a.Kind != KindCoordinator || !a.Active() {
			continue
		}
		if slices.ContainsFunc(a.Areas, func(c schemas.Area) bool { return slices.Contains(areas, c) }) {
			local = append(local, a.ID)
		}
		if slices.Contains(a.Areas, nationwide) {
			national = append(national, a.ID)
		}
	}
	return local, national
}

// Independents returns the active independent coordinators of the jurisdiction,
// sorted by id: they see cases in which somebody of an agency may be involved,
// and what nobody else may see.
func Independents(d Directory) []string {
	if d == nil {
		return nil
	}
	var who []string
	for _, a := range d.Agencies() {
		if a.Kind == KindCoordinator && a.Independent && a.Active() {
			who = append(who, a.ID)
		}
	}
	return who
}

// Watching returns the coordinators of the case, sorted by id: those of its
// areas, or else the national ones, or else the independent ones, each only as
// far as the case is not kept from it. The independent ones watch every case
// that is kept from somebody.
func (s *State) Watching(d Directory) []string {
	local, national := coordinating(d, s.areas(d))
	watching := s.admitted(d, local)
	if len(watching) == 0 {
		watching = s.admitted(d, national)
	}
	if len(watching) == 0 || len(s.Bars) > 0 {
		watching = append(watching, s.admitted(d, Independents(d))...)
	}
	slices.Sort(watching)
	return slices.Compact(watching)
}
