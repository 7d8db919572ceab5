package schemas_test

import (
	"testing"

	"github.com/saphan-project/saphan/schemas"
)

// What one fact says may ask for another one, or leave it no place.
func TestFactsThatGoTogether(t *testing.T) {
	t.Parallel()
	const (
		id    = `"a85f144560e468371b13b1a302e18dfa"`
		event = `"01a20647-3660-7881-80bf-0c9328c9e8bd"`
		offer = `"referral":` + id + `,"offer":` + event
	)
	for name, tc := range map[string]struct {
		typ, data string
		want      []string
	}{
		"speaks for itself":           {"referral.accepted", `{` + offer + `}`, nil},
		"recorded for another":        {"referral.accepted", `{` + offer + `,"on_behalf_of":"shelter-x","channel":"phone"}`, nil},
		"recorded, but not how":       {"referral.accepted", `{` + offer + `,"on_behalf_of":"shelter-x"}`, []string{"/data/channel required"}},
		"by radio, but not whose":     {"referral.accepted", `{` + offer + `,"channel":"radio"}`, []string{"/data/on_behalf_of required"}},
		"recorded for the hub":        {"referral.received", `{` + offer + `,"on_behalf_of":"hub","channel":"phone"}`, []string{"/data/on_behalf_of not"}},
		"routing answers for nobody":  {"referral.lapsed", `{` + offer + `,"on_behalf_of":"shelter-x","channel":"phone"}`, []string{"/data additionalProperties"}},
		"a visit opens no case":       {"tip.triaged", `{"tip":` + event + `,"outcome":"visit","case":` + id + `}`, []string{"/data maxProperties"}},
		"a visit":                     {"tip.triaged", `{"tip":` + event + `,"outcome":"visit"}`, nil},
		"a case nobody may learn of":  {"tip.triaged", `{"tip":` + event + `,"outcome":"joined"}`, nil},
		"look again later, and why":   {"screening.decided", `{"screening":` + event + `,"decision":"monitor","reason":"person_decided"}`, nil},
		"nothing now, and no reason":  {"screening.decided", `{"screening":` + event + `,"decision":"no_action"}`, []string{"/data/reason required"}},
		"referring needs no reason":   {"screening.decided", `{"screening":` + event + `,"decision":"refer"}`, nil},
		"a milestone names a kind":    {"case.milestone", `{"milestone":"support_arranged"}`, []string{"/data/kind required"}},
		"closed by nobody in special": {"case.milestone", `{"milestone":"closed","kind":"ngo"}`, []string{"/data maxProperties"}},
		"closed":                      {"case.milestone", `{"milestone":"closed"}`, nil},
		"on hold without an end":      {"referral.held", `{"referral":` + id + `,"reason":"other"}`, []string{"/data/review_by required"}},
		"keeps nobody out":            {"case.restricted", `{"exclude":[]}`, []string{"/data/exclude minItems"}},
		"keeps one out twice":         {"case.restricted", `{"exclude":["a-b","a-b"]}`, []string{"/data/exclude uniqueItems"}},
		"nothing found stands alone": {
			"finding.amended",
			`{"finding":` + event + `,"violations":["threat","none_found"],"area":{"kind":"at_sea"},"sector":"A","month":"2026-11","people":"1"}`,
			[]string{"/data/violations maxItems"},
		},
		"content for a new lead": {"content.shared", `{"to":"labour-x"}`, nil},
		"confirmed, or not": {
			"referral.confirmed", `{"referral":` + id + `,"answer":` + event + `,"correct":"unknown"}`, []string{"/data/correct enum"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantProblems(t, schemas.CheckData(tc.typ, []byte(tc.data)), tc.want...)
		})
	}
}
