package operator_test

import (
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
	"github.com/saphan-project/saphan/services/operator"
)

// Invented agencies and ids.
const (
	labour  = "labour-example"
	shelter = "shelter-example"
	partner = "ngo-partner" // has a desk of its own
	newbie  = "shelter-new"
)

var (
	epoch    = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	province = schemas.Area{Kind: "province", Code: "TH-74"}
	theCase  = strings.Repeat("ca", 16)
	other    = strings.Repeat("cb", 16)
	user     = "U" + strings.Repeat("A", 55)
	signing  = schemas.Key{Use: "signing", Key: base64.StdEncoding.EncodeToString(make([]byte, 32))}
	sealing  = schemas.Key{Use: "sealing", Key: "age1pq1qqqqqqqq"}
)

func accountKey(agency string) string {
	return "A" + strings.ToUpper((strings.ReplaceAll(agency, "-", "") + strings.Repeat("x", 55))[:55])
}

// keysOf are the keys of an agency's desk; partner's are signing and sealing.
func keysOf(agency string) []schemas.Key {
	if agency == partner {
		return []schemas.Key{signing, sealing}
	}
	own := fmt.Sprintf("%032s", agency)
	return []schemas.Key{{Use: "signing", Key: base64.StdEncoding.EncodeToString([]byte(own))}, {Use: "sealing", Key: sealing.Key + strings.Repeat("q", len(agency))}}
}

// world is everything outside of the service, in memory. Each step that changes it
// is logged; the one that failAt counts to fails, and does nothing.
type world struct {
	t      *testing.T
	steps  []string
	failAt int // 0: none

	agencies map[string]casefile.Agency
	accounts map[string]string // agency → open, shut or gone
	desks    map[string]string // agency → found, open, frozen or gone

	facts   []services.Fact // the ledger, by place
	inboxes map[uint64]operator.Copy
	placed  uint64 // of what was put into an inbox last
	taken   uint64
	letters []operator.DeadLetter
	replays []operator.Replay
	again   func(service string, f services.Fact) (string, error)
	late    func() // what is still in hand, when somebody waits for all to be handled
}

// newWorld has two agencies with a desk beside the hub, and one with its own.
func newWorld(t *testing.T) (*world, *operator.Service) {
	w := &world{
		t: t, agencies: map[string]casefile.Agency{}, accounts: map[string]string{}, desks: map[string]string{},
		inboxes: map[uint64]operator.Copy{},
	}
	for _, id := range []string{labour, shelter, partner} {
		w.agencies[id] = casefile.Registered(id, schemas.AgencyRegistered{
			Kind: "shelter", Keys: append(keysOf(id), schemas.Key{Use: "account", Key: accountKey(id)}),
		})
		w.accounts[id] = "open"
	}
	w.agencies[schemas.HubAgency] = casefile.Registered(schemas.HubAgency, schemas.AgencyRegistered{Kind: "hub"})
	w.desks[labour], w.desks[shelter] = "open", "open"
	return w, operator.New(operator.Config{
		Registry: w, Accounts: accounts{w}, Desks: desks{w}, Inboxes: w, Record: w, Services: w, History: w,
		Door: operator.Door{Root: "root", URLs: []string{"tls://hub.example.org:4222"}},
		Now:  func() time.Time { return epoch },
	})
}

var errStep = services.Refuse(services.Later, services.CodeBusAway)

func (w *world) step(words ...string) error {
	if len(w.steps)+1 == w.failAt {
		w.failAt = 0
		w.steps = append(w.steps, "failed")
		return errStep
	}
	w.steps = append(w.steps, strings.Join(words, " "))
	return nil
}

func (w *world) Agency(id string) (casefile.Agency, bool) { a, ok := w.agencies[id]; return a, ok }
func (w *world) Agencies() []casefile.Agency {
	return slices.SortedFunc(maps.Values(w.agencies), func(a, b casefile.Agency) int { return cmp.Compare(a.ID, b.ID) })
}

