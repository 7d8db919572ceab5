package schemas_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saphan-project/saphan/schemas"
)

// The counts and weights are those of the document as the second source tells
// them: 10 + 10 + 16 + 9 + 15 + 7.
func TestOperationalIndicatorsAreWhole(t *testing.T) {
	t.Parallel()
	perDimension, perWeight := map[string]int{}, map[string]int{}
	for _, c := range schemas.Codes("delphi") {
		perDimension[c.Of]++
		perWeight["adult "+c.Weight.Adult]++
		perWeight["child "+c.Weight.Child]++
		if c.Code != fmt.Sprintf("%s%02d", c.Of, perDimension[c.Of]) {
			t.Errorf("%s is out of order", c.Code)
		}
	}
	if diff := cmp.Diff(map[string]int{"DR": 10, "CR": 10, "RV": 16, "EX": 9, "CD": 15, "AD": 7}, perDimension); diff != "" {
		t.Errorf("indicators (-want +got):\n%s", diff)
	}
	want := map[string]int{
		"adult strong": 7, "adult medium": 53, "adult weak": 7,
		"child strong": 15, "child medium": 50, "child none": 2,
	}
	if diff := cmp.Diff(want, perWeight); diff != "" {
		t.Errorf("weights (-want +got):\n%s", diff)
	}
	if got := schemas.ListVersion("delphi"); got != "2009-wcms_105023" {
		t.Error("version:", got)
	}
	if got := schemas.ListVersion("no_such_list") + schemas.ListVersion("priority"); got != "" {
		t.Error("version of a list without one:", got)
	}
}

// The same name weighs more at work than at recruitment, for an adult.
func TestPhaseIsPartOfAnIndicator(t *testing.T) {
	t.Parallel()
	weights := map[string]schemas.Weight{}
	for _, c := range schemas.Codes("delphi") {
		weights[c.Code] = c.Weight
	}
	for recruitment, work := range map[string]string{"CR04": "CD02", "CR05": "CD01", "CR06": "CD03"} {
		if weights[recruitment].Adult != "medium" || weights[work].Adult != "strong" {
			t.Errorf("%s weighs %s, %s weighs %s", recruitment, weights[recruitment].Adult, work, weights[work].Adult)
		}
	}
}

func TestMappingsNameIndicators(t *testing.T) {
	t.Parallel()
	known := map[string][]string{"ilo11": codes("ilo11"), "delphi": codes("delphi")}
	for _, list := range schemas.Lists() {
		for _, c := range schemas.Codes(list) {
			for to, named := range map[string][]string{"ilo11": c.ILO11, "delphi": c.Delphi} {
				for _, code := range named {
					if !slices.Contains(known[to], code) {
						t.Errorf("%s %s names an indicator that is none", list, c.Code)
					}
				}
			}
		}
	}
}

func TestViolationsPointToIndicators(t *testing.T) {
	t.Parallel()
	silent := []string{"discrimination", "discrimination.exclusion", "retaliation", "obstruction", "none_found"}
	got := map[string]string{}
	for _, c := range schemas.Codes("violation") {
		got[c.Code] = strings.Join(c.ILO11, " ") + " / " + strings.Join(c.Delphi, " ")
		if (len(c.ILO11) == 0) != slices.Contains(silent, c.Code) {
			t.Errorf("%s points to %v", c.Code, c.ILO11)
		}
	}
	for code, want := range map[string]string{
		"documents.retained":       "retention_of_identity_documents / CD01",
		"document.atm_card":        "retention_of_identity_documents / CD01",
		"wage.atm_card_retention":  "withholding_of_wages retention_of_identity_documents / CD01 EX03",
		"wage.illegal_deduction":   "withholding_of_wages debt_bondage / EX03",
		"loan.predatory":           "debt_bondage / ",
		"discrimination.exclusion": " / ",
		"obstruction":              " / CD10",
	} {
		if got[code] != want {
			t.Errorf("%s points to %q, want %q", code, got[code], want)
		}
	}
}

func TestServicesAreGroupedByPillar(t *testing.T) {
	t.Parallel()
	var used []string
	for _, c := range schemas.Codes("service") {
		if (c.Group == "") != (c.Code == "not_sure") {
			t.Errorf("%s is under %q", c.Code, c.Group)
		}
		used = append(used, c.Group)
	}
	for _, pillar := range codes("service_group") {
		if !slices.Contains(used, pillar) {
			t.Errorf("nothing is under %s", pillar)
		}
	}
}

func TestSectorsInNeedComeFirst(t *testing.T) {
	t.Parallel()
	sectors := schemas.Codes("sector")
	for i, want := range []string{"A", "T", "C", "F"} {
		if c := sectors[i]; c.Code != want || c.Hint["en"] == "" || c.Hint["th"] == "" {
			t.Errorf("place %d: %s, hints %v", i, c.Code, c.Hint)
		}
	}
}
