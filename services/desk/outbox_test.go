package desk_test

import (
	"bytes"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/desk"
)

const (
	caseA = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1"
	caseB = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb2"
	site  = "ccccccccccccccccccccccccccccccc3"
)

var (
	away     = services.Refuse(services.Later, services.CodeBusAway)
	moved    = services.RefuseIn("accepted", "offer_closed")
	everyone = func(string, string, []byte) error { return away }
)

// script has the hub answer to submitted events of a type, in turn; then nothing
// is refused any more.
func (h *hub) script(typ string, answers ...error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.refuse = func(verb, _ string, raw []byte) error {
		if verb != services.VerbSubmit || !bytes.Contains(raw, []byte(typ)) || len(answers) == 0 {
			return nil
		}
		next := answers[0]
		answers = answers[1:]
		if next == nil {
			return nil
		}
		return next
	}
}

func (h *hub) setRefuse(refuse func(verb, agency string, raw []byte) error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.refuse = refuse
}

// filed lists the ids of a scope in the ledger, in order.
func (h *hub) filed(scope string) []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var ids []string
	for _, f := range h.ledger {
		if f.Scope().ID == scope && f.Author() == labour {
			ids = append(ids, f.ID())
		}
	}
	return ids
}

// opening is a post that opens a case.
func (m *member) opening(subject string, from ...map[string]any) (string, []byte) {
	id := m.IDs.EventID()
	data := map[string]any{
		"kind": "person", "origin": "agency", "lead": labour,
		"sections": map[string]any{"identity": map[string]any{"name": "Invented Person One"}},
	}
	if len(from) > 0 {
		data["from"] = from
	}
	return id, openForm(m.t, id, "case.opened", subject, data)
}

// link is a post that can follow any number of times.
func (m *member) link(subject string) (string, []byte) {
	id := m.IDs.EventID()
	return id, openForm(m.t, id, "case.linked", subject, map[string]any{"relation": "part_of", "case": m.IDs.ID()})
}

// visit is a post that begins an inspection.
func (m *member) visit(id string) []byte {
	return openForm(m.t, id, "visit.recorded", site, map[string]any{
		"kind": "routine", "area": map[string]any{"kind": "province", "code": "TH-74"}, "sector": "C", "month": "2026-11",
	})
}

// file files a post that must not be refused.
func (m *member) file(raw []byte) desk.Answer {
	m.t.Helper()
	a, err := m.File(m.t.Context(), raw)
	if err != nil {
		m.t.Fatalf("file: %v", err)
	}
	return a
}

// crash starts the desk again on what it had stored.
func (m *member) crash() {
	_ = m.Close()
	m.open()
}

func TestHundredEqualPosts(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		m := h.desks[labour]
		id, raw := m.opening(caseA)
		answers := make([]desk.Answer, 100)
		var all sync.WaitGroup
		for i := range answers {
			all.Go(func() {
				a, err := m.File(t.Context(), raw)
				if err != nil {
					t.Errorf("post %d: %v", i, err)
				}
				answers[i] = a
			})
		}
		all.Wait()
		expect(t, "ledger", h.filed(caseA), []string{id})
		expect(t, "rows", len(m.memory.rows), 1)
		for i, a := range answers {
			if a.Receipt == nil || *a.Receipt != *answers[0].Receipt {
				t.Errorf("answer %d: %+v", i, a)
			}
		}
	})
}

func TestRepeat(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		m := h.desks[labour]
		_, raw := m.opening(caseA)
		first := m.file(raw)
		other := bytes.Replace(raw, []byte("Invented Person One"), []byte("Invented Person Two"), 1)
		elsewhere := bytes.ReplaceAll(raw, []byte(caseA), []byte(caseB))
		for _, row := range []struct {
			name string
			do   func()
			raw  []byte
			want string
		}{
			{"same bytes", func() {}, raw, "ok"},
			{"other content", func() {}, other, "conflict id_reused"},
			{"other white space", func() {}, append([]byte(" "), raw...), "conflict id_reused"},
			{"the same id in another case", func() {}, elsewhere, "conflict id_reused"},
			{"after a restart", m.crash, raw, "ok"},
			{"after 30 days", func() { time.Sleep(30 * 24 * time.Hour) }, raw, "ok"},
			{"while the hub is away", func() { h.setRefuse(everyone) }, raw, "ok"},
		} {
			row.do()
			a, err := m.File(t.Context(), row.raw)
			if kind(err) != row.want {
				t.Errorf("%s: %s, want %s", row.name, kind(err), row.want)
			}
			if err == nil && *a.Receipt != *first.Receipt {
				t.Errorf("%s: another receipt", row.name)
			}
		}
	})
}

