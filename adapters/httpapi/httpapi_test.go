package httpapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"github.com/saphan-project/saphan/adapters/httpapi"
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/desk"
)

// good is a request, and what comes of it.
type good struct {
	ask
	status int
	needs  services.TokenScope // empty: public
	want   string              // part of the body
}

// everyRoute is one good request for each route, the operator's with his token.
var everyRoute = append([]good{
	{ask{"POST", "/v1/events", visit(eventID), asEvent}, 201, services.MayFile, `"sha256"`},
	{ask{"GET", "/v1/receipts/" + eventID, "", nil}, 200, services.MayRead, `"sha256"`},
	{ask{"GET", "/v1/inbox", "", nil}, 200, services.MayRead, `{"items":[]}`},
	{ask{"POST", "/v1/outbox/" + eventID + "/retry", "", nil}, 201, services.MayFile, eventID},
	{ask{"POST", "/v1/outbox/" + eventID + "/discard", "", nil}, 200, services.MayFile, `{}`},
	{ask{"GET", "/v1/cases", "", nil}, 200, services.MayRead, `"lead":"shelter-harbour"`},
	{ask{"GET", "/v1/cases/" + caseID, "", nil}, 200, services.MayRead, caseID},
	{ask{"GET", "/v1/cases/" + schemas.Reference(caseID), "", nil}, 200, services.MayRead, caseID},
	{ask{"GET", "/v1/cases/" + schemas.Reference(caseID) + "/trace", "", nil}, 200, services.MayRead, `"steps":[{"event":`},
	{ask{"GET", "/v1/cases/" + caseID + "/events/" + eventID, "", nil}, 200, services.MayRead, `"specversion":"1.0"`},
	{ask{"POST", "/v1/cases/" + caseID + "/open", `{"section":"offer","purpose":"decide"}`, asJSON}, 200, services.MayOpen, `"text":"Yes."`},
	{ask{"POST", "/v1/referrals/" + referral + "/accept", "", nil}, 201, services.MayFile, eventID},
	{ask{"POST", "/v1/cases/" + caseID + "/close", `{"reason":"settled","person_told":"yes"}`, asJSON}, 201, services.MayFile, `"questions":[{`},
	{ask{"POST", "/v1/batches/" + batchID + "/accept", "", nil}, 207, services.MayFile, `"batch":"` + batchID + `"`},
	{ask{"GET", "/v1/agencies", "", nil}, 200, services.MayRead, `"agency":"labour-samutsakhon"`},
	{ask{"POST", "/v1/route", `{"asked":{"service":"shelter","area":{"kind":"at_sea"},"age_class":"adult"},"at":"2026-11-23T16:00:00Z"}`, asJSON},
		200, services.MayRead, `{"at":"2026-11-23T16:00:00Z","candidates":[{"agency":"shelter-harbour","why":["named"],"duty":true}],"unfit":[`},
	{ask{"GET", "/v1/tokens", "", nil}, 200, services.MayManage, `{"tokens":[{"id":"` + tokenID},
	{ask{"POST", "/v1/tokens", `{"scopes":["read"],"expires":"24h","note":"case system"}`, asJSON}, 201, services.MayManage, `"token":"secret"`},
	{ask{"POST", "/v1/tokens/" + tokenID + "/revoke", "", nil}, 200, services.MayManage, `"revoked":`},
	{ask{"POST", "/v1/webhooks", `{"url":"https://hook.example.org","types":["referral.*"],"full":true}`, asJSON}, 201, services.MayManage, `"secret":"whsec_`},
	{ask{"GET", "/v1/webhooks", "", nil}, 200, services.MayManage, `{"webhooks":[{"id":"` + hookID},
	{ask{"GET", "/v1/webhooks/" + hookID, "", nil}, 200, services.MayManage, `"deliveries":{"waiting":3}`},
	{ask{"POST", "/v1/webhooks/" + hookID + "/verify", "", nil}, 200, services.MayManage, `"outcome":{"code":"ok","status":200}`},
	{ask{"POST", "/v1/webhooks/" + hookID + "/pause", "", nil}, 200, services.MayManage, `"state":"paused","reason":"by_person"`},
	{ask{"POST", "/v1/webhooks/" + hookID + "/resume", "", nil}, 200, services.MayManage, `"state":"active"`},
	{ask{"POST", "/v1/webhooks/" + hookID + "/rotate", `{"overlap":0}`, asJSON}, 200, services.MayManage, `"secret":"whsec_`},
	{ask{"POST", "/v1/webhooks/" + hookID + "/remove", "", nil}, 200, services.MayManage, `"state":"disabled"`},
	{ask{"POST", "/v1/webhooks/" + hookID + "/test", `{"type":"referral.offered"}`, asJSON}, 200, services.MayManage, `"outcome":{"code":"refused","status":500}`},
	{ask{"POST", "/v1/webhooks/" + hookID + "/replay", `{"since":"2026-11-23T02:41:00Z"}`, asJSON}, 200, services.MayManage, `{"count":7}`},
	{ask{"GET", "/v1/webhooks/" + hookID + "/deliveries?state=failed&type=referral.offered&before=9&limit=5", "", nil}, 200, services.MayManage, `{"deliveries":[{"place":8,"event":"` + eventID},
	{ask{"POST", "/v1/webhooks/" + hookID + "/deliveries/retry", `{"event":"` + eventID + `"}`, asJSON}, 200, services.MayManage, `{"count":1}`},
	{ask{"POST", "/v1/webhooks/" + hookID + "/deliveries/skip", `{"event":"` + eventID + `"}`, asJSON}, 200, services.MayManage, `{"count":1}`},
	{ask{"GET", "/v1/schemas", "", nil}, 200, "", `"name":"referral.accepted"`},
	{ask{"GET", "/v1/schemas/referral.accepted", "", nil}, 200, "", `"$schema"`},
	{ask{"GET", "/v1/openapi.json", "", nil}, 200, "", `"operationId"`},
	{ask{"GET", "/v1/asyncapi.json", "", nil}, 200, "", `"of the bus, for test"`},
	{ask{"GET", "/livez", "", nil}, 200, "", `{"status":"ok"}`},
	{ask{"GET", "/readyz", "", nil}, 200, "", `{"status":"ok"}`},
	{ask{"GET", "/metrics", "", nil}, 200, services.MayRead, "of:" + harbour},
	{ask{"GET", "/v1/operator/metrics", "", map[string]string{"Authorization": "Bearer operator"}}, 200, services.MayOperate, "of:"},
	{ask{"GET", "/version", "", nil}, 200, "", `{"version":"test"}`},
}, operatorsRoutes()...)

