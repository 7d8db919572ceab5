package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/saphan-project/saphan/adapters/deskclient"
	"github.com/saphan-project/saphan/adapters/natsbus"
	"github.com/saphan-project/saphan/adapters/signing"
	"github.com/saphan-project/saphan/adapters/telemetry"
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// Bad inputs go through the doors of a running node: the labour office's HTTP
// API, and its side of the bus. Each is refused as the project's list of bad
// inputs says, stores nothing, and is repeated nowhere. The tables are in
// badinput_cases_test.go; subtests have the numbers of the list.
func TestBadInput(t *testing.T) {
	t.Parallel()
	d := openBadDoors(t)
	for _, g := range badGroups {
		t.Run("group "+g.name, func(t *testing.T) {
			for _, in := range g.rows(d, badCanaryOf(g.name)) {
				t.Run(in.name, func(t *testing.T) { d.refuses(t, in) })
			}
		})
	}
	t.Run("group 19 order of names", d.takesAnyOrder)
	t.Run("group 34 same bytes at once", d.storesOnce)
	t.Run("group 36 other bytes or another agency", d.keepsIDs)
	t.Run("group 37 after a restart and 100 days", d.remembers)
	t.Run("groups 39 and 40 times that may be", d.takesTimes)
	t.Run("afterwards", d.leavesNoTrace)
}

// badCanaryOf marks the inputs of a group, so that it can be found wherever a value
// must not be: "zqcanary05qz". It is an agency id as well.
func badCanaryOf(group string) string { return "zqcanary" + group[:2] + "qz" }

var badCanaries = regexp.MustCompile(`(?i)zqcanary[0-9]{2}qz`)

// badInput is one input, at every door where it can be tried.
type badInput struct {
	name string
	want string // as inShort writes it
	at   []badTry
	// also is a value in the input that must not be repeated, beside the canary.
	also string
	// sameBody says that all bodies of the answers must be equal.
	sameBody bool
	// refused is how many rows each try adds to the outbox, settled as refused:
	// what only the hub can judge. sealed is how many sections the vault got first.
	refused, sealed int
}

// badTry is one way of sending an input.
type badTry struct {
	door string
	send func(*testing.T, *badDoors) heard
	// body is what was posted, to be tried in a batch as well; nil for other doors.
	body *string
}

// heard is what came back: in short, and every word of it.
type heard struct{ short, body, words string }

// inShort writes a refusal as "400 invalid:malformed /id:grammar".
func inShort(status int, e services.Error) string {
	s := fmt.Sprintf("%d %s:%s", status, e.Kind, e.Code)
	for _, p := range e.Problems {
		s += " " + strings.TrimPrefix(p.Pointer+":"+p.Code, ":")
	}
	return s
}

// badPatience is how long an answer may take: what is refused is refused at once.
const badPatience = 15 * time.Second

// refuses tries an input at each door. What cannot be read as an event refuses a
// batch as a whole, also the good event before it.
func (d *badDoors) refuses(t *testing.T, in badInput) {
	var bodies []string
	d.before = d.state(t)
	for _, try := range in.at {
		got := d.refused(t, in, try)
		if got.short != in.want {
			t.Errorf("%s: %s, want %s", try.door, got.short, in.want)
		}
		bodies = append(bodies, got.body)
		if try.body == nil || !strings.HasPrefix(in.want, "400 ") {
			continue
		}
		try = inBatch(*try.body)
		if got := d.refused(t, in, try); !strings.HasPrefix(got.short, "400 invalid:malformed") {
			t.Errorf("%s: %s", try.door, got.short)
		}
	}
	if distinct := slices.Compact(bodies); in.sameBody && len(distinct) > 1 {
		t.Errorf("the answers differ: %q", distinct)
	}
}

// refused sends an input once, and looks at what that changed and at the words
// of the answer.
func (d *badDoors) refused(t *testing.T, in badInput, try badTry) heard {
	t.Helper()
	want, began := d.before, time.Now()
	got := try.send(t, d)
	if took := time.Since(began); took > badPatience {
		t.Errorf("%s: took %v", try.door, took)
	}
	words := plainWords(got.words)
	if badCanaries.MatchString(words) || in.also != "" && strings.Contains(words, in.also) {
		t.Errorf("%s: repeats the input: %.300q", try.door, words)
	}
	want.Rows, want.Refused, want.Vault = want.Rows+in.refused, want.Refused+in.refused, want.Vault+in.sealed
	d.before = d.state(t)
	if diff := cmp.Diff(want, d.before); diff != "" {
		t.Errorf("%s: what is stored (-want +got):\n%s", try.door, diff)
	}
	return got
}

