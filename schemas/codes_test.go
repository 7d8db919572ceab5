package schemas_test

import (
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saphan-project/saphan/schemas"
)

func TestLabel(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ list, code, lang, want string }{
		{"violation", "documents.retained", "en", "documents kept"},
		{"violation", "wage.withheld", "en", "wages withheld"},
		{"violation", "document.atm_card", "en", "bank card kept"},
		{"violation", "wage.atm_card_retention", "en", "bank card kept to take the wages"},
		{"violation", "recruitment.fee_charged", "en", "recruitment debt"},
		{"sector", "C", "en", "manufacturing"},
		{"area", "TH-74", "en", "Samut Sakhon"},
		{"area", "TH-74", "th", "สมุทรสาคร"},
		{"people_band", "2-4", "en", "2–4"},
		{"age_class", "unsure", "en", "perhaps under 18"},
		{"language", "my", "en", "Burmese"},
		{"section", "contact", "en", "how to reach you"},
		{"section", "contact", "vi", "cách liên lạc với anh chị"},
		{"neutral_reason", "cannot_take", "en", "cannot take"},
		{"match", "capacity", "en", "free today"},
		{"event", "referral.requested", "en", "Filed"},
		{"trace", "referral.requested", "en", "referral filed"},
		{"priority", "urgent", "fr", "urgent"},                 // no French: English
		{"priority", "no_such_code", "en", "no_such_code"},     // no label: the code
		{"no_such_list", "no_such_code", "th", "no_such_code"}, // no list: the code
	} {
		if got := schemas.Label(tc.list, tc.code, tc.lang); got != tc.want {
			t.Errorf("%s %s in %s: %q, want %q", tc.list, tc.code, tc.lang, got, tc.want)
		}
	}
	if got := (schemas.Area{Kind: "province", Code: "TH-10"}).Label("en") + ", " + (schemas.Area{Kind: "at_sea"}).Label("en"); got != "Bangkok, at sea" {
		t.Error(got)
	}
}

// parents are the lists that others refine.
var parents = map[string]string{"service_subtype": "service", "delphi": "delphi_dimension"}

func TestCodeListsAreWhole(t *testing.T) {
	t.Parallel()
	grammar := regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.+-]*$`)
	for _, list := range schemas.Lists() {
		seen := map[string]bool{}
		for _, c := range schemas.Codes(list) {
			if !grammar.MatchString(c.Code) || seen[c.Code] {
				t.Errorf("%s: code %q is twice or not written as a code", list, c.Code)
			}
			seen[c.Code] = true
			if c.Labels["en"] == "" || c.Labels["th"] == "" {
				t.Errorf("%s: %s lacks a label", list, c.Code)
			}
			foreign := slices.DeleteFunc(slices.Sorted(maps.Keys(c.Labels)), func(lang string) bool { return lang == "en" })
			if !slices.Equal(slices.Sorted(slices.Values(c.Draft)), foreign) {
				t.Errorf("%s: %s has labels in %v, of which %v are drafts: all are until somebody from the field has read them", list, c.Code, foreign, c.Draft)
			}
			if parent := parents[list]; (c.Of != "") != (parent != "") || c.Of != "" && !slices.Contains(codes(parent), c.Of) {
				t.Errorf("%s: %s belongs to nothing", list, c.Code)
			}
			if c.Group != "" && !slices.Contains(codes("service_group"), c.Group) {
				t.Errorf("%s: %s is under no heading", list, c.Code)
			}
		}
		if len(seen) == 0 {
			t.Errorf("%s is empty", list)
		}
	}
	if schemas.Codes("no_such_list") != nil {
		t.Error("a list that does not exist has codes")
	}
}

func TestCodeListsHaveASource(t *testing.T) {
	t.Parallel()
	for _, list := range schemas.Lists() {
		raw, err := os.ReadFile("codes/" + list + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var head struct{ About, Source string }
		if err := json.Unmarshal(raw, &head); err != nil || head.About == "" || head.Source == "" {
			t.Errorf("%s says not what it is or where it comes from: %v", list, err)
		}
	}
}

func TestEveryTypeHasItsWords(t *testing.T) {
	t.Parallel()
	var types []string
	for _, typ := range schemas.Types() {
		types = append(types, typ.Name)
	}
	for _, list := range []string{"event", "trace"} {
		if diff := cmp.Diff(types, codes(list)); diff != "" {
			t.Errorf("%s (-types +list):\n%s", list, diff)
		}
	}
}

func TestProvincesAreWhole(t *testing.T) {
	t.Parallel()
	area := codes("area")
	if len(area) != 77+3 || !slices.IsSorted(area[:77]) {
		t.Errorf("%d areas, or the provinces are not in order", len(area))
	}
}

func TestSentenceSaysWhatToDo(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		p    schemas.Problem
		lang string
		want string
	}{
		{schemas.Problem{Code: "enum", List: "priority"}, "en", "Use one of: emergency, urgent, normal."},
		{schemas.Problem{Code: "enum", List: "area"}, "en", "Use a code of the list area; saphan schema show codes/area prints it."},
		{schemas.Problem{Code: "enum"}, "en", "Use a value of the list."},
		{schemas.Problem{Code: "required"}, "en", "Fill this in."},
		{schemas.Problem{Code: "required"}, "th", "กรอกข้อมูลนี้"},
		{schemas.Problem{Code: "no_such_code"}, "en", "Compare this with its schema."},
	} {
		if got := schemas.Sentence(tc.p, tc.lang); got != tc.want {
			t.Errorf("%+v in %s: %q", tc.p, tc.lang, got)
		}
	}
}

func TestEveryCodeOfAProblemHasASentence(t *testing.T) {
	t.Parallel()
	want := []string{
		schemas.CodeMalformed, schemas.CodeDuplicateKey, schemas.CodeDepth, schemas.CodeNumber, schemas.CodeTooLarge, schemas.CodeGrammar,
		schemas.CodeUnknownType, schemas.CodeUnexpected, schemas.CodeMismatch, schemas.CodeTime, schemas.CodeSource, schemas.CodeAsk,
	}
	asserted := strings.Fields("required enum const type additionalProperties pattern format not minLength maxLength minItems maxItems uniqueItems minProperties maxProperties minimum maximum")
	for _, code := range append(want, asserted...) {
		if !slices.Contains(codes("problem"), code) {
			t.Errorf("no sentence for %s", code)
		}
	}
}
