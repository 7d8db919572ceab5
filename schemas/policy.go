package schemas

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Period is a length of time as the policy states it. Working days need a
// calendar, so they are no duration.
type Period struct {
	N    int    `json:"n"`    // how many
	Unit string `json:"unit"` // "min", "h", "day" or "working_day"
}

// Units of a Period.
const (
	UnitMinute     = "min"
	UnitHour       = "h"
	UnitDay        = "day" // 24 hours
	UnitWorkingDay = "working_day"
)

// Duration returns the period in hours and minutes; false for working days.
func (p Period) Duration() (time.Duration, bool) {
	switch p.Unit {
	case UnitMinute:
		return time.Duration(p.N) * time.Minute, true
	case UnitHour:
		return time.Duration(p.N) * time.Hour, true
	case UnitDay:
		return time.Duration(p.N) * 24 * time.Hour, true
	}
	return 0, false
}

// clockTable is one jurisdiction's table of clocks, policy/clocks.json.
type clockTable struct {
	About        string     `json:"about"`
	Jurisdiction string     `json:"jurisdiction"` // ISO 3166-1
	Effective    string     `json:"effective"`    // YYYY-MM-DD
	MaxPauses    int        `json:"max_pauses"`   // of the receiver's clock, per offer
	PausesSource string     `json:"pauses_source"`
	Rows         []clockRow `json:"rows"`
}

type clockRow struct {
	Clock  string            `json:"clock"`
	From   string            `json:"from"` // what starts it, in words
	Until  string            `json:"until"`
	Limits map[string]Period `json:"limits"` // by priority
	Source string            `json:"source"`
}

// sectionTable says who gets what, policy/sections.json.
type sectionTable struct {
	About  string       `json:"about"`
	Source string       `json:"source"`
	Rows   []sectionRow `json:"rows"`
}

// sectionRow is what one kind of agency may get. What it does not list, the kind
// never gets.
type sectionRow struct {
	Kind         string   `json:"kind"`          // of the agency
	WhenOffered  []string `json:"when_offered"`  // before it has answered
	WhenAccepted []string `json:"when_accepted"` // by itself
	OnRequest    []string `json:"on_request"`    // where the person said so
	Why          string   `json:"why"`
	Source       string   `json:"source,omitempty"`
}

var (
	clockPolicy   = sync.OnceValues(readPolicy[clockTable]("clocks"))
	sectionPolicy = sync.OnceValues(readPolicy[sectionTable]("sections"))
)

// readPolicy reads one table. A test reads every table, so the tables of a
// released program can be read.
func readPolicy[T any](name string) func() (T, error) {
	return func() (T, error) {
		var table T
		raw, err := files.ReadFile("policy/" + name + ".json")
		if err != nil {
			return table, fmt.Errorf("read policy %s: %w", name, err)
		}
		if err := json.Unmarshal(raw, &table); err != nil {
			return table, fmt.Errorf("read policy %s: %w", name, err)
		}
		return table, nil
	}
}

// Limit returns how long a clock may run at a priority, and false when the
// policy has no such clock or priority. The clocks are D2 (a person looks at it),
// D3 (answered), D4 (person met) and D6 (outcome seen), for the priorities
// emergency, urgent and normal. The table is that of Thailand, each row with its
// source: policy/clocks.json.
func Limit(clock, priority string) (Period, bool) {
	table, err := clockPolicy()
	if err != nil {
		return Period{}, false
	}
	for _, row := range table.Rows {
		if row.Clock == clock {
			p, ok := row.Limits[priority]
			return p, ok
		}
	}
	return Period{}, false
}

// MaxPauses returns how often one offer's receiver may stop its own clock by
// asking for information.
func MaxPauses() int {
	table, err := clockPolicy()
	if err != nil {
		return 0
	}
	return table.MaxPauses
}

// SectionsFor returns the sections that an agency of a kind gets by itself once
// it has accepted a referral; none for a kind that the policy does not name. The
// section offer is not among them: it goes ahead to whoever is asked. Neither is
// what takes the person's word; see SectionAllowed.
func SectionsFor(kind string) []string {
	return slices.Clone(sectionsOfKind(kind).WhenAccepted)
}

// SectionAllowed reports whether an agency of a kind may get a section at all,
// at any time of a referral that it has a part in. Asked says that the sender
// adds it on purpose because the person said that this agency may have it; some
// sections, such as status for the police, are given only then. It is false,
// asked or not, for what the policy does not name: the section reporter, any
// section for immigration_enforcement, a kind without a row. The table with its
// reasons and sources is policy/sections.json.
func SectionAllowed(kind, section string, asked bool) bool {
	row := sectionsOfKind(kind)
	return slices.Contains(row.WhenOffered, section) || slices.Contains(row.WhenAccepted, section) ||
		asked && slices.Contains(row.OnRequest, section)
}

// sectionsOfKind returns the row of a kind of agency; an empty one when there is
// none, or no table.
func sectionsOfKind(kind string) sectionRow {
	table, err := sectionPolicy()
	if err != nil {
		return sectionRow{}
	}
	for _, row := range table.Rows {
		if row.Kind == kind {
			return row
		}
	}
	return sectionRow{}
}
