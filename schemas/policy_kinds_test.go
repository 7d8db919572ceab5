package schemas_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saphan-project/saphan/schemas"
)

func TestWhatAKindMayDo(t *testing.T) {
	t.Parallel()
	type may struct{ Lead, Receive, Coordinate, Bars, Unmixed bool }
	for kind, want := range map[string]may{
		"labour_office":           {Lead: true, Receive: true},
		"shelter":                 {Lead: true, Receive: true},
		"police":                  {Lead: true, Receive: true, Bars: true},
		"panel":                   {Receive: true},
		"interpreter":             {Receive: true},
		"coordinator":             {Coordinate: true},
		"immigration_enforcement": {Bars: true, Unmixed: true},
		"hub":                     {},
		"no_such_kind":            {},
		"":                        {},
	} {
		got := may{
			schemas.MayLead(kind), schemas.MayReceive(kind), schemas.MayCoordinate(kind),
			schemas.BarsCoordinator(kind), schemas.Unmixed(kind),
		}
		if got != want {
			t.Errorf("%q: %+v, want %+v", kind, got, want)
		}
	}
}

// Every kind has a row. A row may be ahead of the list.
func TestEveryKindHasItsRow(t *testing.T) {
	t.Parallel()
	var table struct {
		Source string
		Rows   []struct{ Kind, Why, Source string }
	}
	readFile(t, "policy/kinds.json", &table)
	var kinds []string
	for _, row := range table.Rows {
		if row.Why == "" || row.Source == "" || slices.Contains(kinds, row.Kind) {
			t.Errorf("%s: no reason, no source, or twice", row.Kind)
		}
		kinds = append(kinds, row.Kind)
	}
	for _, kind := range codes("agency_kind") {
		if !slices.Contains(kinds, kind) {
			t.Errorf("no row for %s", kind)
		}
	}
	if table.Source == "" {
		t.Error("no source")
	}
}

func TestCapacityHoldsADay(t *testing.T) {
	t.Parallel()
	if d, ok := schemas.CapacityHolds().Duration(); !ok || d != 24*time.Hour {
		t.Errorf("holds %v, %v", d, ok)
	}
	var table struct{ About, Source string }
	readFile(t, "policy/capacity.json", &table)
	if table.About == "" || table.Source == "" {
		t.Error("not said what it is, or where it comes from")
	}
}

func TestStatutory(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		from  string
		asked schemas.ReferralRequested
		want  []string
	}{
		"a child":                 {"ngo", schemas.ReferralRequested{Service: "shelter", AgeClass: "child"}, []string{"social_development"}},
		"perhaps one":             {"ngo", schemas.ReferralRequested{Service: "shelter", AgeClass: "unsure"}, []string{"social_development"}},
		"an adult":                {"ngo", schemas.ReferralRequested{Service: "shelter", AgeClass: "adult"}, nil},
		"a clue of an inspector":  {"labour_office", schemas.ReferralRequested{Service: "identification", AgeClass: "adult"}, []string{"command_centre"}},
		"the same from elsewhere": {"ngo", schemas.ReferralRequested{Service: "identification", AgeClass: "adult"}, nil},
		"nobody knows from whom":  {"", schemas.ReferralRequested{Service: "identification", AgeClass: "adult"}, nil},
		"both":                    {"labour_office", schemas.ReferralRequested{Service: "investigation", AgeClass: "child"}, []string{"social_development", "command_centre"}},
	} {
		var got []string
		for _, row := range schemas.Statutory(tc.from, tc.asked) {
			got = append(got, row.Kind)
			if row.Verified {
				t.Errorf("%s: nobody has confirmed it yet", row.Kind)
			}
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// The codes of the table are codes of the lists, or kinds with a row that the
// list is to get.
func TestStatutoryRowsAreWhole(t *testing.T) {
	t.Parallel()
	var table struct {
		Jurisdiction, Effective string
		Rows                    []schemas.StatutoryRow
	}
	readFile(t, "policy/statutory.json", &table)
	if _, err := time.Parse(time.DateOnly, table.Effective); err != nil || table.Jurisdiction != "TH" || len(table.Rows) == 0 {
		t.Errorf("of %q from %v", table.Jurisdiction, err)
	}
	for _, row := range table.Rows {
		if !schemas.MayReceive(row.Kind) || !schemas.HasCode("service", row.Service) || row.Why == "" || row.Source == "" ||
			!slices.Contains([]string{"must", "may"}, row.Duty) {
			t.Errorf("%s: not whole", row.Kind)
		}
		for _, code := range row.When.AgeClass {
			if !schemas.HasCode("age_class", code) {
				t.Errorf("%s: age class", row.Kind)
			}
		}
		for _, code := range row.When.Service {
			if !schemas.HasCode("service", code) {
				t.Errorf("%s: service", row.Kind)
			}
		}
		for _, kind := range row.When.From {
			if !schemas.MayLead(kind) {
				t.Errorf("%s: sender", row.Kind)
			}
		}
	}
}