// plainWords undoes UTF-16, in which a canary would hide.
func plainWords(s string) string { return strings.ReplaceAll(s, "\x00", "") }

// badState is everything that a refused input must not change.
type badState struct {
	Ledger, Inbox, Vault  int // last sequences of the streams
	Rows, Refused, Parked int // of the desk's outbox
	Facts, Cases          int // of its view, the directory aside
}

func (d *badDoors) state(t *testing.T) badState {
	t.Helper()
	s := badState{Ledger: d.lastOf(t, "LEDGER"), Inbox: d.lastOf(t, "INBOX"), Vault: d.lastOf(t, "VAULT")}
	if err := errors.Join(d.outboxCounts.QueryRow().Scan(&s.Rows, &s.Refused, &s.Parked), d.viewCounts.QueryRow().Scan(&s.Facts, &s.Cases)); err != nil {
		t.Fatal(err)
	}
	return s
}

const (
	outboxCounts = `SELECT count(*), count(*) FILTER (WHERE standing = 'refused'), count(*) FILTER (WHERE standing IN ('parked', 'waiting')) FROM outbox`
	viewCounts   = `SELECT count(*), (SELECT count(*) FROM case_row) FROM fact WHERE kind <> 'agency'`
)

// lastOf returns the last sequence of a stream.
func (d *badDoors) lastOf(t *testing.T, name string) int {
	t.Helper()
	var info struct {
		State struct {
			Last int `json:"last_seq"`
		} `json:"state"`
	}
	m, err := d.keeper.Request("$JS.API.STREAM.INFO."+name, nil, badPatience)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(m.Data, &info); err != nil {
		t.Fatal(err)
	}
	return info.State.Last
}

// badDoors are the ways into one node in which the story has begun: the labour
// office leads a case and waits for an answer to its referral, and the police
// are suspended.
type badDoors struct {
	*whole
	log, spans *sharedBuffer
	flush      func(context.Context) error // of the spans

	// filed is an event that the desk has filed, stored one that the hub has
	// stored, offer the id of the open offer.
	caseID, filed, stored, offer string

	labour           deskclient.DeskFile
	bus              *natsbus.Desk // the labour office's side
	keeper           *natsbus.Conn // who may look at the streams
	outboxDB, viewDB *sql.DB       // of the labour office's desk

	outboxCounts, viewCounts *sql.Stmt
	before                   badState // what was stored when an input was last refused
}

func openBadDoors(t *testing.T) *badDoors {
	t.Helper()
	d := &badDoors{log: &sharedBuffer{}, spans: &sharedBuffer{}}
	spans, err := telemetry.Start(t.Context(), telemetry.Config{Writer: d.spans, Service: "saphan"})
	if err != nil {
		t.Fatal(err)
	}
	d.flush = spans.Shutdown
	d.whole = startWhole(t, func(w *world) {
		w.log, w.spans = telemetry.NewLogger(d.log, false), spans.Tracer()
	})
	d.openSides(t)
	t.Cleanup(func() { d.closeFiles(t) })
	d.suspend(t, samplePolice)
	d.caseID, d.filed, d.stored = d.play.caseID(), d.visit(), d.signedVisit()
	d.events = append(d.events[:len(d.events):len(d.events)], json.RawMessage(d.filed))
	if err := files(0, len(d.events))(t.Context(), d.play, d.desks[sampleLabour]); err != nil {
		t.Fatal(err)
	}
	d.events = d.events[:len(d.events)-1]
	if _, err := d.bus.Submit(t.Context(), []byte(d.stored)); err != nil {
		t.Fatal(err)
	}
	d.rest(t)
	steps, err := d.desks[sampleRiverside].Trace(t.Context(), d.caseID)
	if err != nil {
		t.Fatal(err)
	}
	for _, st := range steps {
		if st.Type == "referral.offered" {
			d.offer = st.Event
		}
	}
	return d
}

// openSides opens the doors of the node as it runs now.
func (d *badDoors) openSides(t *testing.T) {
	t.Helper()
	folder := deskDir(d.dir, sampleLabour)
	var errs [5]error
	d.labour, errs[0] = deskclient.Load(filepath.Join(folder, "desk.json"))
	d.keeper, d.bus = d.keep(t), d.site.desks.running(sampleLabour).bus
	d.outboxDB, errs[1] = sql.Open("sqlite", "file:"+filepath.Join(folder, "desk.db")+"?mode=ro")
	d.viewDB, errs[2] = sql.Open("sqlite", "file:"+filepath.Join(folder, "view.db")+"?mode=ro")
	d.outboxCounts, errs[3] = d.outboxDB.Prepare(outboxCounts)
	d.viewCounts, errs[4] = d.viewDB.Prepare(viewCounts)
	if err := errors.Join(errs[:]...); err != nil {
		t.Fatal(err)
	}
}

