package main

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saphan-project/saphan/adapters/natsbus"
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
)

// ledger reads all facts of a kind anew, in ledger order.
func (w *whole) ledger(t testing.TB, kind schemas.ScopeKind) []services.Fact {
	t.Helper()
	hub, err := natsbus.OpenHub(within(t), natsbus.HubConfig{
		Connect: w.site.node.server.Connect, Authority: w.site.node.authority, Instance: newToken()[:12],
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(within(t))
	defer cancel()
	var facts []services.Fact
	follower, err := hub.Directory.Ledger.Follow(ctx, kind, func(_ context.Context, f services.Fact) error {
		facts = append(facts, f)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	select {
	case <-follower.Ready():
	case <-follower.Done():
	}
	cancel()
	if err := follower.Wait(); err != nil {
		t.Fatal(err)
	}
	return facts
}

// keep connects as the one who may look at the streams.
func (w *whole) keep(t testing.TB) *natsbus.Conn {
	t.Helper()
	u, err := w.site.node.authority.Keeper()
	if err != nil {
		t.Fatal(err)
	}
	return w.connect(t, u)
}

// enter connects with an agency's own credentials.
func (w *whole) enter(t testing.TB, agency string) *natsbus.Conn {
	t.Helper()
	accounts := w.site.hub.bus.Accounts
	if _, err := accounts.Open(within(t), agency); err != nil {
		t.Fatal(err)
	}
	u, err := accounts.User(agency)
	if err != nil {
		t.Fatal(err)
	}
	return w.connect(t, u)
}

func (w *whole) connect(t testing.TB, u natsbus.User) *natsbus.Conn {
	t.Helper()
	nc, err := w.site.node.server.Connect(u, t.Name())
	if err != nil {
		t.Fatal(err)
	}
	return nc // the broker closes it
}

// history is what the ledger holds of a case.
func (w *whole) history(t testing.TB, caseID string) []services.Fact {
	t.Helper()
	facts, err := w.site.hub.bus.Intake.Ledger.Read(within(t), schemas.Scope{Kind: schemas.ScopeCase, ID: caseID})
	if err != nil {
		t.Fatal(err)
	}
	return facts
}

// stream is what the broker itself says that it holds.
type stream struct {
	Messages uint64            `json:"messages"`
	Subjects map[string]uint64 `json:"subjects"`
}

// look asks the broker for the subjects of a stream that match.
func (w *whole) look(t testing.TB, name, filter string) stream {
	t.Helper()
	m, err := w.keep(t).RequestWithContext(within(t), "$JS.API.STREAM.INFO."+name, []byte(`{"subjects_filter":"`+filter+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	var answer struct {
		State stream `json:"state"`
	}
	if err := json.Unmarshal(m.Data, &answer); err != nil {
		t.Fatal(err)
	}
	return answer.State
}

// length is how many events the ledger holds.
func (w *whole) length(t testing.TB) uint64 {
	t.Helper()
	return w.look(t, "LEDGER", ">").Messages
}

// shown is who may see which events, as the rules say of the ledger as it is:
// agency → event ids in ledger order.
func (w *whole) shown(t testing.TB) map[string][]string {
	t.Helper()
	sites, cases := byScope(w.ledger(t, schemas.ScopeInspection)), byScope(w.ledger(t, schemas.ScopeCase))
	sequence := make(map[string]map[string]uint64)
	grant := func(facts []services.Fact) {
		s := casefile.Fold(facts)
		for agency, events := range casefile.Entitled(s, w.site.hub.directory) {
			if sequence[agency] == nil {
				sequence[agency] = make(map[string]uint64)
			}
			for id := range events {
				f, _ := s.Fact(id)
				sequence[agency][id] = f.Sequence
			}
		}
	}
	for _, facts := range sites {
		grant(facts)
	}
	for _, facts := range cases {
		for _, cited := range casefile.Fold(facts).Opened.From {
			facts = append(facts, slices.DeleteFunc(slices.Clone(sites[cited.Inspection]), func(f services.Fact) bool { return f.ID() != cited.Event })...)
		}
		grant(facts)
	}
	shown := make(map[string][]string)
	for agency, events := range sequence {
		for id := range events {
			shown[agency] = append(shown[agency], id)
		}
		slices.SortFunc(shown[agency], func(a, b string) int { return int(events[a]) - int(events[b]) })
	}
	return shown
}

func byScope(facts []services.Fact) map[string][]services.Fact {
	scopes := make(map[string][]services.Fact)
	for _, f := range facts {
		scopes[f.Scope().ID] = append(scopes[f.Scope().ID], f)
	}
	return scopes
}

// view is what an agency's desk shows, in its order, without the words that
// access ended.
func (w *whole) view(t testing.TB, agency string) []string {
	t.Helper()
	var facts []services.Fact
	for _, kind := range []schemas.ScopeKind{schemas.ScopeInspection, schemas.ScopeCase} {
		of, err := w.site.node.desks.running(agency).files.View.Facts(within(t), schemas.Scope{Kind: kind})
		if err != nil {
			t.Fatal(err)
		}
		facts = append(facts, of...)
	}
	slices.SortStableFunc(facts, func(a, b services.Fact) int { return int(a.Sequence) - int(b.Sequence) })
	return ids(facts)
}

// ids lists the events, without the words that access ended.
func ids(facts []services.Fact) []string {
	var list []string
	for _, f := range facts {
		if f.Name() != "access.ended" {
			list = append(list, f.ID())
		}
	}
	return list
}

// everybodySeesTheirs fails unless every desk shows exactly the events of the
// ledger that its agency is entitled to, each once and in ledger order, and its
// inbox at the broker holds no others.
func (w *whole) everybodySeesTheirs(t testing.TB) {
	t.Helper()
	shown := w.shown(t)
	for agency := range w.desks {
		if diff := cmp.Diff(shown[agency], w.view(t, agency)); diff != "" {
			t.Errorf("view of %s (-entitled +shown):\n%s", agency, diff)
		}
		w.inboxHolds(t, agency, shown[agency])
	}
}

// inboxHolds looks at an agency's inbox at the broker.
func (w *whole) inboxHolds(t testing.TB, agency string, want []string) {
	t.Helper()
	const eventDigits = 36
	held := make(map[string]uint64)
	for subject, n := range w.look(t, "INBOX", "inbox."+agency+".>").Subjects {
		held[subject[len(subject)-eventDigits:]] = n
	}
	for _, id := range want {
		if held[id] != 1 {
			t.Errorf("inbox of %s holds %s %d times", agency, id, held[id])
		}
		delete(held, id)
	}
	facts, err := w.site.node.desks.running(agency).files.View.Facts(within(t), schemas.Scope{Kind: schemas.ScopeCase})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range facts {
		if f.Name() == "access.ended" {
			delete(held, f.ID())
		}
	}
	if len(held) > 0 {
		t.Errorf("inbox of %s holds %d events that it must not", agency, len(held))
	}
}

// everyFile reads everything under a folder, by path.
func everyFile(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	read := make(map[string][]byte)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) || err == nil && d.IsDir() {
			return nil // a broker that runs has files for a moment
		}
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		b, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		read[name] = b
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return read
}
