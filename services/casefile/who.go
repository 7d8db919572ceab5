package casefile

import (
	"slices"

	"github.com/saphan-project/saphan/schemas"
)

// role says whether the author of a fact has one; the column "by" of the table.
type role func(*turn) bool

// theHub: that the right service signed is the gate's table of signers.
func theHub(t *turn) bool { return t.who == "" }

func owner(t *turn) bool { return t.s.Owner == "" || t.s.Owner == t.who }

func namedLead(t *turn) bool { return t.f.Data.(schemas.CaseOpened).Lead == t.who }

func theLead(t *turn) bool { return t.s.Owner == t.who }

func theSender(t *turn) bool { return t.r != nil && t.r.Sender == t.who }

func theOfferee(t *turn) bool { return t.o != nil && t.o.To == t.who }

func theAcceptor(t *turn) bool {
	return t.r != nil && t.r.Acceptor != "" && t.r.Acceptor == t.who
}

func aCoordinator(t *turn) bool {
	return slices.Contains(Coordinators(t.d, t.s.areas(t.d)), t.who)
}

// areas are where a case is: workplace, present place and the lead's office.
func (s *State) areas(d Directory) []schemas.Area {
	areas := slices.Clone(s.Opened.Areas)
	if lead, ok := find(d, s.Owner); ok {
		areas = append(areas, lead.Office)
	}
	return areas
}

func find(d Directory, id string) (Agency, bool) {
	if d == nil {
		return Agency{}, false
	}
	return d.Agency(id)
}

// Coordinators returns the active coordinators of the areas, sorted by id: those
// who coordinate one of them, or else the national ones, whose area is of kind
// "unknown".
func Coordinators(d Directory, areas []schemas.Area) []string {
	if d == nil {
		return nil
	}
	var local, national []string
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
	if len(local) > 0 {
		return local
	}
	return national
}

// nationwide is the area of a national coordinator: whatever is nobody else's.
var nationwide = schemas.Area{Kind: "unknown"}