func TestHubAway(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		m := h.desks[labour]
		h.settle()
		h.setRefuse(everyone)
		first, raw := m.opening(caseA)
		a := m.file(raw)
		second, raw := m.link(caseA)
		if b := m.file(raw); !a.Waits() || !b.Waits() {
			t.Fatalf("sent while the hub is away: %+v, %+v", a, b)
		}
		if _, err := m.Receipt(t.Context(), first); kind(err) != "later waiting" {
			t.Errorf("receipt: %s", kind(err))
		}
		c, err := m.Case(t.Context(), a.Reference)
		if err != nil || c.ID != caseA || len(c.Pending) != 2 {
			t.Errorf("a case that waits to be sent: %+v, %v", c, err)
		}
		m.crash()
		h.setRefuse(nil)
		time.Sleep(2 * time.Minute)
		h.settle()
		expect(t, "ledger", h.filed(caseA), []string{first, second})
		if _, err := m.Receipt(t.Context(), first); err != nil {
			t.Errorf("receipt: %v", err)
		}
		if c, err = m.Case(t.Context(), caseA); err != nil || len(c.Pending) != 0 || c.Kind != "person" {
			t.Errorf("the case after it was sent: %+v, %v", c, err)
		}
	})
}

// While the hub is away nobody waits for it but the sender.
func TestNobodyWaitsInVain(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		m := h.desks[labour]
		h.settle()
		h.setRefuse(func(verb, _ string, _ []byte) error {
			if verb == services.VerbSeal {
				h.mu.Unlock()
				time.Sleep(10 * time.Second)
				h.mu.Lock()
			}
			return away
		})
		began := time.Now()
		for range 50 {
			_, raw := m.opening(m.IDs.ID())
			m.file(raw)
		}
		if took := time.Since(began); took > 30*time.Second {
			t.Errorf("50 posts took %v", took)
		}
	})
}

func TestSendAgain(t *testing.T) {
	for name, again := range map[string]error{
		"later":      services.Refuse(services.Later, "no_coordinator"),
		"no section": services.Refuse(services.Later, services.CodeNoSection),
		"away":       away,
		"a bug":      services.Refuse(services.Internal, "bug"),
	} {
		t.Run(name, func(t *testing.T) {
			world(t, func(t *testing.T, h *hub) {
				m := h.desks[labour]
				h.script("case.opened", again, again, again)
				first, raw := m.opening(caseA)
				if a := m.file(raw); !a.Waits() {
					t.Fatal("it was sent at once")
				}
				second, raw := m.link(caseA)
				m.file(raw)
				h.mu.Lock()
				clear(h.vault) // the vault may forget what no event names
				h.mu.Unlock()
				time.Sleep(2 * time.Minute)
				synctest.Wait()
				expect(t, "ledger", h.filed(caseA), []string{first, second})
			})
		})
	}
}

func TestReceiptLost(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		m := h.desks[labour]
		h.after = everyone
		id, raw := m.opening(caseA)
		if a := m.file(raw); !a.Waits() {
			t.Error("a receipt that never came")
		}
		h.mu.Lock()
		h.after = nil
		h.mu.Unlock()
		time.Sleep(time.Minute)
		synctest.Wait()
		expect(t, "ledger", h.filed(caseA), []string{id})
		if a := m.file(raw); a.Waits() {
			t.Error("no receipt in the end")
		}
	})
}

// A parked queue, and a case that waits for it, keep nobody else from being sent
// after an outage.
func TestParkedAndAway(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		m := h.desks[labour]
		visit := m.IDs.EventID()
		m.fileUnheard(m.visit(visit), "visit.recorded")
		_, raw := m.opening(caseA, map[string]any{"inspection": site, "event": visit})
		m.file(raw)
		h.setRefuse(everyone)
		opened, raw := m.opening(caseB)
		m.file(raw)
		time.Sleep(time.Minute)
		h.setRefuse(nil)
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		expect(t, "ledger", h.filed(caseB), []string{opened})
		expect(t, "ledger of what waits for the parked one", h.filed(caseA), nil)
	})
}
