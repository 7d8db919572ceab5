package httpapi_test

import (
	"strings"
	"testing"
)

// What a verb does not take is told by our names alone, whatever was sent.
func TestWhatDoesNotFitAVerbIsPointedAt(t *testing.T) {
	t.Parallel()
	w := start(t)
	decline, batch := "/v1/referrals/"+referral+"/decline", "/v1/batches/"+caseID+"/accept"
	about, open := "/v1/cases/"+caseID+"/close", "/v1/cases/"+caseID+"/open"
	for name, tc := range map[string]struct {
		path, body string
		status     int
		want       []string
	}{
		"unknown":           {decline, `{"` + canary + `":1}`, 400, []string{`"pointer":"","code":"unexpected"`, "none of: case, event, offer, reason, suggests, text, person_told, real_reason, on_behalf_of, channel, cases."}},
		"another's case":    {about, `{"` + canary + `":1}`, 400, []string{`"pointer":"","code":"unexpected"`, "reason, "}},
		"of a batch":        {batch, `{"` + canary + `":{}}`, 400, []string{`"pointer":"","code":"unexpected"`, "on_behalf_of, channel, cases."}},
		"opening":           {open, `{"` + canary + `":1}`, 400, []string{`"pointer":"","code":"unexpected"`, "none of: event, section, purpose."}},
		"deep":              {"/v1/route", `{"asked":{"` + canary + `":1}}`, 400, []string{`"pointer":"/asked","code":"unexpected"`, "referral, service, "}},
		"no verb":           {"/v1/referrals/" + referral + "/" + "dance", `{"` + canary + `":1}`, 400, []string{"none of: case, event, offer, reason, "}},
		"number for text":   {decline, `{"reason":1,"text":"` + canary + `"}`, 422, []string{`"pointer":"/reason","code":"type"`, "Give another kind of value here"}},
		"text for a list":   {decline, `{"outcome":"` + canary + `"}`, 422, []string{`"pointer":"/outcome","code":"type"`}},
		"in a list":         {decline, `{"outcome":["a",{"` + canary + `":1}]}`, 422, []string{`"pointer":"/outcome/1","code":"type"`}},
		"list for sections": {about, `{"sections":["` + canary + `"]}`, 422, []string{`"pointer":"/sections","code":"type"`}},
		"no instant":        {"/v1/route", `{"at":"` + canary + `"}`, 422, []string{`"pointer":"/at","code":"format"`, "2026-11-23T02:41:00Z"}},
		"broken":            {decline, `{"reason":1,"text":"` + canary, 400, []string{`"pointer":"","code":"malformed"`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := w.send(t, ask{"POST", tc.path, tc.body, asJSON})
			if got.status != tc.status || strings.Contains(got.body, canary) {
				t.Errorf("status %d %s", got.status, got.body)
			}
			for _, want := range tc.want {
				if !strings.Contains(got.body, want) {
					t.Errorf("no %q in %s", want, got.body)
				}
			}
		})
	}
}