func (w *world) Register(_ context.Context, id string, data schemas.AgencyRegistered) error {
	if err := w.step("register", id); err != nil {
		return err
	}
	a, there := w.agencies[id]
	if !there {
		a = casefile.Registered(id, data)
	}
	a.Keys = data.Keys
	w.agencies[id] = a
	return nil
}

// SetStatus has the bus follow, as the hub does.
func (w *world) SetStatus(_ context.Context, id, status string) error {
	if err := w.step("status", status); err != nil {
		return err
	}
	a := w.agencies[id]
	a.Status = status
	w.agencies[id] = a
	w.accounts[id] = map[string]string{"active": "open", "suspended": "shut", "closed": "gone"}[status]
	return nil
}

// agrees fails the test when somebody can come in whom the directory keeps out, or
// cannot whom it lets in.
func (w *world) agrees() {
	w.t.Helper()
	for id, a := range w.agencies {
		if id == schemas.HubAgency {
			continue
		}
		want := map[string][2]string{"active": {"open", "open"}, "suspended": {"shut", "frozen"}, "closed": {"gone", "gone"}}[a.Status]
		if w.accounts[id] != want[0] || w.desks[id] != want[1] && w.desks[id] != "" {
			w.t.Errorf("%s is %s: its account is %s, its desk %q", id, a.Status, w.accounts[id], w.desks[id])
		}
	}
}

type accounts struct{ w *world }

func (a accounts) Open(_ context.Context, id string) (string, error) {
	if err := a.w.step("account open"); err != nil {
		return "", err
	}
	a.w.accounts[id] = "open"
	return accountKey(id), nil
}

func (a accounts) Issue(_ context.Context, id, user string, now time.Time) (string, error) {
	if !now.Equal(epoch) {
		a.w.t.Errorf("issued at %v", now)
	}
	return "jwt of " + id + " for " + user[:3], a.w.step("user issued")
}

func (a accounts) Rotate(_ context.Context, id string) error {
	if err := a.w.step("users ended"); err != nil {
		return err
	}
	a.w.accounts[id] = "open"
	return nil
}

func (a accounts) Suspend(_ context.Context, id string) error {
	if err := a.w.step("account shut"); err != nil {
		return err
	}
	a.w.accounts[id] = "shut"
	return nil
}

type desks struct{ w *world }

func (d desks) set(id, state string) error {
	if err := d.w.step("desk", state); err != nil {
		return err
	}
	d.w.desks[id] = state
	return nil
}

func (d desks) Hosts(id string) bool { return d.w.desks[id] != "" }
func (d desks) Found(_ context.Context, id string) ([]schemas.Key, error) {
	if d.w.desks[id] != "" {
		return keysOf(id), d.w.step("desk there")
	}
	return keysOf(id), d.set(id, "found")
}

func (d desks) Open(_ context.Context, id string) (string, error) {
	return id + "/desk.json", d.set(id, "open")
}
func (d desks) Freeze(_ context.Context, id string) error { return d.set(id, "frozen") }
func (d desks) Close(_ context.Context, id string) error  { return d.set(id, "gone") }
func (d desks) Renew(_ context.Context, id string) (string, error) {
	return id + "/desk.json", d.set(id, "frozen")
}

func (w *world) Scopes(_ context.Context, agency string) ([]string, error) {
	var scopes []string
	for _, c := range w.inboxes {
		if c.Agency == agency {
			scopes = append(scopes, c.Scope)
		}
	}
	slices.Sort(scopes)
	return slices.Compact(scopes), nil
}

func (w *world) Find(_ context.Context, agency, scope, event string) (uint64, error) {
	for at, c := range w.inboxes {
		if c.Agency == agency && c.Scope == scope && c.Event == event {
			return at, w.step("find")
		}
	}
	return 0, w.step("find")
}

func (w *world) Remove(ctx context.Context, agency, scope, event string) error {
	if err := w.step("remove"); err != nil {
		return err
	}
	maps.DeleteFunc(w.inboxes, func(_ uint64, c operator.Copy) bool {
		return c.Agency == agency && c.Scope == scope && c.Event == event
	})
	return nil
}

