package desk_test

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
)

// The agencies of the tests, all of them invented.
const (
	labour    = "labour-samutsakhon"
	harbour   = "shelter-harbour"
	riverside = "shelter-riverside"
	province  = "coordinator-samutsakhon"
)

// dawn is when every test begins.
var dawn = time.Date(2026, 11, 23, 2, 41, 7, 0, time.UTC)

// hub is a bus in miniature: the rules of a case, who sees what, a vault.
type hub struct {
	t     *testing.T
	began time.Time

	mu      sync.Mutex
	agents  *memory // its directory
	offices []services.StoredEvent
	ledger  []services.Fact
	vault   map[string][]byte
	desks   map[string]*member
	// refuse is asked before every request; nil lets it through. After is asked
	// before a receipt leaves, so that one can be lost on the way.
	refuse, after func(verb, agency string, raw []byte) error
	// forge changes receipts on their way; nil leaves them.
	forge func(*services.Receipt)
	// bend changes answers of the directory on their way; nil leaves them.
	bend   func(*services.AskReply)
	pages  int // of the directory, handed out
	handed int // events on them
}

func newHub(t *testing.T) *hub {
	h := &hub{
		t: t, began: time.Now(), agents: newMemory(),
		vault: map[string][]byte{}, desks: map[string]*member{},
	}
	shelter := []schemas.ServiceLine{{Service: "shelter", Languages: []string{"my"}, Capacity: "capacity"}}
	h.register(labour, "labour_office", nil)
	h.register(riverside, "shelter", shelter)
	h.register(harbour, "shelter", shelter)
	h.register(province, casefile.KindCoordinator, nil)
	return h
}

var samutSakhon = schemas.Area{Kind: "province", Code: "TH-74"}

func (h *hub) now() time.Time { return dawn.Add(time.Since(h.began)) }

