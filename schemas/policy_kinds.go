package schemas

import (
	"slices"
	"sync"
)

// kindTable says what each kind of agency may do, policy/kinds.json.
type kindTable struct {
	About  string    `json:"about"`
	Source string    `json:"source"`
	Rows   []kindRow `json:"rows"`
}

type kindRow struct {
	Kind            string `json:"kind"`
	MayLead         bool   `json:"may_lead"`
	MayReceive      bool   `json:"may_receive"`
	MayCoordinate   bool   `json:"may_coordinate"`
	BarsCoordinator bool   `json:"bars_coordinator"`
	Unmixed         bool   `json:"unmixed"`
	Why             string `json:"why"`
	Source          string `json:"source"`
}

// capacityTable says how long a statement of capacity counts, policy/capacity.json.
type capacityTable struct {
	About  string `json:"about"`
	Holds  Period `json:"holds"`
	Source string `json:"source"`
}

// statutoryTable says whom a referral must include, policy/statutory.json.
type statutoryTable struct {
	About        string         `json:"about"`
	Jurisdiction string         `json:"jurisdiction"` // ISO 3166-1
	Effective    string         `json:"effective"`    // YYYY-MM-DD
	Rows         []StatutoryRow `json:"rows"`
}

// StatutoryRow names a statutory receiver and when it has to be included.
type StatutoryRow struct {
	When StatutoryWhen `json:"when"` // the condition
	// Kind is the receiver's, a code of the list agency_kind; Service what it is
	// asked for, a code of the list service.
	Kind    string `json:"kind"`
	Service string `json:"service"`
	// Duty is "must", which only a reason in law can set aside, or "may".
	Duty string `json:"duty"`
	Why  string `json:"why"` // the reason
	// Source is the law; Verified whether somebody from the field has confirmed it.
	Source   string `json:"source"`
	Verified bool   `json:"verified"`
}

// StatutoryWhen is the condition of a StatutoryRow; an empty list always holds.
type StatutoryWhen struct {
	From     []string `json:"from,omitempty"`      // kinds of agency that send
	AgeClass []string `json:"age_class,omitempty"` // codes of the list age_class
	Service  []string `json:"service,omitempty"`   // codes of the list service
}

func (w StatutoryWhen) holds(fromKind string, asked ReferralRequested) bool {
	return oneOf(w.From, fromKind) && oneOf(w.AgeClass, asked.AgeClass) && oneOf(w.Service, asked.Service)
}

func oneOf(list []string, code string) bool { return len(list) == 0 || slices.Contains(list, code) }

var (
	kindPolicy      = sync.OnceValues(readPolicy[kindTable]("kinds"))
	capacityPolicy  = sync.OnceValues(readPolicy[capacityTable]("capacity"))
	statutoryPolicy = sync.OnceValues(readPolicy[statutoryTable]("statutory"))
)

// kindNamed finds the row of a kind; a kind without a row may do nothing.
func kindNamed(kind string) kindRow {
	table, err := kindPolicy()
	if err != nil {
		return kindRow{}
	}
	for _, row := range table.Rows {
		if row.Kind == kind {
			return row
		}
	}
	return kindRow{}
}

// MayLead reports whether an agency of a kind may hold the lead of a case. The
// kinds are those of the list agency_kind; the table, with its reasons, is
// policy/kinds.json. It is false for a kind that the table does not name.
func MayLead(kind string) bool { return kindNamed(kind).MayLead }

// MayReceive reports whether an agency of a kind may be offered referrals, and
// so list services. Table and unknown kinds are as for MayLead.
func MayReceive(kind string) bool { return kindNamed(kind).MayReceive }

// MayCoordinate reports whether an agency of a kind coordinates areas. Table and
// unknown kinds are as for MayLead.
func MayCoordinate(kind string) bool { return kindNamed(kind).MayCoordinate }

// BarsCoordinator reports whether no coordinator may stand above or below an
// agency of a kind in the line of command. Table and unknown kinds are as for
// MayLead.
func BarsCoordinator(kind string) bool { return kindNamed(kind).BarsCoordinator }

// Unmixed reports whether whatever stands below an agency of a kind has to be of
// the same kind. Table and unknown kinds are as for MayLead.
func Unmixed(kind string) bool { return kindNamed(kind).Unmixed }

// CapacityHolds returns how long what an agency says about its room counts:
// policy/capacity.json, 24 hours.
func CapacityHolds() Period {
	table, err := capacityPolicy()
	if err != nil {
		return Period{}
	}
	return table.Holds
}

// Statutory returns the statutory receivers that a referral has to include, or
// may, when an agency of the kind fromKind sends it; fromKind "" meets no row
// that names senders. The table is that of Thailand, each row with its source:
// policy/statutory.json.
func Statutory(fromKind string, asked ReferralRequested) []StatutoryRow {
	table, err := statutoryPolicy()
	if err != nil {
		return nil
	}
	var rows []StatutoryRow
	for _, row := range table.Rows {
		if row.When.holds(fromKind, asked) {
			row.When = StatutoryWhen{
				From:     slices.Clone(row.When.From),
				AgeClass: slices.Clone(row.When.AgeClass), Service: slices.Clone(row.When.Service),
			}
			rows = append(rows, row)
		}
	}
	return rows
}
