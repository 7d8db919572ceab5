package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/saphan-project/saphan/adapters/httpapi"
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
	"github.com/saphan-project/saphan/services/desk"
)

const (
	harbour = "shelter-harbour"
	labour  = "labour-samutsakhon"

	caseID   = "4bf92f3577b34da6a3ce929d0e0e4736"
	referral = "5bf92f3577b34da6a3ce929d0e0e4736"
	eventID  = "0190163d-8694-739b-aea5-966c26f8ad91"
	otherID  = "0190163d-8694-739b-aea5-966c26f8ad92"
	tokenID  = "3f9a01c2d4e5"
	batchID  = "7bf92f3577b34da6a3ce929d0e0e4736"

	// canary stands for what a victim said; it may turn up nowhere.
	canary = "Invented Person One"
)

// fakeDesk answers like a desk: it reads events strictly and files each id once.
type fakeDesk struct {
	fakeFeed
	agency string
	away   bool  // the hub is: everything waits
	err    error // answers everything else

	mu     sync.Mutex
	filed  map[string][]byte // by event id
	acted  desk.ActInput
	opened desk.OpenInput
	routed desk.RouteInput
	maker  services.Grant
	wanted desk.TokenInput
	said   []any // to its webhooks
}

var _ httpapi.Desk = (*fakeDesk)(nil)