func TestEveryRouteAnswers(t *testing.T) {
	t.Parallel()
	w := start(t)
	for _, row := range everyRoute {
		got := w.send(t, row.ask)
		if got.status != row.status || !strings.Contains(got.body, row.want) {
			t.Errorf("%s %s: %d %s, want %d with %s", row.method, row.path, got.status, got.body, row.status, row.want)
		}
		if got.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s %s may be cached", row.method, row.path)
		}
		if got.header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s %s allows other origins", row.method, row.path)
		}
	}
}

func TestWithoutAValidTokenEveryAnswerIsTheSame(t *testing.T) {
	t.Parallel()
	w := start(t)
	seen := make(map[string]bool)
	for _, row := range everyRoute {
		for _, auth := range []string{"", "Bearer", "Bearer ", "Bearer wrong", "Basic " + harbour, harbour} {
			a := row.ask
			a.header = and(a.header, "Authorization", auth)
			got := w.send(t, a)
			if row.needs == "" {
				if got.status != row.status {
					t.Errorf("%s needs a token", row.path)
				}
				continue
			}
			if got.status != 401 || got.header.Get("WWW-Authenticate") == "" {
				t.Errorf("%s with %q: %d", row.path, auth, got.status)
			}
			seen[got.body] = true
		}
	}
	if len(seen) != 1 {
		t.Errorf("answers differ: %v", seen)
	}
	if w.harbour.filed != nil {
		t.Error("something was filed")
	}
}

