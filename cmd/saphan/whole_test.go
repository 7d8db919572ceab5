package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"runtime/debug"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/saphan-project/saphan/adapters/deskclient"
	"github.com/saphan-project/saphan/adapters/httpapi"
	"github.com/saphan-project/saphan/adapters/signing"
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/desk"
)

// patience is how long a test of the whole waits for what has to come.
const patience = 5 * time.Minute

// hurried reports whether counts are to be cut to a tenth: in a short run, and
// under the race detector, which slows SQLite down by more than that.
func hurried() bool {
	info, ok := debug.ReadBuildInfo()
	return testing.Short() || ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}

// whole is a node under test: hub, five desks and their HTTP API, on a folder of
// its own. The play has everybody's client, and a clock that stands still.
type whole struct {
	*play
	dir    string
	world  world
	played int // scenes of the story
}

// startWhole starts a node; change, if any, sees its world first.
func startWhole(t testing.TB, change func(*world)) *whole {
	t.Helper()
	w := &whole{dir: t.TempDir(), play: &play{clock: newStoryClock()}}
	w.world = world{log: zerolog.Nop(), spans: noop.NewTracerProvider().Tracer("")}
	w.world.limits = httpapi.Limits{Burst: 1e6, Strangers: 1e6} // tests are no people
	w.world.ids = schemas.IDs{Now: w.clock.Now, Fill: fill}
	if change != nil {
		change(&w.world)
	}
	t.Cleanup(func() { w.stop(t) })
	w.start(t)
	return w
}

// start starts the node on its folder, as it is.
func (w *whole) start(t testing.TB) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	n, err := startNode(ctx, nodeConfig{dir: w.dir, agencies: sampleAgencies()}, w.world)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s, err := openSite(t.Context(), n, l, "")
	if err != nil {
		t.Fatal(err)
	}
	if w.play, err = newPlay(s, w.dir, w.clock); err != nil {
		t.Fatal(err)
	}
}

// stop closes the node. It may be called twice.
func (w *whole) stop(t testing.TB) {
	t.Helper()
	if w.site == nil {
		return
	}
	http.DefaultClient.CloseIdleConnections() // the server waits for one that never asked anything
	if err := w.site.Close(); err != nil {
		t.Error(err)
	}
	w.site = nil
}

// within is a context for what must not take for ever.
func within(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// rest waits until nothing is left to do for anybody.
func (w *whole) rest(t testing.TB) {
	t.Helper()
	if err := w.settle(within(t)); err != nil {
		t.Fatal(err)
	}
}

// event writes an event in open form, with an id of its own.
func (w *whole) event(typ, subject string, data any) (string, []byte) {
	id := w.world.ids.EventID()
	raw, err := json.Marshal(map[string]any{
		"specversion": "1.0", "id": id, "type": "org.saphan." + typ + ".v1", "subject": subject, "data": data,
	})
	if err != nil {
		return "", nil // the desk refuses it
	}
	return id, raw
}

// file files an event at an agency's desk, and returns its receipt.
func (w *whole) file(t testing.TB, agency string, raw []byte) services.Receipt {
	t.Helper()
	a, err := w.desks[agency].File(within(t), raw)
	if err != nil || a.Waits() {
		t.Errorf("file: %v, waits: %v", err, a.Waits())
		return services.Receipt{}
	}
	return *a.Receipt
}

// post files bytes at a desk over HTTP, and returns the answer as it came.
func (w *whole) post(t testing.TB, agency string, raw []byte) (int, []byte) {
	t.Helper()
	file, err := deskclient.Load(filepath.Join(deskDir(w.dir, agency), "desk.json"))
	if err != nil {
		t.Error(err)
		return 0, nil
	}
	req, err := http.NewRequestWithContext(within(t), http.MethodPost, file.URL+"/v1/events", bytes.NewReader(raw))
	if err != nil {
		t.Error(err)
		return 0, nil
	}
	req.Header.Set("Authorization", "Bearer "+file.Token)
	req.Header.Set("Content-Type", "application/cloudevents+json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Error(err)
		return 0, nil
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Error(err)
	}
	return resp.StatusCode, body
}

// sign writes an event as an agency's desk would sign it.
func (w *whole) sign(t testing.TB, agency string, d schemas.Draft) []byte {
	t.Helper()
	keys, err := openDeskKeys(deskDir(w.dir, agency))
	if err != nil {
		t.Error(err)
		return nil
	}
	d.ID, d.Author, d.Time = w.world.ids.EventID(), schemas.Party{Agency: agency}, w.clock.Now()
	raw, err := signing.NewAuthor(keys.signing).Write(d)
	if err != nil {
		t.Error(err)
	}
	return raw
}

// submit hands signed bytes to the hub, past the desk; again while it is busy.
func (w *whole) submit(t testing.TB, agency string, raw []byte) (services.Receipt, error) {
	t.Helper()
	ctx := within(t)
	for {
		r, err := w.site.node.desks.running(agency).bus.Submit(ctx, raw)
		if services.KindOf(err) != services.Later || wait(ctx, time.Millisecond) != nil {
			return r, err
		}
	}
}

// request opens a person's case and asks for a shelter, without any section.
func (w *whole) request(t testing.TB) referral {
	t.Helper()
	r := referral{caseID: w.world.ids.ID(), id: w.world.ids.ID()}
	_, opened := w.event("case.opened", r.caseID, personCase())
	w.file(t, sampleLabour, opened)
	_, requested := w.event("referral.requested", r.caseID, shelterFor(r.id))
	w.file(t, sampleLabour, requested)
	return r
}

// referral is where to find a referral.
type referral struct{ caseID, id string }

var samutSakhon = schemas.Area{Kind: "province", Code: "TH-74"}

func personCase() schemas.CaseOpened {
	return schemas.CaseOpened{Kind: "person", Origin: "self", Lead: sampleLabour, Areas: []schemas.Area{samutSakhon}}
}

func shelterFor(referral string) schemas.ReferralRequested {
	return schemas.ReferralRequested{
		InReferral: schemas.InReferral{Referral: referral},
		Service:    "shelter", Area: samutSakhon, AgeClass: "adult", Priority: "urgent", Basis: "consent",
	}
}

func finding() schemas.FindingRecorded {
	return schemas.FindingRecorded{
		Violations: []string{"wage.withheld"}, Area: samutSakhon, Sector: "C", Month: "2026-11", People: "2-4",
	}
}

// each calls do for 0 to n-1, a few at a time.
func each(n, atOnce int, do func(i int)) {
	next := make(chan int)
	var done sync.WaitGroup
	for range atOnce {
		done.Go(func() {
			for i := range next {
				do(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	done.Wait()
}

// atOnce calls every function at the same instant, and waits for all.
func atOnce(do ...func()) {
	begin := make(chan struct{})
	var done sync.WaitGroup
	for _, f := range do {
		done.Go(func() {
			<-begin
			f()
		})
	}
	close(begin)
	done.Wait()
}

// act says a word about a referral at an agency's desk.
func (w *whole) act(t testing.TB, agency, verb string, r referral) error {
	t.Helper()
	in := desk.ActInput{}
	if verb == "decline" || verb == "revoke" {
		in.Reason = "other"
	}
	a, err := w.desks[agency].Act(within(t), verb, r.id, in)
	if err == nil && a.Waits() {
		t.Errorf("%s waits in the outbox", verb)
	}
	return err
}
