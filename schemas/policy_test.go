package schemas_test

import (
	"encoding/json"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saphan-project/saphan/schemas"
)

func TestLimit(t *testing.T) {
	t.Parallel()
	for clock, want := range map[string][3]schemas.Period{
		"D2": {{N: 1, Unit: "h"}, {N: 4, Unit: "h"}, {N: 1, Unit: "working_day"}},
		"D3": {{N: 3, Unit: "h"}, {N: 24, Unit: "h"}, {N: 3, Unit: "working_day"}},
		"D4": {{N: 24, Unit: "h"}, {N: 72, Unit: "h"}, {N: 14, Unit: "day"}},
		"D6": {{N: 7, Unit: "day"}, {N: 7, Unit: "day"}, {N: 14, Unit: "day"}},
	} {
		for i, priority := range codes("priority") {
			if got, ok := schemas.Limit(clock, priority); !ok || got != want[i] {
				t.Errorf("%s %s: %+v, want %+v", clock, priority, got, want[i])
			}
		}
	}
	if _, ok := schemas.Limit("D3", "soon"); ok {
		t.Error("a limit for no priority")
	}
	if _, ok := schemas.Limit("", "urgent"); ok {
		t.Error("a limit for no clock")
	}
	if schemas.MaxPauses() != 2 {
		t.Error("pauses:", schemas.MaxPauses())
	}
}

func TestPeriodDuration(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		p    schemas.Period
		want time.Duration
		ok   bool
	}{
		{schemas.Period{N: 20, Unit: schemas.UnitMinute}, 20 * time.Minute, true},
		{schemas.Period{N: 3, Unit: schemas.UnitHour}, 3 * time.Hour, true},
		{schemas.Period{N: 14, Unit: schemas.UnitDay}, 14 * 24 * time.Hour, true},
		{schemas.Period{N: 1, Unit: schemas.UnitWorkingDay}, 0, false},
		{schemas.Period{}, 0, false},
	} {
		if got, ok := tc.p.Duration(); got != tc.want || ok != tc.ok {
			t.Errorf("%+v: %v %v", tc.p, got, ok)
		}
	}
}

func TestSectionsFor(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff([]string{"account", "contact", "identity"}, schemas.SectionsFor("shelter")); diff != "" {
		t.Error(diff)
	}
	for _, kind := range []string{"coordinator", "immigration_enforcement", "hub", "no_such_kind"} {
		if got := schemas.SectionsFor(kind); len(got) > 0 {
			t.Errorf("%s gets %v", kind, got)
		}
	}
	for _, section := range []string{"status", "contact"} {
		if slices.Contains(schemas.SectionsFor("police"), section) {
			t.Errorf("police get %s", section)
		}
	}
	for _, kind := range codes("agency_kind") {
		for _, section := range schemas.SectionsFor(kind) {
			if section == "reporter" || section == "offer" || !slices.Contains(schemas.Sections(), section) {
				t.Errorf("%s gets %s", kind, section)
			}
		}
	}
}

func TestPoliciesNameKindsAndSources(t *testing.T) {
	t.Parallel()
	var sections struct {
		Source string
		Rows   []struct{ Kind, Why string }
	}
	readFile(t, "policy/sections.json", &sections)
	var kinds []string
	for _, row := range sections.Rows {
		kinds = append(kinds, row.Kind)
		if row.Why == "" {
			t.Errorf("%s: no reason", row.Kind)
		}
	}
	want := codes("agency_kind")
	slices.Sort(kinds)
	slices.Sort(want)
	if diff := cmp.Diff(want, kinds); diff != "" || sections.Source == "" {
		t.Errorf("kinds (-list +policy):\n%s", diff)
	}
	var clocks struct {
		Jurisdiction, Effective string
		Rows                    []struct{ Clock, From, Until, Source string }
	}
	readFile(t, "policy/clocks.json", &clocks)
	if _, err := time.Parse(time.DateOnly, clocks.Effective); err != nil || clocks.Jurisdiction != "TH" {
		t.Errorf("clocks of %q from %v", clocks.Jurisdiction, err)
	}
	for _, row := range clocks.Rows {
		if row.From == "" || row.Until == "" || row.Source == "" {
			t.Errorf("%s: not said when it runs, or why so long", row.Clock)
		}
	}
}

func readFile(t testing.TB, path string, v any) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, v); err != nil {
		t.Fatal(err)
	}
}
