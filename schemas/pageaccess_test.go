package schemas_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saphan-project/saphan/schemas"
)

func TestRulesOfGivesTheWords(t *testing.T) {
	t.Parallel()
	want := []schemas.Rule{{Code: "the_lead", Words: "the lead of the case"}, {Code: "no_such_rule", Words: "no_such_rule"}}
	if diff := cmp.Diff(want, schemas.RulesOf([]string{"the_lead", "no_such_rule"}, "en")); diff != "" {
		t.Error(diff)
	}
	if got := schemas.RulesOf([]string{"the_lead"}, "th"); got[0].Words != "หน่วยงานหลักของเรื่อง" {
		t.Error(got)
	}
	if got := schemas.RulesOf(nil, "en"); got != nil {
		t.Error(got)
	}
}

// TestAPageSaysWhoMayFileAndWhoSees: what is filled in is told, and nothing is
// told where nothing is filled in.
func TestAPageSaysWhoMayFileAndWhoSees(t *testing.T) {
	t.Parallel()
	en := func(codes ...string) []schemas.Rule { return schemas.RulesOf(codes, "en") }
	for _, tc := range []struct {
		name, page string
		access     *schemas.Access
		says       []string
		not        []string
	}{
		{"nothing is known", "referral.accepted", nil, nil, []string{"Who may file it", "Who sees it"}},
		{"one of each", "referral.accepted",
			&schemas.Access{Ledger: true, By: en("the_offeree"), When: en("case_is_open"), Sees: en("author")},
			[]string{
				"The author is the agency that the offer was made to.", "`on_behalf_of` names has that role",
				"The gate takes it when the case is not closed.", "- Its author.", "(case.restricted)",
			},
			[]string{"author is one of these", "all of this", "ections can be opened", "do not travel"}},
		{"several", "referral.declined",
			&schemas.Access{
				Ledger: true, By: en("the_lead", "the_sender"), When: en("case_is_open", "is_person"),
				Sees: en("author", "independents"), Opens: en("author"),
			},
			[]string{
				"The author is one of these:\n\n- The lead of the case.\n- The sender",
				"The gate takes it when all of this holds:\n\n- The case is not closed.\n- The case is of one person",
				"- Its author.\n- The independent coordinators.", "can be opened, while they see it, by:\n\n- Its author.",
			}, nil},
		{"no conditions, outside a case", "visit.recorded",
			&schemas.Access{Ledger: true, By: en("owner"), Sees: en("author")},
			[]string{"The gate takes it at any time.", "\nNobody else.\n"}, []string{"(case.restricted)"}},
		{"sections that go elsewhere", "referral.requested",
			&schemas.Access{Ledger: true, By: en("the_lead"), Sees: en("sender")}, []string{"do not travel with it"}, nil},
		{"the directory", "agency.registered",
			&schemas.Access{Ledger: true, By: en("the_hub")},
			[]string{"The hub's service operator alone.", "It goes to no inbox."}, []string{"Nobody else."}},
		{"never in the ledger", "access.ended", &schemas.Access{},
			[]string{"never in the ledger: the hub's service delivery", "That agency alone."}, []string{"The gate takes it"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			p := page(t, tc.page, "en")
			p.Access = tc.access
			text := strings.Join(slices.Collect(outsideCode(p.Text())), "\n")
			for _, want := range tc.says {
				if !strings.Contains(text, want) {
					t.Errorf("not said: %q", want)
				}
			}
			for _, unwanted := range tc.not {
				if strings.Contains(text, unwanted) {
					t.Errorf("said: %q", unwanted)
				}
			}
		})
	}
}