func TestReadyIsWhatItIsToldToBe(t *testing.T) {
	t.Parallel()
	for want, err := range map[int]error{200: nil, 503: errors.New(canary)} {
		handler := httpapi.New(httpapi.Config{Log: zerolog.Nop(), Now: time.Now, Ready: func(context.Context) error { return err }})
		got := httptest.NewRecorder()
		handler.ServeHTTP(got, httptest.NewRequest("GET", "/readyz", nil))
		if got.Code != want || strings.Contains(got.Body.String(), canary) {
			t.Errorf("%d %s, want %d", got.Code, got.Body, want)
		}
	}
}

func TestTheTokenNamesTheDesk(t *testing.T) {
	t.Parallel()
	w := start(t)
	got := w.send(t, ask{"GET", "/v1/cases", "", map[string]string{"Authorization": "Bearer " + labour, "X-Agency": harbour}})
	if !strings.Contains(got.body, `"lead":"labour-samutsakhon"`) {
		t.Errorf("got %s", got.body)
	}
}

func TestRefusalsAreProblemDocuments(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		err    *services.Error
		status int
		typ    string
	}{
		{services.Refuse(services.Forbidden, "author"), 403, "urn:saphan:problem:forbidden:author"},
		{services.RefuseIn("accepted", "offer_closed"), 409, "urn:saphan:problem:conflict:offer_closed"},
		{services.Refuse(services.Later, services.CodeBusAway), 503, "urn:saphan:problem:later:bus_away"},
		{services.Refuse(services.Internal, "bug"), 500, "urn:saphan:problem:internal:bug"},
		{
			services.RefuseInput(schemas.Problems{{Pointer: "/reason", Code: "enum", List: "neutral_reason"}}),
			422, "urn:saphan:problem:invalid:schema",
		},
	} {
		w := start(t)
		w.harbour.err = row.err
		got := w.send(t, ask{"POST", "/v1/referrals/" + referral + "/decline", "", nil})
		var p struct {
			Type, Title, Detail, State string
			Status                     int
			Problems                   []struct{ Pointer, Code, Detail string }
		}
		if err := json.Unmarshal([]byte(got.body), &p); err != nil {
			t.Fatal(err)
		}
		if got.status != row.status || p.Status != row.status || p.Type != row.typ || p.Title == "" || p.State != row.err.State {
			t.Errorf("%v: %d %+v", row.err, got.status, p)
		}
		if len(p.Problems) != len(row.err.Problems) || len(p.Problems) > 0 && !strings.Contains(p.Problems[0].Detail, "cannot_take") {
			t.Errorf("%v: problems %+v", row.err, p.Problems)
		}
		if got.header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%v: %s", row.err, got.header.Get("Content-Type"))
		}
		if later := got.header.Get("Retry-After") != ""; later != (row.err.Kind == services.Later) {
			t.Errorf("%v: Retry-After is %v", row.err, later)
		}
	}
}

func TestProblemsSpeakTheLanguageOfTheReader(t *testing.T) {
	t.Parallel()
	w := start(t)
	for accept, thai := range map[string]bool{
		"": false, "th": true, "th-TH,th;q=0.9,en;q=0.8": true, "en, th;q=0.5": false, "th;q=0.1, en;q=0.2": false,
		"de, th;q=0.3": true, "fr": false, "th;q=nonsense": false,
	} {
		got := w.send(t, ask{"GET", "/v1/cases/absent", "", map[string]string{"Accept-Language": accept}})
		if is := strings.Contains(got.body, "หน่วยงาน"); is != thai {
			t.Errorf("%q: Thai is %v, want %v", accept, is, thai)
		}
	}
}

func TestAbsentAndForbiddenAreTheSameBytes(t *testing.T) {
	t.Parallel()
	w := start(t)
	want := w.send(t, ask{"GET", "/v1/cases/" + strings.Repeat("a", 32), "", nil})
	if want.status != 404 {
		t.Fatalf("status %d", want.status)
	}
	same := []ask{
		{"GET", "/v1/cases/K7QM-3F9X-S", "", nil},
		{"GET", "/v1/cases/a.*", "", nil},
		{"GET", "/v1/cases/%00", "", nil},
		{"GET", "/v1/cases/%2e%2e%2fcases", "", nil},
		{"GET", "/v1/cases/absent/trace", "", nil},
		{"GET", "/v1/receipts/" + otherID, "", nil},
		{"GET", "/v1/schemas/absent", "", nil},
		{"POST", "/v1/outbox/" + eventID + "/forget", "", nil},
		{"GET", "/absent", "", nil},
	}
	for _, a := range same {
		if got := w.send(t, a); got.status != 404 || got.body != want.body {
			t.Errorf("%s: %d %s", a.path, got.status, got.body)
		}
	}
	w.harbour.err = services.Refuse(services.Unknown, "verb")
	for _, path := range []string{"/v1/referrals/" + referral + "/dance", "/v1/cases/" + caseID + "/open"} {
		if got := w.send(t, ask{"POST", path, "", nil}); got.body != want.body {
			t.Errorf("%s: %s", path, got.body)
		}
	}
}

