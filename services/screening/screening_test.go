package screening_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/screening"
)

func screen(t testing.TB, profile screening.Profile, ticked string) screening.Result {
	t.Helper()
	r, err := screening.Screen(profile, strings.Fields(ticked))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// rules tells the positive dimensions and why each is, as in "EX(b) CD(a)".
func rules(r screening.Result) string {
	var told []string
	for _, d := range r.Dimensions {
		if d.Positive {
			told = append(told, d.Code+"("+d.Rule+")")
		}
	}
	return strings.Join(told, " ")
}

// Source: WCMS_105023, p. 3; the vectors follow from its four rules.
func TestDimensionIsPositive(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		profile      screening.Profile
		ticked, want string
	}{
		{"adult", "", ""},
		{"adult", "EX01", ""},                // one strong
		{"adult", "EX01 EX01", ""},           // the same one twice
		{"adult", "EX01 EX02", "EX(b)"},      // strong and medium
		{"adult", "EX01 EX09", "EX(b)"},      // strong and weak
		{"adult", "EX02 EX04", ""},           // two medium
		{"adult", "EX02 EX04 EX05", "EX(c)"}, // three medium
		{"adult", "EX02 EX04 EX09", "EX(d)"}, // two medium and one weak
		{"adult", "EX02 EX09", ""},           // one medium and one weak
		{"child", "EX09 EX02 EX04", "EX(c)"}, // for a child no school is medium
		{"child", "EX08 EX02 EX04", ""},      // EX08 is not in the list for a child
		{"adult", "EX08 EX02 EX04", "EX(c)"},
		{"adult", "CR05 CR06", ""}, // two medium at recruitment …
		{"adult", "CD01 CD03", "CD(a)"},
		{"adult", "CD05 CD06", ""},
		{"child", "CD05 CD06", "CD(a)"},
		{"adult", "RV15 RV16 AD06 AD07", ""}, // weak ones alone never
		{"child", "RV08 RV01 RV02", ""},
		{"adult", "DR02 EX02 CD14", ""}, // nothing adds up across dimensions
		{"unsure", "EX09 EX02 EX04", "EX(c)"},
		{"unsure", "EX08 EX02 EX04", ""},
	} {
		if got := rules(screen(t, tc.profile, tc.ticked)); got != tc.want {
			t.Errorf("%s %s: %q, want %q", tc.profile, tc.ticked, got, tc.want)
		}
	}
}

// One way to make each dimension positive, for an adult.
const (
	dr = "DR01 DR02 "
	cr = "CR01 CR02 "
	rv = "RV01 RV02 RV03 "
	ex = "EX01 EX02 "
	cd = "CD01 CD02 "
	ad = "AD01 AD02 AD03 "
)

func TestBand(t *testing.T) {
	t.Parallel()
	const (
		none, labour, deceived = "no_exploitation_indicated", "labour_rights_concern", "exploitation_with_deception"
		forced, trafficking    = "forced_labour_indicated", "trafficking_for_forced_labour_indicated"
	)
	for _, tc := range []struct {
		profile           screening.Profile
		ticked, want, why string
	}{
		{"adult", "", none, "no_exploitation"},
		{"adult", dr + cr + rv + cd + ad, none, "no_exploitation"},
		{"adult", ex, labour, "exploitation_only"},
		{"adult", ex + "DR02 CD14", labour, "exploitation_only"},
		{"adult", ex + dr, deceived, "deception_and_exploitation"},
		{"adult", ex + rv, deceived, "deception_and_exploitation vulnerability_at_recruitment"},
		{"adult", ex + cr, forced, "coerced_recruitment"},
		{"adult", ex + cd, forced, "coercion_without_recruitment"},
		{"adult", ex + ad, forced, "coercion_without_recruitment vulnerability_at_work"},
		{"adult", ex + cd + ad, forced, "coercion_without_recruitment"},
		{"adult", ex + dr + cd, trafficking, "recruitment_exploitation_coercion"},
		{"adult", ex + cr + cd, trafficking, "recruitment_exploitation_coercion"},
		{"adult", ex + rv + cd, trafficking, "recruitment_exploitation_coercion vulnerability_at_recruitment"},
		{"adult", ex + dr + ad, trafficking, "recruitment_exploitation_coercion vulnerability_at_work"},
		{"adult", ex + rv + ad, trafficking, "recruitment_exploitation_coercion vulnerability_at_recruitment vulnerability_at_work"},
		{"adult", ex + dr + rv + cd, trafficking, "recruitment_exploitation_coercion"},
		{"child", "", none, "no_exploitation"},
		{"child", dr + cd, none, "no_exploitation"},
		{"child", ex, labour, "act_not_known"},
		{"child", ex + "RV06", trafficking, "under_18"}, // one sign of an act, no means
		{"child", ex + "AD01", trafficking, "under_18"},
		{"child", ex + "RV08", labour, "act_not_known"}, // ignored for a child
		{"unsure", ex + "DR02", trafficking, "under_18"},
		{"unsure", ex, labour, "act_not_known"},
	} {
		r := screen(t, tc.profile, tc.ticked)
		if why := strings.Join(r.Why, " "); r.Band != tc.want || why != tc.why {
			t.Errorf("%s %s: %s by %s, want %s by %s", tc.profile, tc.ticked, r.Band, why, tc.want, tc.why)
		}
		if !schemas.HasCode("band", r.Band) || slices.ContainsFunc(r.Why, func(c string) bool { return !schemas.HasCode("band_rule", c) }) {
			t.Errorf("%s %s: no code of a list", r.Band, r.Why)
		}
	}
}