func (d *badDoors) closeFiles(t *testing.T) {
	t.Helper()
	if err := errors.Join(d.outboxDB.Close(), d.viewDB.Close()); err != nil {
		t.Error(err)
	}
}

// suspend has the operator suspend an agency.
func (d *badDoors) suspend(t *testing.T, agency string) {
	t.Helper()
	keys, err := openHubKeys(filepath.Join(d.dir, "hub"))
	if err != nil {
		t.Fatal(err)
	}
	operator := schemas.Party{Service: schemas.Operator}
	raw, err := hubAuthor(keys).Write(schemas.Draft{
		ID: d.world.ids.EventID(), Author: operator, Type: "agency.changed", Subject: agency,
		Time: d.clock.Now(), Data: schemas.AgencyChanged{Status: "suspended"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.site.hub.gate.Submit(t.Context(), operator, raw); err != nil {
		t.Fatal(err)
	}
	for a, _ := d.site.hub.directory.Agency(agency); a.Active(); a, _ = d.site.hub.directory.Agency(agency) {
		if err := wait(t.Context(), time.Millisecond); err != nil {
			t.Fatal(err)
		}
	}
}

// visit is a good event in open form, with ids of its own.
func (d *badDoors) visit() string {
	return `{"specversion":"1.0","id":"` + d.world.ids.EventID() + `","type":"org.saphan.visit.recorded.v1","subject":"` +
		d.world.ids.ID() + `","data":` + badVisit + `}`
}

const badVisit = `{"kind":"routine","area":{"kind":"province","code":"TH-74"},"sector":"C","month":"2026-11"}`

// signedVisit is one as the labour office's desk would submit it.
func (d *badDoors) signedVisit() string {
	return d.signed(schemas.Draft{Type: "visit.recorded", Subject: d.world.ids.ID(), Data: json.RawMessage(badVisit)})
}

// signed fills in what a draft leaves out and signs it with the labour office's
// own key.
func (d *badDoors) signed(draft schemas.Draft) string { return d.signedBy(sampleLabour, draft) }

func (d *badDoors) signedBy(agency string, draft schemas.Draft) string {
	keys, err := openDeskKeys(deskDir(d.dir, agency))
	if err != nil {
		return err.Error()
	}
	return d.signedWith(keys.signing, agency, draft)
}

// signedWith signs what an agency says, with any key.
func (d *badDoors) signedWith(key ed25519.PrivateKey, agency string, draft schemas.Draft) string {
	if draft.ID == "" {
		draft.ID = d.world.ids.EventID()
	}
	if draft.Author == (schemas.Party{}) {
		draft.Author.Agency = agency
	}
	if draft.Time.IsZero() {
		draft.Time = d.clock.Now()
	}
	raw, err := signing.NewAuthor(key).Write(draft)
	if err != nil {
		return err.Error()
	}
	return string(raw)
}

// both tries a change of a good event at both doors.
func (d *badDoors) both(change func(string) string) []badTry {
	return []badTry{post(change(d.visit())), submit(change(d.signedVisit()))}
}

// post sends a body to the HTTP API; headers are pairs of name and value.
func post(body string, header ...string) badTry {
	try := badTry{door: "POST /v1/events", send: func(t *testing.T, d *badDoors) heard {
		return d.ask(t, "/v1/events", strings.NewReader(body), append([]string{"Content-Type", "application/cloudevents+json"}, header...)...)
	}}
	if len(header) == 0 {
		try.body = &body
	}
	return try
}

// inBatch sends a good event and then the body as a batch.
func inBatch(body string) badTry {
	return badTry{door: "POST /v1/events, batch", send: func(t *testing.T, d *badDoors) heard {
		return d.ask(t, "/v1/events", strings.NewReader("["+d.visit()+","+body+"]"), "Content-Type", "application/cloudevents-batch+json")
	}}
}

// ask posts to a path of the labour office's API.
func (d *badDoors) ask(t *testing.T, path string, body io.Reader, header ...string) heard {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, d.labour.URL+path, body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+d.labour.Token)
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	return readHeard(t, resp)
}

// readHeard reads a whole answer.
func readHeard(t *testing.T, resp *http.Response) heard {
	t.Helper()
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var p struct {
		Type     string
		Problems []schemas.Problem
	}
	h := heard{short: fmt.Sprintf("%d", resp.StatusCode), body: string(raw), words: fmt.Sprint(resp.Status, resp.Header, string(raw))}
	if json.Unmarshal(raw, &p) == nil && p.Type != "" {
		kind, code, _ := strings.Cut(strings.TrimPrefix(p.Type, "urn:saphan:problem:"), ":")
		h.short = inShort(resp.StatusCode, services.Error{Kind: services.Kind(kind), Code: code, Problems: p.Problems})
	}
	return h
}

// submit sends bytes to the gate as the labour office's desk does.
func submit(raw string) badTry {
	return badTry{door: "submit", send: func(t *testing.T, d *badDoors) heard {
		_, err := d.bus.Submit(t.Context(), []byte(raw))
		return hearError(err)
	}}
}

func hearError(err error) heard {
	if err == nil {
		return heard{short: "accepted"}
	}
	e := services.AsError(err)
	short := inShort(e.HTTP(), *e)
	return heard{short: short, body: short, words: fmt.Sprintf("%v %+v", err, e)}
}

// rawSubmit sends bytes with an agency's own credentials, past its desk.
func rawSubmit(agency, body string) badTry {
	return badTry{door: "to a subject", send: func(t *testing.T, d *badDoors) heard {
		m, err := d.enter(t, agency).Request("saphan.submit", []byte(body), badPatience)
		if err != nil {
			t.Fatal(err)
		}
		var a struct{ Error services.Error }
		if err := json.Unmarshal(m.Data, &a); err != nil {
			t.Fatal(err)
		}
		return heard{short: inShort(a.Error.HTTP(), a.Error), words: string(m.Data)}
	}}
}

// leavesNoTrace looks for canaries in everything that the node wrote.
func (d *badDoors) leavesNoTrace(t *testing.T) {
	if got := post(d.visit()).send(t, d); got.short != "201" {
		t.Errorf("a good event afterwards: %s", got.short)
	}
	d.rest(t)
	d.auditsOnlyCodes(t)
	d.closeFiles(t)
	d.stop(t)
	if err := d.flush(t.Context()); err != nil {
		t.Error(err)
	}
	for name, text := range map[string]string{"log": d.log.String(), "spans": d.spans.String()} {
		if found := badCanaries.FindAllString(plainWords(text), 3); found != nil {
			t.Errorf("the %s holds %v", name, found)
		}
		if len(text) == 0 || strings.Contains(text, "panic") || strings.Contains(text, `"kind":"internal"`) {
			t.Errorf("the %s is empty or tells of a bug", name)
		}
	}
	for line := range strings.Lines(d.log.String()) { // group 60
		if !json.Valid([]byte(line)) || strings.ContainsFunc(strings.TrimSuffix(line, "\n"), unicode.IsControl) {
			t.Errorf("a line of the log is none: %.200q", line)
		}
	}
	// What the desk passes and the hub refuses stays in the desk's own outbox.
	ownFile := regexp.MustCompile(`^desks/` + sampleLabour + `/desk\.db(-wal)?$`)
	err := fs.WalkDir(os.DirFS(d.dir), ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		raw, err := os.ReadFile(filepath.Join(d.dir, path))
		for _, found := range badCanaries.FindAll(bytes.ReplaceAll(raw, []byte{0}, nil), -1) {
			if !ownFile.MatchString(path) || string(found) != badCanaryOf("29") {
				t.Errorf("%s holds %s", path, found)
			}
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// auditsOnlyCodes reads the whole stream of refusals.
func (d *badDoors) auditsOnlyCodes(t *testing.T) {
	t.Helper()
	last := d.lastOf(t, "AUDIT")
	if last < 100 {
		t.Errorf("only %d refusals were audited", last)
	}
	for n := 1; n <= last; n++ {
		m, err := d.keeper.Request("$JS.API.STREAM.MSG.GET.AUDIT", fmt.Appendf(nil, `{"seq":%d}`, n), badPatience)
		if err != nil {
			t.Fatal(err)
		}
		var got struct{ Message struct{ Data []byte } }
		if err := json.Unmarshal(m.Data, &got); err != nil {
			t.Fatal(err)
		}
		var line struct{ Agency, Type, Kind, Code string }
		read := json.NewDecoder(bytes.NewReader(got.Message.Data))
		read.DisallowUnknownFields()
		if err := read.Decode(&line); err != nil || line.Kind == "" || line.Kind == string(services.Internal) {
			t.Errorf("refusal %d: %v %+v", n, err, line)
		}
		if found := badCanaries.Find(got.Message.Data); found != nil {
			t.Errorf("refusal %d holds %s", n, found)
		}
	}
}

// sharedBuffer is written by a node and read by a test.
type sharedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *sharedBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *sharedBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
