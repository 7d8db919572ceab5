package main

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/saphan-project/saphan/adapters/deskclient"
	"github.com/saphan-project/saphan/adapters/httpapi"
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/desk"
	"github.com/saphan-project/saphan/services/webhook"
)

// wordFor is what a person could say with each field of a verb.
var wordFor = map[string]any{
	"reason": "other", "suggests": sampleRiverside, "answer_by": "2026-11-24T05:00:00Z", "review_by": "2026-12-01T05:00:00Z",
	"to": sampleHarbour, "exclude": []string{sampleRiverside}, "relation": "family", "with": storyCase, "lead": sampleLabour,
	"decision": "monitor", "triage": "visit", "stage": "clue", "status": "presumed", "correct": "yes", "answer": "same",
	"person_told": "yes", "result": "helped", "outcome": []string{"identified"},
}

// saying is the least that a verb takes.
func saying(v desk.Verb) string {
	said := make(map[string]any)
	for _, name := range v.Needs {
		said[name] = wordFor[name]
	}
	raw, _ := json.Marshal(said)
	return string(raw)
}

// knocks are requests that name something by its id, with the least that a body must
// say.
func knocks() map[string]string {
	all := map[string]string{
		"GET /v1/cases/{case}": "", "GET /v1/cases/{reference}": "", "GET /v1/cases/{case}/trace": "", "GET /v1/cases/{reference}/trace": "",
		"GET /v1/cases/{case}/events/{event}": "", "GET /v1/cases/{reference}/events/{event}": "", "GET /v1/cases/{inspection}/events/{visit}": "",
		"GET /v1/receipts/{event}": "", "POST /v1/outbox/{event}/retry": "", "POST /v1/outbox/{event}/discard": "",
		"POST /v1/cases/{case}/open":      `{"section":"identity","purpose":"protect"}`,
		"POST /v1/cases/{reference}/open": `{"section":"offer","purpose":"decide"}`,
		"POST /v1/tokens/{token}/revoke":  "",
		"GET /v1/webhooks/{webhook}":      "", "GET /v1/webhooks/{webhook}/deliveries": "",
		"POST /v1/webhooks/{webhook}/deliveries/retry": `{"state":"failed"}`,
		"POST /v1/webhooks/{webhook}/deliveries/skip":  `{"event":"` + cliEvent + `"}`,
	}
	for verb, said := range map[string]string{
		"verify": "", "pause": "", "resume": "", "remove": "", "rotate": "", "test": `{"type":"referral.offered"}`,
		"replay": `{"since":"2026-11-23T00:00:00Z"}`,
	} {
		all["POST /v1/webhooks/{webhook}/"+verb] = said
	}
	for _, v := range desk.Verbs() {
		all["POST /v1/referrals/{referral}/"+v.Name] = saying(v)
		all["POST /v1/batches/{batch}/"+v.Name] = saying(v)
	}
	for _, v := range desk.CaseVerbs() {
		all["POST /v1/cases/{case}/"+v.Name] = saying(v)
		all["POST /v1/cases/{reference}/"+v.Name] = saying(v)
		all["POST /v1/batches/{batch}/"+v.Name] = saying(v)
	}
	return all
}

// Every route of a desk that names something is knocked at.
func TestEveryIDIsKnockedAt(t *testing.T) {
	t.Parallel()
	var document struct {
		Paths map[string]map[string]struct{ Security []map[string][]string }
	}
	if err := json.Unmarshal(httpapi.OpenAPI(""), &document); err != nil {
		t.Fatal(err)
	}
	quoted := regexp.MustCompile(`\\\{[a-z]+\\\}`)
	for path, methods := range document.Paths {
		for method, op := range methods {
			if !strings.Contains(path, "{") || len(op.Security) == 0 || slices.Contains(op.Security[0]["bearer"], string(services.MayOperate)) {
				continue
			}
			route := strings.ToUpper(method) + " " + path
			like := regexp.MustCompile("^" + quoted.ReplaceAllString(regexp.QuoteMeta(route), `[^/]+`) + "$")
			if !slices.ContainsFunc(slices.Collect(maps.Keys(knocks())), like.MatchString) {
				t.Errorf("nobody knocks at %s", route)
			}
		}
	}
}

// Group 71: an agency that names what belongs to others is told the same, word for
// word, as one that names what is not there; and nothing is filed.
func TestBadInputOfOthers(t *testing.T) {
	t.Parallel()
	w := startWhole(t, func(w *world) { w.loopback = true })
	w.until(t, "10:06")
	owner := w.desks[sampleLabour]
	made, err := owner.AddToken(within(t), desk.TokenInput{Scopes: services.DeskScopes()})
	if err != nil {
		t.Fatal(err)
	}
	receiver := httptest.NewServer(http.NotFoundHandler())
	defer receiver.Close()
	hook, err := owner.AddWebhook(within(t), webhook.EndpointInput{URL: receiver.URL, Types: []string{"referral.*"}})
	if err != nil {
		t.Fatal(err)
	}
	w.filed(t, cliBatch, nil)
	w.rest(t)
	theirs := map[string]string{
		"case": w.caseID(), "reference": schemas.Reference(w.caseID()), "event": w.requestID(), "referral": w.referralID(),
		"token": made.ID, "inspection": w.field(0, func(e exampleEvent) string { return e.Subject }),
		"visit": w.field(0, func(e exampleEvent) string { return e.ID }), "batch": cliBatch, "webhook": hook.ID,
	}
	absent := map[string]string{
		"case": storySituation, "reference": schemas.Reference(storySituation), "event": cliEvent, "referral": cliReferral,
		"token": "000000000000", "inspection": cliReferral, "visit": cliEvent, "batch": storySituation, "webhook": "0000000000000000",
	}
	before := w.length(t)
	for knock, body := range knocks() {
		t.Run("group 71/"+knock, func(t *testing.T) {
			if strings.HasPrefix(knock, "GET") { // there is something to be seen, or the test asks for nothing
				if status, got := w.knock(t, sampleLabour, knock, body, theirs); status != http.StatusOK {
					t.Errorf("the owner: %d %s", status, got)
				}
			}
			status, got := w.knock(t, samplePolice, knock, body, theirs)
			other, want := w.knock(t, samplePolice, knock, body, absent)
			if status != http.StatusNotFound || other != status || got != want {
				t.Errorf("%d %s, and of what is not there %d %s", status, got, other, want)
			}
		})
	}
	if after := w.length(t); after != before {
		t.Errorf("%d events were filed", after-before)
	}
	if _, err := deskclient.New(deskclient.DeskFile{URL: w.site.URL, Agency: sampleLabour, Token: made.Secret}).Inbox(within(t)); err != nil {
		t.Errorf("the owner's token: %v", err)
	}
}

// knock sends a request with an agency's token, and returns the answer.
func (w *whole) knock(t *testing.T, agency, request, body string, ids map[string]string) (int, string) {
	t.Helper()
	file, err := deskclient.Load(filepath.Join(deskDir(w.dir, agency), "desk.json"))
	if err != nil {
		t.Fatal(err)
	}
	method, path, _ := strings.Cut(request, " ")
	for name, id := range ids {
		path = strings.ReplaceAll(path, "{"+name+"}", id)
	}
	req, err := http.NewRequestWithContext(within(t), method, file.URL+path, bytes.NewReader([]byte(body)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+file.Token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(raw)
}