func (w *world) Taken(_ context.Context, account string, place uint64) (bool, error) {
	return w.taken >= place && account == accountKey(shelter), nil
}

func (w *world) Empty(_ context.Context, agency string) error {
	if err := w.step("inbox emptied"); err != nil {
		return err
	}
	maps.DeleteFunc(w.inboxes, func(_ uint64, c operator.Copy) bool { return c.Agency == agency })
	return nil
}

// put copies a fact to an agency, unless it is there.
func (w *world) put(agency string, f services.Fact) uint64 {
	for at, c := range w.inboxes {
		if c.Agency == agency && c.Event == f.ID() {
			return at
		}
	}
	w.placed++
	w.inboxes[w.placed] = operator.Copy{Agency: agency, Scope: f.Scope().ID, Event: f.ID(), Source: f.Sequence}
	return w.placed
}

func (w *world) DeadLetters(context.Context, uint64) ([]operator.DeadLetter, []operator.Replay, error) {
	return slices.Clone(w.letters), w.replays, nil
}

func (w *world) Stored(_ context.Context, stream string, sequence uint64) (operator.Stored, error) {
	c, there := w.inboxes[sequence]
	if stream == operator.StreamLedger {
		there, c.Source = int(sequence) <= len(w.facts), sequence
	}
	if !there {
		return operator.Stored{}, services.Refuse(services.Unknown, services.CodeNotVisible)
	}
	f := w.facts[c.Source-1]
	s := operator.Stored{Bytes: f.Bytes, Fact: f}
	if stream == operator.StreamInbox {
		s.Copy = &c
	}
	return s, nil
}

func (w *world) Replayed(_ context.Context, r operator.Replay) error {
	if err := w.step(map[bool]string{true: "ended", false: "begun"}[r.Ended]); err != nil {
		return err
	}
	w.replays = append(w.replays, r)
	return nil
}

func (w *world) Again(_ context.Context, service string, f services.Fact) (string, error) {
	if err := w.step("again", service, fmt.Sprint(f.Sequence)); err != nil {
		return "", err
	}
	return w.again(service, f)
}

func (w *world) Handled(context.Context) error {
	if w.late != nil {
		w.late()
	}
	return w.step("all handled")
}

func (w *world) Read(_ context.Context, scope schemas.Scope) ([]services.Fact, error) {
	return slices.DeleteFunc(slices.Clone(w.facts), func(f services.Fact) bool { return f.Scope() != scope }), nil
}

// file adds an event to the ledger.
func (w *world) file(by services.Party, typ, subject string, data any) services.Fact {
	w.t.Helper()
	recorded := epoch.Add(time.Duration(len(w.facts)) * time.Minute)
	e, err := schemas.Draft{
		ID: schemas.DeriveEventID(recorded, "test", "", typ, len(w.facts)), Author: by,
		Type: typ, Subject: subject, Time: recorded, Data: data,
	}.Event()
	if err != nil {
		w.t.Fatal(err)
	}
	raw, err := schemas.Encode(e, base64.StdEncoding.EncodeToString([]byte("{}")))
	if err != nil {
		w.t.Fatal(err)
	}
	f, err := services.NewFact(raw, uint64(len(w.facts)+1), recorded, "")
	if err != nil {
		w.t.Fatal(err)
	}
	w.facts = append(w.facts, f)
	return f
}

// open opens a case that labour leads.
func (w *world) open(id string) services.Fact {
	w.t.Helper()
	return w.file(services.Party{Agency: labour}, "case.opened", id, schemas.CaseOpened{Kind: "person", Origin: "self", Lead: labour})
}

func wantKind(t *testing.T, err error, k services.Kind, code string) {
	t.Helper()
	if services.KindOf(err) != k || k != "" && services.AsError(err).Code != code {
		t.Errorf("got %v, want %s: %s", err, k, code)
	}
}