func TestAnotherMethodIsToldWhichOnesThereAre(t *testing.T) {
	t.Parallel()
	w := start(t)
	for path, allow := range map[string]string{"/v1/events": "POST", "/v1/inbox": "GET, HEAD", "/livez": "GET, HEAD"} {
		got := w.send(t, ask{"PUT", path, "", nil})
		if got.status != 405 || got.header.Get("Allow") != allow || !strings.Contains(got.body, "invalid:method") {
			t.Errorf("%s: %d, Allow %q, %s", path, got.status, got.header.Get("Allow"), got.body)
		}
	}
}

// Whoever meets a refusal of the API itself reads what to do about it.
func TestRefusalsOfTheAPIHaveADetail(t *testing.T) {
	t.Parallel()
	w := start(t)
	path := "/v1/referrals/" + referral + "/accept"
	for code, a := range map[string]ask{
		"method": {"PUT", "/v1/events", "", nil}, "media_type": {"POST", path, "{}", nil},
		"cross_origin": {"POST", path, "", map[string]string{"Sec-Fetch-Site": "cross-site"}},
		"token":        {"GET", "/v1/inbox", "", map[string]string{"Authorization": "Basic eA=="}},
		"panic":        {"POST", "/v1/referrals/" + referral + "/panic", "", nil},
	} {
		for _, lang := range []string{"en", "th"} {
			a.header = and(a.header, "Accept-Language", lang)
			got := w.send(t, a)
			var p struct{ Type, Detail string }
			if err := json.Unmarshal([]byte(got.body), &p); err != nil {
				t.Fatal(err)
			}
			if words := schemas.Refusal(code, lang); !strings.HasSuffix(p.Type, ":"+code) || words == "" || p.Detail != words {
				t.Errorf("%s in %s: %+v", code, lang, p)
			}
		}
	}
}

func TestWhatAPersonSaysIsReadStrictly(t *testing.T) {
	t.Parallel()
	w := start(t)
	path := "/v1/referrals/" + referral + "/decline"
	said := `{"case":"` + caseID + `","reason":"cannot_take","text":"` + canary + `"}`
	if got := w.send(t, ask{"POST", path, said, asJSON}); got.status != 201 {
		t.Fatalf("status %d %s", got.status, got.body)
	}
	if want := (desk.ActInput{Case: caseID, Reason: "cannot_take", Text: canary}); !cmp.Equal(w.harbour.acted, want) {
		t.Errorf("got %+v", w.harbour.acted)
	}
	for body, status := range map[string]int{
		`{"reason":"a","reason":"b"}`: 400, `{"Reason":"a"}`: 400, `{"reasons":"a"}`: 400, `{} {}`: 400, `{}x`: 400,
		`null`: 400, `[]`: 400, `"a"`: 400, `{"reason":1}`: 422, "{\"reason\":\"\xff\"}": 400, ` `: 400,
	} {
		if got := w.send(t, ask{"POST", path, body, asJSON}); got.status != status {
			t.Errorf("%s: %d", body, got.status)
		}
	}
	if got := w.send(t, ask{"POST", path, `{}`, nil}); got.status != 415 {
		t.Errorf("without a content type: %d", got.status)
	}
}

func TestOpeningTakesTheCaseFromThePath(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.send(t, ask{"POST", "/v1/cases/" + caseID + "/open", `{"event":"` + eventID + `","section":"offer","purpose":"decide"}`, asJSON})
	if want := (desk.OpenInput{Case: caseID, Event: eventID, Section: "offer", Purpose: "decide"}); w.harbour.opened != want {
		t.Errorf("got %+v", w.harbour.opened)
	}
	if got := w.send(t, ask{"POST", "/v1/cases/" + caseID + "/open", `{"case":"x"}`, asJSON}); got.status != 400 {
		t.Errorf("case in the body: %d", got.status)
	}
}

