package casefile

import (
	"slices"
	"time"

	"github.com/saphan-project/saphan/schemas"
)

// Agency is an agency as the directory knows it now.
type Agency struct {
	ID       string
	Kind     string            // a code of the list agency_kind
	Name     map[string]string // by language
	Office   schemas.Area
	Areas    []schemas.Area
	Services []schemas.ServiceLine
	Keys     []schemas.Key
	Status   string // a code of the list agency_status
	// Parent is the agency that it stands under; "" when there is none.
	Parent string
	// Independent marks the independent coordinator of the jurisdiction.
	Independent bool
	// Stated is when Services were recorded; zero when that is not known, and then
	// their capacity counts for ever.
	Stated time.Time
	// Told is what the agency itself has said about its room since then and is
	// not superseded, in ledger order. Ask Rooms for what counts.
	Told []Told
}

// Told is one statement of an agency about its room, and when it was recorded.
type Told struct {
	schemas.AgencyCapacityChanged
	At time.Time
}

// The statuses of an agency.
const (
	StatusActive    = "active"
	StatusSuspended = "suspended" // shut out, and may come back
	StatusClosed    = "closed"    // has left
)

// Active reports whether the agency may file and be offered anything.
func (a Agency) Active() bool { return a.Status == StatusActive }

// KindCoordinator is the kind of agency that sees the cases of its areas.
const KindCoordinator = "coordinator"

// kindPanel decides on identification.
const kindPanel = "panel"

// Directory is what the rules need to know about agencies.
type Directory interface {
	// Agency finds an agency by id.
	Agency(id string) (Agency, bool)
	// Agencies returns every agency, sorted by id.
	Agencies() []Agency
}

// Ancestors lists the agencies that an agency stands under, its parent first. It
// ends where a parent is not registered, and where the line would bite its own
// tail: the gate refuses a circle, but two changes at once may make one.
func Ancestors(d Directory, id string) []string {
	var line []string
	a, ok := find(d, id)
	for ok && a.Parent != "" && a.Parent != id && !slices.Contains(line, a.Parent) {
		parent := a.Parent
		if a, ok = find(d, parent); ok {
			line = append(line, parent)
		}
	}
	return line
}