func TestResultTellsEverything(t *testing.T) {
	t.Parallel()
	got := screen(t, "child", "EX08 CR03 EX05 EX02 EX04 RV08")
	want := screening.Result{
		Version: "2009-wcms_105023", Profile: "child",
		Dimensions: []screening.Dimension{
			{Code: "DR", Ticked: []string{}},
			{Code: "CR", Strong: 1, Ticked: []string{"CR03"}},
			{Code: "RV", Ticked: []string{}},
			{Code: "EX", Positive: true, Rule: "c", Medium: 3, Ticked: []string{"EX02", "EX04", "EX05"}},
			{Code: "CD", Ticked: []string{}},
			{Code: "AD", Ticked: []string{}},
		},
		Band: "trafficking_for_forced_labour_indicated", Why: []string{"under_18"},
		Flags: []string{"CR03"},
		ILO11: []string{
			"physical_and_sexual_violence", "intimidation_and_threats", "withholding_of_wages", "abusive_working_and_living_conditions",
		},
		Ignored: []string{"RV08", "EX08"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestScreenRefusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		profile screening.Profile
		ticked  []string
		code    string
	}{
		{"", nil, screening.CodeProfile},
		{"elder", []string{"EX01"}, screening.CodeProfile},
		{"adult", []string{"EX01", "EX10"}, screening.CodeIndicator},
		{"adult", []string{"ex01"}, screening.CodeIndicator},
		{"adult", []string{""}, screening.CodeIndicator},
		{"adult", []string{"debt_bondage"}, screening.CodeIndicator}, // no weights for the eleven
	} {
		_, err := screening.Screen(tc.profile, tc.ticked)
		if e := services.AsError(err); err == nil || e.Kind != services.Invalid || e.Code != tc.code {
			t.Errorf("%q %q: %v, want %s", tc.profile, tc.ticked, err, tc.code)
		}
	}
}

// The account among the examples holds what the rule gives today.
func TestExampleHoldsItsBand(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../../schemas/section/account.v1.ok.json")
	if err != nil {
		t.Fatal(err)
	}
	var account struct {
		Delphi  []string
		Profile screening.Profile
		Band    string
		Version string `json:"rule_version"`
	}
	if err := json.Unmarshal(raw, &account); err != nil {
		t.Fatal(err)
	}
	r := screen(t, account.Profile, strings.Join(account.Delphi, " "))
	if r.Band != account.Band || r.Version != account.Version {
		t.Errorf("%s of %s, the example says %s of %s", r.Band, r.Version, account.Band, account.Version)
	}
}

func TestReliability(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ present, alone, independent, want string }{
		{"alone", "", "yes", "good alone_and_independent"},
		{"alone interpreter", "", "yes", "good alone_and_independent"},
		{"interpreter", "yes", "yes", "good alone_and_independent"},
		{"", "yes", "yes", "good alone_and_independent"},
		{"employer", "", "yes", "low employer_present"},
		{"broker interpreter", "yes", "no", "low broker_present interpreter_not_independent"},
		{"official family", "no", "", "low official_present"},
		{"alone", "yes", "no", "low interpreter_not_independent"},
		{"", "", "", "unknown presence_unknown interpreter_unknown"},
		{"interpreter", "", "yes", "unknown presence_unknown"},
		{"interpreter", "unknown", "yes", "unknown presence_unknown"},
		{"alone", "", "unknown", "unknown interpreter_unknown"},
		{"colleague", "", "yes", "unknown others_present"},
		{"alone family", "yes", "yes", "unknown others_present"}, // who was there counts
		{"alone", "no", "yes", "unknown others_present"},
	} {
		got := screening.Reliability(screening.Conversation{
			Present: strings.Fields(tc.present), Alone: tc.alone, InterpreterIndependent: tc.independent,
		})
		if told := got.Level + " " + strings.Join(got.Reasons, " "); told != tc.want {
			t.Errorf("%q alone %q independent %q: %s, want %s", tc.present, tc.alone, tc.independent, told, tc.want)
		}
		if !schemas.HasCode("reliability", got.Level) || slices.ContainsFunc(got.Reasons, func(c string) bool { return !schemas.HasCode("reliability_reason", c) }) {
			t.Errorf("%+v: no code of a list", got)
		}
	}
}
