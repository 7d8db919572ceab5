package schemas_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saphan-project/saphan/schemas"
)

// lossy says what comes back of a code that shares its name in a standard with
// others: a more general one, or nothing ("") where that would be a guess.
var lossy = map[string]map[string]string{
	"exploitation": {
		"debt_bondage": "other", "forced_criminality": "other", "slavery": "other", "domestic_servitude": "servitude",
	},
	"agency_kind": {
		"shelter": "ngo", "union": "ngo", "community": "ngo", "special_investigation": "police",
		"labour_office": "", "social_development": "", "panel": "", "coordinator": "", "hotline": "", "employment_office": "",
		"prosecution": "", "command_centre": "", "embassy": "",
	},
}

// unnamed are the codes for which HTCDS has no name at all.
var unnamed = map[string][]string{
	"exploitation": {"unknown"}, "agency_kind": {"interpreter", "hub"}, "offender_relation": {"unknown"},
}

func TestHTCDSRoundTrip(t *testing.T) {
	t.Parallel()
	for list, standard := range map[string]string{
		"means_of_control": schemas.HTCDS, "exploitation": schemas.HTCDS, "sector": schemas.HTCDS,
		"offender_relation": schemas.HTCDS, "agency_kind": schemas.HTCDSOrg,
	} {
		var without []string
		for _, code := range codes(list) {
			value, ok := schemas.Crosswalk(list, code, standard)
			if !ok {
				without = append(without, code)
				continue
			}
			want := code
			if general, ok := lossy[list][code]; ok {
				want = general
			}
			back, ok := schemas.FromStandard(list, standard, value)
			if back != want || ok != (want != "") {
				t.Errorf("%s %s is exported and comes back as %q, want %q", list, code, back, want)
			}
			if again, _ := schemas.Crosswalk(list, back, standard); ok && again != value {
				t.Errorf("%s %s is another thing after a second export", list, code)
			}
		}
		if diff := cmp.Diff(unnamed[list], without); diff != "" {
			t.Errorf("%s without a name in HTCDS (-want +got):\n%s", list, diff)
		}
	}
}

func TestCrosswalk(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ list, code, standard, want string }{
		{"means_of_control", "threats", schemas.HTCDS, "PhysicalThreats"},
		{"means_of_control", "restricts_movement", schemas.HTCDS, "RestrictsMovement"}, // only in the definitions
		{"means_of_control", "uses_children", schemas.HTCDS, "UsesChildren"},           // only in the definitions
		{"means_of_control", "debt_bondage", schemas.HTCDS, "DebtBondage"},             // no blank behind it
		{"means_of_control", "threatens_children_family", schemas.CTDC2020, "Threats"},
		{"means_of_control", "restricts_movement", schemas.CTDC2024, "meansDenyBasicNeeds"},
		{"means_of_control", "other", schemas.CTDC2024, ""},
		{"exploitation", "forced_criminality", schemas.HTCDS, "Other"},
		{"exploitation", "forced_military", schemas.HTCDS, "ForcedMilitaryByNonStateActors"},
		{"agency_kind", "prosecution", schemas.HTCDSDecision, "CourtOrProsecution"},
		{"agency_kind", "police", schemas.HTCDSDecision, "Police"},
		{"agency_kind", "hub", schemas.HTCDSOrg, ""},
		{"sector", "A", schemas.HTCDS, "A_AgricultureForestryAndFishing"},
		{"means_of_control", "threats", "no_such_standard", ""},
		{"means_of_control", "no_such_code", schemas.HTCDS, ""},
		{"no_such_list", "threats", schemas.HTCDS, ""},
	} {
		if got, ok := schemas.Crosswalk(tc.list, tc.code, tc.standard); got != tc.want || ok != (tc.want != "") {
			t.Errorf("%s %s in %s: %q %v, want %q", tc.list, tc.code, tc.standard, got, ok, tc.want)
		}
	}
}

func TestFromStandardReadsKnownDefects(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ list, standard, value, want string }{
		{"means_of_control", schemas.HTCDS, "DebtBondage ", "debt_bondage"},
		{"means_of_control", schemas.HTCDS, "Threats", "threats"},
		{"means_of_control", schemas.HTCDS, "PhysicalThreats", "threats"},
		{"means_of_control", schemas.HTCDS, "ThreatOfLawEnforcement", "threat_of_law_enforcement"},
		{"means_of_control", schemas.HTCDS, "ThreatsLawEnforcement", "threat_of_law_enforcement"},
		{"means_of_control", schemas.HTCDS, "PsychoactiveSubstances", "psychoactive_substances"},
		{"means_of_control", schemas.HTCDS, "MethodsOfControlRestrictsMovement", "restricts_movement"},
		{"means_of_control", schemas.CTDC2020, "Threats", "threats"},
		{"means_of_control", schemas.CTDC2024, "meansFalsePromises", "false_promises"},
		{"means_of_control", schemas.CTDC2024, "meansThreats", ""}, // four means in one column
		{"means_of_control", schemas.HTCDS, "DebtBondage  ", ""},   // not a defect that is known
		{"means_of_control", schemas.HTCDS, "debtbondage", ""},
		{"means_of_control", schemas.HTCDS, "", ""},
		{"offender_relation", schemas.HTCDS, "Unaquainted", "unacquainted"},
		{"exploitation", schemas.HTCDS, "ForcedMilitaryService", "forced_military"},
		{"agency_kind", schemas.HTCDSOrg, "CentralGovernmentOrganisation", ""},
		{"no_such_list", schemas.HTCDS, "Threats", ""},
	} {
		if got, ok := schemas.FromStandard(tc.list, tc.standard, tc.value); got != tc.want || ok != (tc.want != "") {
			t.Errorf("%s %q of %s: %q %v, want %q", tc.list, tc.value, tc.standard, got, ok, tc.want)
		}
	}
}

func TestStandardsOfAList(t *testing.T) {
	t.Parallel()
	want := []string{schemas.CTDC2020, schemas.CTDC2024, schemas.HTCDS}
	if got := schemas.Standards("means_of_control"); !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	if got := append(schemas.Standards("priority"), schemas.Standards("no_list")...); len(got) > 0 {
		t.Errorf("got %v", got)
	}
}