func TestABrowserOnAnotherSiteIsRefused(t *testing.T) {
	t.Parallel()
	w := start(t)
	path := "/v1/referrals/" + referral + "/accept"
	for _, header := range []map[string]string{
		{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://elsewhere.example"},
	} {
		got := w.send(t, ask{"POST", path, "", header})
		if got.status != 403 || !strings.Contains(got.body, "forbidden:cross_origin") {
			t.Errorf("%v: %d %s", header, got.status, got.body)
		}
	}
	if got := w.send(t, ask{"POST", path, "", map[string]string{"Sec-Fetch-Site": "same-origin"}}); got.status != 201 {
		t.Errorf("same origin: %d", got.status)
	}
}

func TestAPanicIsOneRequestsOwn(t *testing.T) {
	t.Parallel()
	w := start(t)
	got := w.send(t, ask{"POST", "/v1/referrals/" + referral + "/panic", "", nil})
	if got.status != 500 || strings.Contains(got.body, canary) {
		t.Errorf("%d %s", got.status, got.body)
	}
	if got := w.send(t, ask{"GET", "/v1/inbox", "", nil}); got.status != 200 {
		t.Errorf("afterwards: %d", got.status)
	}
	if strings.Contains(w.logged(), canary) {
		t.Error("the panic's value is in the log")
	}
}

// What is counted of a request is words of our own, as in the log.
func TestWhatIsObservedIsRoutesNotRequests(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var seen []string
	open := 0
	w := startWith(t, func(c *httpapi.Config) {
		c.Observe = func(_ context.Context, r httpapi.Request) {
			mu.Lock()
			defer mu.Unlock()
			seen = append(seen, fmt.Sprintf("%s %s %d %s %s", r.Method, r.Route, r.Status, r.Agency, services.KindOf(r.Err)))
		}
		c.Streaming = func(_ context.Context, agency string, change int64) {
			mu.Lock()
			defer mu.Unlock()
			open += int(change)
			seen = append(seen, fmt.Sprint("streams of ", agency, ": ", open))
		}
	})
	w.send(t, ask{"GET", "/v1/cases/" + caseID, "", nil})
	w.send(t, ask{"SECRET", "/v1/cases/" + caseID, "", nil})
	w.send(t, ask{"GET", "/v1/inbox?" + canary[:8], "", map[string]string{"Authorization": "Bearer " + caseID}})
	f := w.follow(t, "", "")
	f.expect(t, first("0"))
	_ = f.Body.Close()
	w.server.Close() // waits for what is still to be told
	want := []string{
		"GET GET /v1/cases/{case} 200 shelter-harbour ", "other / 405  ", "GET GET /v1/inbox 401  unauthorized",
		"streams of shelter-harbour: 1", "streams of shelter-harbour: 0", "GET GET /v1/stream 200 shelter-harbour ",
	}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("seen (-want +got):\n%s", diff)
	}
}

func TestTheLogKnowsRoutesNotRequests(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.send(t, ask{"GET", "/v1/cases/" + caseID + "?secret=query", "", map[string]string{"X-Secret": "header"}})
	w.send(t, ask{"POST", "/v1/referrals/" + referral + "/decline", `{"text":"` + canary + `","wrong":1}`, asJSON})
	w.send(t, ask{"GET", "/lost/" + caseID, "", nil})
	w.send(t, ask{"SECRET", "/v1/inbox", "", nil})
	log := w.logged()
	for _, secret := range []string{caseID, referral, "query", "header", canary, "Bearer", "SECRET", "lost"} {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds %q:\n%s", secret, log)
		}
	}
	for _, want := range []string{
		`"method":"GET","route":"GET /v1/cases/{case}","status":200,"took":0,"desk":"shelter-harbour"`,
		`"kind":"invalid","code":"malformed","method":"POST","route":"POST /v1/referrals/{referral}/{verb}","status":400`,
	} {
		if !strings.Contains(log, want) {
			t.Errorf("the log has no %s:\n%s", want, log)
		}
	}
}
