package schemas_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saphan-project/saphan/schemas"
)

func TestMissingAsksForWhatTheReceiverNeeds(t *testing.T) {
	t.Parallel()
	least := []string{
		"/sections/offer/call_back", "/sections/offer/employer_knows", "/sections/offer/language",
		"/sections/offer/person_knows", "/sections/offer/pursuit_risk", "/sections/offer/still_in_situation",
	}
	for name, tc := range map[string]struct {
		section, plaintext string
		want               []string
	}{
		"the least that may be filed": {"offer", `{"sex":"male","age_band":"18-24","urgent_medical":"no"}`, least},
		"unknown is asked for": {"offer", `{"sex":"unknown","age_band":"unknown","urgent_medical":"unknown","language":"unknown",
			"employer_knows":"unknown","person_knows":"no","pursuit_risk":"yes","still_in_situation":"no","call_back":"1300"}`,
			[]string{
				"/sections/offer/age_band", "/sections/offer/employer_knows", "/sections/offer/language",
				"/sections/offer/sex", "/sections/offer/urgent_medical",
			}},
		"all is said": {"offer", `{"sex":"male","age_band":"18-24","urgent_medical":"no","language":"my",
			"employer_knows":"no","person_knows":"yes","pursuit_risk":"no","still_in_situation":"no","call_back":"1300"}`, nil},
		"nobody knows whether it is safe": {"contact", `{"safe":"unknown"}`, []string{
			"/sections/contact/holder", "/sections/contact/how", "/sections/contact/safe",
		}},
		"a set of one unknown": {"health", `{"urgent":["unknown"],"contagious":"no","doctor_seen":"no"}`, []string{
			"/sections/health/may_tell", "/sections/health/urgent",
		}},
		"not_asked is not unknown":  {"health", `{"urgent":["none"],"contagious":"no","doctor_seen":"no","may_tell":["not_asked"]}`, nil},
		"a name is never asked for": {"identity", `{"sex":"unknown"}`, nil},
		"nor is nationality":        {"status", `{"migration":"unknown"}`, nil},
		"unreadable":                {"contact", `[`, []string{"/sections/contact"}},
		"null":                      {"contact", `null`, []string{"/sections/contact"}},
		"no such section":           {"invented", `{}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantAsked(t, schemas.Missing(tc.section, []byte(tc.plaintext)), tc.want)
		})
	}
}

func TestMissingSectionIsOneQuestion(t *testing.T) {
	t.Parallel()
	for _, section := range schemas.Sections() {
		wantAsked(t, schemas.Missing(section, nil), []string{"/sections/" + section})
	}
	wantAsked(t, schemas.Missing("invented", nil), nil)
}

// A question may stand only where Missing looks, and where the schema lets
// somebody leave it open: absent, or answered with unknown.
func TestQuestionsMayStayOpen(t *testing.T) {
	t.Parallel()
	for _, path := range schemaFiles(t) {
		marked := 0
		for _, n := range nodes(t, path) {
			if n.part["x-ask"] != nil {
				marked++
			}
		}
		raw := readFileJSON(t, path)
		properties, _ := raw["properties"].(map[string]any)
		for name, p := range properties {
			property, _ := p.(map[string]any)
			if property["x-ask"] == nil {
				continue
			}
			marked--
			closed := property["enum"] != nil && !slices.Contains(strs(property["enum"]), "unknown")
			if property["x-ask"] != true || slices.Contains(strs(raw["required"]), name) && closed {
				t.Errorf("%s: %s cannot be left open", path, name)
			}
		}
		if marked != 0 || properties == nil && path != "common.json" {
			t.Errorf("%s: %d questions lie deeper than Missing looks", path, marked)
		}
	}
}

func TestAskIsNoReproach(t *testing.T) {
	t.Parallel()
	const want = "Not known yet; the receiver will need it. Send it when you know."
	for _, p := range schemas.Missing("offer", nil) {
		if got := schemas.Sentence(p, "en"); got != want || p.Malformed() {
			t.Errorf("says %q, malformed %v", got, p.Malformed())
		}
	}
}

func readFileJSON(t testing.TB, path string) map[string]any {
	t.Helper()
	var v map[string]any
	readFile(t, path, &v)
	return v
}

func wantAsked(t *testing.T, got []schemas.Problem, want []string) {
	t.Helper()
	var pointers []string
	for _, p := range got {
		if p.Code != schemas.CodeAsk {
			t.Errorf("%s has the code %s", p.Pointer, p.Code)
		}
		pointers = append(pointers, p.Pointer)
	}
	if diff := cmp.Diff(want, pointers); diff != "" {
		t.Errorf("asked for (-want +got):\n%s", diff)
	}
}
