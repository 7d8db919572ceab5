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
	N    int    `json:"n"`
	Unit string `json:"unit"` // UnitMinute, UnitHour, UnitDay or UnitWorkingDay
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

type sectionRow struct {
	Kind     string   `json:"kind"` // of the agency
	Sections []string `json:"sections"`
	Why      string   `json:"why"`
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

// SectionsFor returns the sections that an agency of a kind gets once it has
// accepted a referral; none for a kind that the policy does not name. The section
// offer is not among them: it goes ahead to whoever is asked.
func SectionsFor(kind string) []string {
	table, err := sectionPolicy()
	if err != nil {
		return nil
	}
	for _, row := range table.Rows {
		if row.Kind == kind {
			return slices.Clone(row.Sections)
		}
	}
	return nil
}