func (d *fakeDesk) File(_ context.Context, raw []byte) (desk.Answer, error) {
	if d.err != nil {
		return desk.Answer{}, d.err
	}
	open, err := schemas.DecodeOpen(raw, schemas.Party{Agency: d.agency})
	if err != nil {
		refusal := services.RefuseInput(err)
		if refusal.Problems[0].Code == schemas.CodeSource {
			return desk.Answer{}, services.Refuse(services.Forbidden, schemas.CodeSource)
		}
		return desk.Answer{}, refusal
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.filed == nil {
		d.filed = make(map[string][]byte)
	}
	if before, ok := d.filed[open.ID]; ok && !bytes.Equal(before, raw) {
		return desk.Answer{}, services.Refuse(services.Conflict, services.CodeIDReused)
	}
	d.filed[open.ID] = raw
	a := d.answer(open.ID)
	a.Scope, a.Reference = open.Subject, schemas.Reference(open.Subject)
	if a.Receipt != nil {
		a.Receipt.SHA256 = schemas.Digest(raw)
	}
	return a, nil
}

// answer holds a receipt, unless the hub is away.
func (d *fakeDesk) answer(event string) desk.Answer {
	if d.away {
		return desk.Answer{Event: event}
	}
	return desk.Answer{Event: event, Receipt: &services.Receipt{Event: event}}
}

func (d *fakeDesk) FileBatch(ctx context.Context, raw []byte) ([]desk.Result, error) {
	batch, err := schemas.DecodeOpenBatch(raw, schemas.Party{Agency: d.agency})
	if err != nil {
		return nil, services.RefuseInput(err)
	}
	var elements []json.RawMessage
	if err := json.Unmarshal(raw, &elements); err != nil {
		return nil, err
	}
	results := make([]desk.Result, len(batch))
	for i := range batch {
		results[i].Answer, results[i].Err = d.File(ctx, elements[i])
	}
	return results, nil
}

func (d *fakeDesk) Receipt(_ context.Context, event string) (services.Receipt, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	raw, ok := d.filed[event]
	switch {
	case !ok:
		return services.Receipt{}, services.Refuse(services.Unknown, services.CodeNotVisible)
	case d.away:
		return services.Receipt{}, services.Refuse(services.Later, "waiting")
	}
	return services.Receipt{Event: event, SHA256: schemas.Digest(raw)}, nil
}

func (d *fakeDesk) Retry(_ context.Context, event string) (desk.Answer, error) {
	return d.answer(event), d.err
}

func (d *fakeDesk) Discard(context.Context, string) error { return d.err }

func (d *fakeDesk) Act(_ context.Context, verb, _ string, in desk.ActInput) (desk.Answer, error) {
	if verb == "panic" {
		panic(canary)
	}
	d.acted = in
	return d.answer(eventID), d.err
}

func (d *fakeDesk) ActOnCase(_ context.Context, verb, id string, in desk.ActInput) (desk.Answer, error) {
	if id != caseID || verb == "sing" {
		return desk.Answer{}, services.Refuse(services.Unknown, "verb")
	}
	d.acted = in
	a := d.answer(eventID)
	a.Questions = []schemas.Problem{{Code: "ask"}}
	return a, d.err
}

func (d *fakeDesk) ActOnBatch(_ context.Context, _, batch string, in desk.ActInput) (desk.BatchAnswer, error) {
	if batch != batchID {
		return desk.BatchAnswer{}, services.Refuse(services.Unknown, services.CodeNotVisible)
	}
	d.acted = in
	return desk.BatchAnswer{Batch: batch, Event: eventID, Results: []desk.CaseResult{
		{Case: caseID, Reference: "KF7M-F79X-H", Answer: desk.Answer{Event: otherID, Receipt: &services.Receipt{}}},
		{Case: referral, Answer: desk.Answer{Event: eventID}},
		{Case: "0000", Err: services.RefuseIn("accepted", "offer_closed")},
	}}, d.err
}

func (d *fakeDesk) OpenSection(_ context.Context, in desk.OpenInput) ([]byte, error) {
	d.opened = in
	return []byte(`{"kind":"answer","text":"Yes."}`), d.err
}

func (d *fakeDesk) Inbox(context.Context) ([]desk.Item, error) { return nil, d.err }

func (d *fakeDesk) Cases(context.Context) ([]desk.Case, error) {
	return []desk.Case{{ID: caseID, Lead: d.agency}}, d.err
}

func (d *fakeDesk) Case(_ context.Context, name string) (desk.Case, error) {
	if name != caseID && name != schemas.Reference(caseID) {
		return desk.Case{}, services.Refuse(services.Unknown, services.CodeNotVisible)
	}
	return desk.Case{ID: caseID, Reference: schemas.Reference(caseID)}, d.err
}

func (d *fakeDesk) Trace(_ context.Context, name string) (desk.Trace, error) {
	if name != caseID && name != schemas.Reference(caseID) {
		return desk.Trace{}, services.Refuse(services.Unknown, services.CodeNotVisible)
	}
	return desk.Trace{
		Case: caseID, Reference: schemas.Reference(caseID),
		Steps: []casefile.Step{{Event: eventID, Type: "case.opened", Agency: labour, State: casefile.Open}},
	}, d.err
}

func (d *fakeDesk) Route(_ context.Context, in desk.RouteInput) (desk.Route, error) {
	d.routed = in
	return desk.Route{At: in.At, Simulation: casefile.Simulation{
		Candidates: []services.Candidate{{Agency: harbour, Why: []string{"named"}, Duty: true}},
		Unfit:      []casefile.Unfit{{Agency: labour, Why: "area"}},
		Missing: []casefile.Missing{{
			StatutoryRow: schemas.StatutoryRow{Kind: "social_development", Service: "shelter", Duty: "must"}, Agencies: []string{},
		}},
	}}, d.err
}

func (d *fakeDesk) Agencies() []desk.Agency {
	return []desk.Agency{{
		ID: labour, Kind: "labour_office", Name: map[string]string{"en": "Example Labour Office"}, Status: "active",
		Office: schemas.Area{Kind: "province", Code: "TH-74"},
	}}
}

func (d *fakeDesk) Tokens(context.Context) ([]desk.Token, error) {
	return []desk.Token{{ID: tokenID, Scopes: services.DeskScopes()}}, d.err
}

func (d *fakeDesk) AddToken(_ context.Context, maker services.Grant, in desk.TokenInput) (desk.NewToken, error) {
	d.maker, d.wanted = maker, in
	return desk.NewToken{Token: desk.Token{ID: tokenID, Scopes: in.Scopes}, Secret: "secret"}, d.err
}

func (d *fakeDesk) RevokeToken(_ context.Context, id string) (desk.Token, error) {
	if id != tokenID {
		return desk.Token{}, services.Refuse(services.Unknown, services.CodeNotVisible)
	}
	return desk.Token{ID: id, Scopes: services.DeskScopes(), Revoked: time.Unix(1, 0)}, d.err
}

// ring is tokens that a test changes.
type ring struct {
	mu    sync.Mutex
	table httpapi.TokenTable
}

func (r *ring) Grant(h services.TokenHash) (services.Grant, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.table.Grant(h)
}

// put has a token allow something; a grant without an agency takes it away.
func (r *ring) put(token string, g services.Grant) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if g.Agency == "" {
		delete(r.table, services.HashToken(token))
		return
	}
	r.table[services.HashToken(token)] = g
}

// whole is a token of an agency that may do all at its desk.
func whole(agency string) services.Grant {
	return services.Grant{ID: tokenID, Agency: agency, Scopes: services.DeskScopes()}
}

// world is an API with two desks, on a real listener.
type world struct {
	harbour, labour *fakeDesk
	tokens          *ring
	url             string
	log             *bytes.Buffer
	server          *httptest.Server
}

// logged ends the server, which waits for what is still being logged.
func (w *world) logged() string {
	w.server.Close()
	return w.log.String()
}

func (w *world) asyncAPI(version string) []byte {
	return []byte(`{"about":"of the bus, for ` + version + `"}`)
}

