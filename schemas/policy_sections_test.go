package schemas_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saphan-project/saphan/schemas"
)

// matrix is who may receive what: with the offer (o), by itself after acceptance
// (a), only where the person said so (r), never (-). It repeats the policy on
// purpose: whoever changes what an agency learns about a person changes it twice.
const matrix = `
kind                     offer account identity contact health status site reporter feedback
labour_office            o     a       a        a       r      r      a    -        o
shelter                  o     a       a        a       a      r      r    -        o
police                   o     a       a        r       r      r      a    -        o
legal_aid                o     a       a        a       r      a      a    -        o
social_development       o     a       a        a       r      r      r    -        o
ngo                      o     a       a        a       r      r      r    -        o
hospital                 o     r       a        a       a      -      -    -        o
interpreter              o     -       -        a       r      -      -    -        o
panel                    o     a       a        a       r      a      r    -        o
hotline                  o     r       -        a       -      -      -    -        o
employment_office        o     -       -        -       -      r      r    -        o
special_investigation    o     a       a        r       r      r      a    -        o
prosecution              o     a       a        r       r      -      a    -        o
administration           o     -       -        -       -      -      r    -        o
command_centre           o     a       r        -       -      -      a    -        o
union                    o     a       a        a       -      r      r    -        o
embassy                  o     -       a        r       -      r      -    -        o
school                   o     -       r        r       -      -      -    -        o
community                -     -       -        -       -      -      -    -        -
coordinator              -     -       -        -       -      -      -    -        -
immigration_enforcement  -     -       -        -       -      -      -    -        -
hub                      -     -       -        -       -      -      -    -        -
`

func TestWhoMayReceiveWhat(t *testing.T) {
	t.Parallel()
	lines := strings.Split(strings.TrimSpace(matrix), "\n")
	columns := strings.Fields(lines[0])[1:]
	if diff := cmp.Diff(schemas.Sections(), columns); diff != "" {
		t.Fatalf("sections (-list +matrix):\n%s", diff)
	}
	var kinds []string
	for _, line := range lines[1:] {
		cells := strings.Fields(line)
		kinds = append(kinds, cells[0])
		for i, section := range columns {
			if got := cell(cells[0], section); got != cells[i+1] {
				t.Errorf("%s, %s: %s, want %s", cells[0], section, got, cells[i+1])
			}
		}
	}
	for _, kind := range append(codes("agency_kind"), "no_such_kind", "") {
		for _, section := range append(columns, "invented", "") {
			if !slices.Contains(kinds, kind) && cell(kind, section) != "-" {
				t.Errorf("%s gets %s, and is not in the matrix", kind, section)
			}
		}
	}
}

// cell asks as the rules of a case and the desk do.
func cell(kind, section string) string {
	switch {
	case slices.Contains(schemas.SectionsFor(kind), section):
		return "a"
	case schemas.SectionAllowed(kind, section, false):
		return "o"
	case schemas.SectionAllowed(kind, section, true):
		return "r"
	}
	return "-"
}

func TestWhatIsGivenIsAllowed(t *testing.T) {
	t.Parallel()
	for _, kind := range codes("agency_kind") {
		for _, section := range schemas.SectionsFor(kind) {
			if !schemas.SectionAllowed(kind, section, false) {
				t.Errorf("%s is given %s and may not have it", kind, section)
			}
		}
		for _, section := range schemas.Sections() {
			if schemas.SectionAllowed(kind, section, false) && !schemas.SectionAllowed(kind, section, true) {
				t.Errorf("%s loses %s when the person agrees", kind, section)
			}
		}
	}
	given := schemas.SectionsFor("shelter")
	given[0] = "reporter"
	if slices.Contains(schemas.SectionsFor("shelter"), "reporter") {
		t.Error("a caller can change the policy")
	}
}

// The walls that no edit of the table may move.
func TestWallsOfThePolicy(t *testing.T) {
	t.Parallel()
	for _, kind := range codes("agency_kind") {
		if schemas.SectionAllowed(kind, "reporter", true) {
			t.Errorf("%s may learn who told", kind)
		}
	}
	for _, section := range schemas.Sections() {
		if schemas.SectionAllowed("immigration_enforcement", section, true) {
			t.Errorf("immigration enforcement may get %s", section)
		}
	}
	if schemas.SectionAllowed("police", "status", false) || schemas.SectionAllowed("police", "contact", false) {
		t.Error("the police get status or contact although the person did not say so")
	}
}

func TestSectionPolicySaysWhy(t *testing.T) {
	t.Parallel()
	var table struct {
		About, Source string
		Nobody        []struct{ Section, Why, Source string }
		Rows          []sectionRow
	}
	readFile(t, "policy/sections.json", &table)
	seen := map[string]bool{}
	for _, row := range table.Rows {
		if row.Why == "" || seen[row.Kind] || !slices.Contains(codes("agency_kind"), row.Kind) {
			t.Errorf("%s: no reason, twice, or no kind of agency", row.Kind)
		}
		seen[row.Kind] = true
		if row.Source == "" && slices.Contains([]string{"police", "immigration_enforcement"}, row.Kind) {
			t.Errorf("%s: a standard stands behind this, and is not named", row.Kind)
		}
		all := slices.Sorted(slices.Values(slices.Concat(row.WhenOffered, row.WhenAccepted, row.OnRequest)))
		if len(slices.Compact(slices.Clone(all))) != len(all) {
			t.Errorf("%s has a section in two columns: %v", row.Kind, all)
		}
		for _, section := range all {
			if !slices.Contains(schemas.Sections(), section) {
				t.Errorf("%s: there is no section %s", row.Kind, section)
			}
		}
	}
	if table.About == "" || table.Source == "" || len(table.Nobody) != 1 ||
		table.Nobody[0].Section != "reporter" || table.Nobody[0].Why == "" || table.Nobody[0].Source == "" {
		t.Errorf("not said what it is, or why nobody learns who told: %+v", table.Nobody)
	}
}

// sectionRow is a row of the table as it lies in the file.
type sectionRow struct {
	Kind, Why, Source string
	WhenOffered       []string `json:"when_offered"`
	WhenAccepted      []string `json:"when_accepted"`
	OnRequest         []string `json:"on_request"`
}
