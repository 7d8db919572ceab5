package intake_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
	"github.com/saphan-project/saphan/services/intake"
)

// Invented agencies and ids of every test.
const (
	labour  = "labour-example"
	shelter = "shelter-example"
	harbour = "shelter-harbour"
	watch   = "coordinator-example"
)

var (
	province = schemas.Area{Kind: "province", Code: "TH-74"}
	epoch    = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	theCase  = strings.Repeat("ca", 16)
	site     = strings.Repeat("51", 16)
	referral = schemas.InReferral{Referral: strings.Repeat("4e", 16)}
	routing  = services.Party{Service: schemas.Routing}
)

func by(agency string) services.Party { return services.Party{Agency: agency} }

// bus is a gate with everything that it needs, in memory.
type bus struct {
	*intake.Service
	*ledger
	now      time.Time
	agencies map[string]string // id → status
	unsigned bool              // no signature is valid any more
	missing  bool              // the vault holds nothing
	refused  []string
	paused   []int
}

func newBus() *bus {
	b := &bus{ledger: &ledger{}, now: epoch, agencies: map[string]string{
		labour: "active", shelter: "active", harbour: "active", watch: "active",
	}}
	b.Service = intake.New(b.config())
	return b
}

func (b *bus) config() intake.Config {
	return intake.Config{
		Directory: b, Ledger: b.ledger, Verifier: b, Sections: b, Receipts: b, Audit: b,
		Now:   func() time.Time { return b.now },
		Pause: func(_ context.Context, attempt int) error { b.paused = append(b.paused, attempt); return nil },
	}
}

func (b *bus) Agency(id string) (casefile.Agency, bool) {
	status, ok := b.agencies[id]
	kind := "shelter"
	if id == watch {
		kind = casefile.KindCoordinator
	}
	return casefile.Agency{ID: id, Kind: kind, Status: status, Office: province, Areas: []schemas.Area{province}}, ok
}

func (b *bus) Agencies() []casefile.Agency {
	var all []casefile.Agency
	for _, id := range []string{watch, labour, shelter, harbour} {
		a, _ := b.Agency(id)
		all = append(all, a)
	}
	return all
}

func (b *bus) Verify(schemas.Event) error {
	if b.unsigned {
		return errors.New("no key of this source fits")
	}
	return nil
}

func (b *bus) Holds(context.Context, string, string, string, string) (bool, error) {
	return !b.missing, nil
}

func (b *bus) Sign(f services.Fact) (services.Receipt, error) {
	return services.Receipt{
		Event: f.ID(), SHA256: schemas.Digest(f.Bytes), Recorded: f.Recorded, Subject: f.Subject,
	}, nil
}

func (b *bus) Refused(_ context.Context, from services.Party, typ string, e *services.Error) {
	b.refused = append(b.refused, fmt.Sprintf("%s%s %s %s %s", from.Agency, from.Service, typ, e.Kind, e.Code))
}

// ledger keeps entries as the real one does: create-only, and appended only
// behind what the writer has read.
type ledger struct {
	mu      sync.Mutex
	facts   []services.Fact
	entries []intake.Entry
	// before is called before each append is tried, outside the lock; its error
	// is the answer instead. after replaces the answer of a successful append.
	before func() error
	after  func() error
}

func (l *ledger) Read(_ context.Context, scope schemas.Scope) ([]services.Fact, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.read(scope), nil
}

func (l *ledger) read(scope schemas.Scope) []services.Fact {
	var facts []services.Fact
	for _, f := range l.facts {
		if f.Scope() == scope {
			facts = append(facts, f)
		}
	}
	return facts
}

func (l *ledger) Append(_ context.Context, e intake.Entry) (services.Fact, error) {
	if before := l.before; before != nil {
		l.before = nil
		if err := before(); err != nil {
			return services.Fact{}, err
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	facts := l.read(e.Scope)
	if slices.ContainsFunc(facts, func(f services.Fact) bool { return f.ID() == e.Event }) {
		return services.Fact{}, services.Refuse(services.Conflict, services.CodeIDReused)
	}
	if n := len(facts); n > 0 && facts[n-1].Sequence != e.After || n == 0 && e.After != 0 {
		return services.Fact{}, services.Refuse(services.Later, services.CodeMoved)
	}
	f, err := services.NewFact(e.Raw, uint64(len(l.facts)+1), e.Recorded,
		fmt.Sprintf("%s.%s.%d.%s", e.Scope.Kind, e.Scope.ID, e.Page, e.Event))
	if err != nil {
		return services.Fact{}, err
	}
	l.facts, l.entries = append(l.facts, f), append(l.entries, e)
	if l.after != nil {
		return services.Fact{}, l.after()
	}
	return f, nil
}

// stored lists the short names of everything in the ledger.
func (l *ledger) stored() []string {
	var names []string
	for _, f := range l.facts {
		names = append(names, f.Name())
	}
	return names
}

// say is an event as its author signed it. Serial makes its id.
func say(t testing.TB, from services.Party, typ, subject string, serial int, data any) []byte {
	t.Helper()
	return write(t, schemas.Draft{
		ID:     schemas.DeriveEventID(epoch, "test", "", typ, serial),
		Author: from, Type: typ, Subject: subject, Time: epoch, Data: data,
	})
}

func write(t testing.TB, d schemas.Draft) []byte {
	t.Helper()
	e, err := d.Event()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := schemas.Encode(e, base64.StdEncoding.EncodeToString([]byte("{}")))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func (b *bus) must(t testing.TB, from services.Party, raw []byte) services.Receipt {
	t.Helper()
	r, err := b.Submit(t.Context(), from, raw)
	if err != nil {
		t.Fatalf("Submit: %v", err)
	}
	return r
}

func finding() schemas.FindingRecorded {
	return schemas.FindingRecorded{
		Violations: []string{"wage.withheld"}, Area: province, Sector: "C", Month: "2026-03", People: "2-4",
	}
}

func opened(from ...schemas.Citation) schemas.CaseOpened {
	return schemas.CaseOpened{
		Kind: "person", Origin: "inspection", Lead: labour, Areas: []schemas.Area{province}, From: from,
	}
}

func asked() schemas.ReferralRequested {
	return schemas.ReferralRequested{
		InReferral: referral, Service: "shelter", Area: province, AgeClass: "adult",
		Priority: "urgent", Basis: "consent",
	}
}

// openCase files a case up to an open offer to the shelter, and returns that.
func (b *bus) openCase(t testing.TB) schemas.InOffer {
	t.Helper()
	b.must(t, by(labour), say(t, by(labour), "case.opened", theCase, 0, opened()))
	b.must(t, by(labour), say(t, by(labour), "referral.requested", theCase, 0, asked()))
	r := b.must(t, routing, say(t, routing, "referral.offered", theCase, 0,
		schemas.ReferralOffered{InReferral: referral, To: shelter, Why: []string{"service"}}))
	return schemas.InOffer{InReferral: referral, Offer: r.Event}
}