func (h *hub) register(id, kind string, lines []schemas.ServiceLine) {
	h.t.Helper()
	raw, err := scribe{}.Write(schemas.Draft{
		ID:     schemas.DeriveEventID(dawn, "operator", id, "agency.registered", 0),
		Author: schemas.Party{Service: schemas.Operator}, Type: "agency.registered", Subject: id, Time: dawn,
		Data: schemas.AgencyRegistered{
			Kind: kind, Office: samutSakhon, Areas: []schemas.Area{samutSakhon}, Services: lines,
			Keys: []schemas.Key{{Use: "sealing", Key: "key of " + id}},
		},
	})
	if err != nil {
		h.t.Fatal(err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	f := h.record(raw)
	if err := h.agents.Apply(h.t.Context(), f); err != nil {
		h.t.Fatal(err)
	}
	h.offices = append(h.offices, f.Stored())
}

// record adds a fact to the ledger.
func (h *hub) record(raw []byte) services.Fact {
	f, err := services.NewFact(raw, uint64(len(h.ledger)+1), h.now().Truncate(time.Millisecond), "")
	if err != nil {
		h.t.Errorf("not an event: %v", err)
	}
	h.ledger = append(h.ledger, f)
	return f
}

// settle hands out what is in the inboxes until nothing moves any more.
func (h *hub) settle() {
	h.t.Helper()
	for moved := true; moved; {
		synctest.Wait()
		moved = false
		for _, m := range h.desks {
			for f, ok := m.next(); ok; f, ok = m.next() {
				moved = true
				if err := m.Service.Apply(h.t.Context(), f); err != nil {
					h.t.Errorf("%s: apply %s: %v", m.id, f.Name(), err)
				}
			}
		}
	}
}

func (m *member) next() (services.Fact, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.read == len(m.inbox) {
		return services.Fact{}, false
	}
	m.read++
	return m.inbox[m.read-1], true
}

// accept appends a fact and what follows from it.
func (h *hub) accept(f services.Fact) (services.Receipt, error) {
	for _, old := range h.ledger {
		if old.Scope() == f.Scope() && old.ID() == f.ID() {
			if string(old.Bytes) != string(f.Bytes) {
				return services.Receipt{}, services.Refuse(services.Conflict, services.CodeIDReused)
			}
			return receipt(old), nil
		}
	}
	before := h.history(f.Scope())
	if err := casefile.Check(casefile.Fold(before), h.agents, f); err != nil {
		return services.Receipt{}, err
	}
	for _, sealed := range casefile.Sections(f) {
		if len(h.vault[f.Author()+f.ID()+sealed.Section+sealed.Digest]) == 0 {
			return services.Receipt{}, services.Refuse(services.Later, services.CodeNoSection)
		}
	}
	f = h.record(f.Bytes)
	h.deliver(before, f)
	h.decide(f)
	return receipt(f), nil
}

func receipt(f services.Fact) services.Receipt {
	return services.Receipt{Event: f.ID(), SHA256: schemas.Digest(f.Bytes), Recorded: f.Recorded, Key: hubKey}
}

// hubKey stands for the signature of a receipt.
const hubKey = "key of the hub"

// history reads a scope, and what it cites.
func (h *hub) history(scope schemas.Scope) []services.Fact {
	var facts []services.Fact
	for _, f := range h.ledger {
		if f.Scope() == scope {
			facts = append(facts, f)
		}
	}
	st := casefile.Fold(facts)
	return append(facts, st.Cited(slices.DeleteFunc(slices.Clone(h.ledger), func(f services.Fact) bool {
		return f.Scope().Kind != schemas.ScopeInspection
	}))...)
}

// deliver puts into the inboxes what the fact opens, and says what it ends.
func (h *hub) deliver(before []services.Fact, cause services.Fact) {
	after := h.history(cause.Scope())
	had := casefile.Entitled(casefile.Fold(before), h.agents)
	has := casefile.Entitled(casefile.Fold(after), h.agents)
	for id, m := range h.desks {
		var gone []string
		for _, f := range after {
			switch {
			case has.Has(id, f.ID()) && !had.Has(id, f.ID()):
				m.inbox = append(m.inbox, f)
			case had.Has(id, f.ID()) && !has.Has(id, f.ID()):
				gone = append(gone, f.ID())
			}
		}
		if len(gone) > 0 {
			m.inbox = append(m.inbox, h.ended(cause, id, gone))
		}
	}
}

func (h *hub) ended(cause services.Fact, agency string, gone []string) services.Fact {
	raw, err := scribe{}.Write(schemas.Draft{
		ID:     schemas.DeriveEventID(cause.Recorded, schemas.Delivery, cause.ID(), "access.ended:"+agency, 0),
		Author: schemas.Party{Service: schemas.Delivery}, Type: "access.ended", Subject: cause.Scope().ID,
		Time: cause.Recorded, Cause: cause.ID(), Data: schemas.AccessEnded{Cause: cause.ID(), Events: gone},
	})
	if err != nil {
		h.t.Error(err)
	}
	f, err := services.NewFact(raw, cause.Sequence, cause.Recorded, "")
	if err != nil {
		h.t.Error(err)
	}
	return f
}

// decide files what follows from a fact.
func (h *hub) decide(cause services.Fact) {
	for _, d := range casefile.Consequences(casefile.Fold(h.history(cause.Scope())), h.agents) {
		raw, err := scribe{}.Write(schemas.Draft{
			ID:     schemas.DeriveEventID(d.Cause.Recorded, schemas.Routing, d.Cause.ID(), d.Type, d.Ordinal),
			Author: schemas.Party{Service: schemas.Routing}, Type: d.Type, Subject: d.Subject,
			Time: d.Cause.Recorded, Cause: d.Cause.ID(), Data: d.Data,
		})
		if err != nil {
			h.t.Error(err)
		}
		f, err := services.NewFact(raw, 0, h.now(), "")
		if err != nil {
			h.t.Error(err)
		}
		if _, err := h.accept(f); err != nil {
			h.t.Errorf("decide %s: %v", d.Type, err)
		}
	}
}

func (h *hub) ask(verb, agency string, raw []byte) error {
	if h.refuse == nil {
		return nil
	}
	return h.refuse(verb, agency, raw)
}