// ready fails while the hub is away.
func (w *world) ready(context.Context) error {
	if w.harbour.away {
		return services.Refuse(services.Later, services.CodeBusAway)
	}
	return nil
}

// start serves two desks whose tokens are their agencies' ids.
func start(t *testing.T) *world {
	t.Helper()
	return startWith(t, func(*httpapi.Config) {})
}

// startWith lets a test change the configuration first, and the server.
func startWith(t *testing.T, change func(*httpapi.Config), tune ...func(*http.Server)) *world {
	t.Helper()
	w := &world{harbour: &fakeDesk{agency: harbour}, labour: &fakeDesk{agency: labour}, log: &bytes.Buffer{},
		tokens: &ring{table: make(httpapi.TokenTable)}}
	w.tokens.put(harbour, whole(harbour))
	w.tokens.put(labour, whole(labour))
	w.tokens.put("operator", services.Grant{ID: "1", Agency: schemas.HubAgency, Scopes: []services.TokenScope{services.MayOperate}})
	config := httpapi.Config{
		Desks:  httpapi.DeskTable{harbour: w.harbour, labour: w.labour},
		Tokens: w.tokens, Operator: &fakeOperator{err: &w.harbour.err},
		Version: httpapi.Version{Version: "test"}, AsyncAPI: w.asyncAPI,
		Log:     zerolog.New(zerolog.SyncWriter(w.log)),
		Now:     func() time.Time { return time.Unix(0, 0) },
		Ready:   w.ready,
		Limits:  httpapi.Limits{Burst: 1e6, Strangers: 1e6}, // the clock stands still
		Metrics: func(agency string) ([]byte, error) { return []byte("of:" + agency), w.harbour.err },
	}
	change(&config)
	server := httptest.NewUnstartedServer(nil)
	server.Config = httpapi.Server(httpapi.New(config), "")
	for _, f := range tune {
		f(server.Config)
	}
	server.Start()
	t.Cleanup(server.Close)
	w.url, w.server = server.URL, server
	return w
}

// ask is a request in short.
type ask struct {
	method, path, body string
	header             map[string]string
}

// reply is an answer in short.
type reply struct {
	status int
	header http.Header
	body   string
}

// send asks as the shelter, unless the headers say otherwise, and holds the answer
// against the document of the API.
func (w *world) send(t *testing.T, a ask) reply {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), a.method, w.url+a.path, strings.NewReader(a.body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+harbour)
	for name, value := range a.header {
		req.Header.Set(name, value)
		if value == "" {
			req.Header.Del(name)
		}
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	// What net/http refuses by itself is nobody's answer.
	if _, op, ok := openAPI(t).find(a.method, a.path); ok && resp.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		if err := openAPI(t).check(op, resp.StatusCode, resp.Header, body); err != nil {
			t.Errorf("%s %s: %v\n%s", a.method, a.path, err, body)
		}
		if err := openAPI(t).took(op, a, resp.StatusCode); err != nil {
			t.Errorf("%s %s took what the document does not know: %v\n%s", a.method, a.path, err, a.body)
		}
	}
	return reply{resp.StatusCode, resp.Header, string(body)}
}

// visit is an event in open form with an id.
func visit(id string) string {
	return `{"specversion":"1.0","id":"` + id + `","type":"org.saphan.visit.recorded.v1","subject":"` + caseID +
		`","data":{"kind":"routine","area":{"kind":"province","code":"TH-74"},"sector":"C","month":"2026-11"}}`
}

var (
	asEvent = map[string]string{"Content-Type": "application/cloudevents+json"}
	asBatch = map[string]string{"Content-Type": "application/cloudevents-batch+json"}
	asJSON  = map[string]string{"Content-Type": "application/json"}
)

// and adds headers to headers.
func and(base map[string]string, more ...string) map[string]string {
	out := make(map[string]string)
	for k, v := range base {
		out[k] = v
	}
	for i := 0; i < len(more); i += 2 {
		out[more[i]] = more[i+1]
	}
	return out
}

// fuzzed posts an event without a network, and returns the status.
func fuzzed(d *fakeDesk, header map[string]string, body string) int {
	handler := httpapi.New(httpapi.Config{
		Desks: httpapi.DeskTable{harbour: d}, Tokens: httpapi.TokenTable{services.HashToken(harbour): whole(harbour)},
		Log: zerolog.Nop(), Now: func() time.Time { return time.Unix(0, 0) },
	})
	req := httptest.NewRequest(http.MethodPost, "/v1/events", strings.NewReader(body))
	req.Header.Set("Authorization", "Bearer "+harbour)
	for name, value := range header {
		req.Header[name] = []string{value}
	}
	rec := httptest.NewRecorder()
	handler.ServeHTTP(rec, req)
	return rec.Code
}
