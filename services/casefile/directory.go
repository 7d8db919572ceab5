package casefile

import "github.com/saphan-project/saphan/schemas"

// Agency is an agency as the directory knows it now.
type Agency struct {
	ID       string
	Kind     string            // a code of the list agency_kind
	Name     map[string]string // by language
	Office   schemas.Area
	Areas    []schemas.Area
	Services []schemas.ServiceLine
	Keys     []schemas.Key
	Status   string // "active", "suspended" or "closed"
}

// Active reports whether the agency may file and be offered anything.
func (a Agency) Active() bool { return a.Status == "active" }

// KindCoordinator is the kind of agency that sees the cases of its areas.
const KindCoordinator = "coordinator"

// Directory is what the rules need to know about agencies.
type Directory interface {
	// Agency finds an agency by id.
	Agency(id string) (Agency, bool)
	// Agencies returns every agency, sorted by id.
	Agencies() []Agency
}
