package desk_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// A receipt that is for something else, or that the hub did not sign, is none:
// the event waits, and is submitted again.
func TestReceiptDoesNotFit(t *testing.T) {
	for name, forge := range map[string]func(*services.Receipt){
		"another event": func(r *services.Receipt) { r.Event = schemas.DeriveEventID(dawn, "", "", "", 0) },
		"other bytes":   func(r *services.Receipt) { r.SHA256 = schemas.Digest(nil) },
		"no signature":  func(r *services.Receipt) { r.Key = "" },
		"nothing":       func(r *services.Receipt) { *r = services.Receipt{} },
	} {
		t.Run(name, func(t *testing.T) {
			world(t, func(t *testing.T, h *hub) {
				m := h.desks[labour]
				h.settle()
				h.setForge(forge)
				id, raw := m.opening(caseA)
				if a := m.file(raw); !a.Waits() {
					t.Errorf("a forged receipt was believed: %+v", a.Receipt)
				}
				if _, err := m.Receipt(t.Context(), id); kind(err) != "later waiting" {
					t.Errorf("receipt: %s", kind(err))
				}
				h.setForge(nil)
				time.Sleep(time.Minute)
				synctest.Wait()
				if a := m.file(raw); a.Waits() || a.Receipt.Key != hubKey {
					t.Errorf("no receipt in the end: %+v", a)
				}
				expect(t, "ledger", h.filed(caseA), []string{id})
				expect(t, "the first attempt", m.attempted()[0], "case.opened: later: receipt")
			})
		})
	}
}

// A key of the hub that the desk does not know yet may be new.
func TestReceiptWithANewKey(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		m := h.desks[labour]
		h.settle()
		h.setForge(func(r *services.Receipt) { r.Key = stranger })
		h.register(stranger, "shelter", nil)
		_, raw := m.opening(caseA)
		if a := m.file(raw); a.Waits() {
			t.Error("the directory was not asked for the key")
		}
	})
}

// Each attempt is observed, with type, kind and code, and nothing else.
func TestObserve(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		m := h.desks[labour]
		h.settle()
		h.script("case.opened", services.Because(services.Later, "full", errors.New("Invented Canary")))
		_, raw := m.opening(caseA)
		m.file(raw)
		time.Sleep(time.Minute)
		synctest.Wait()
		h.script("case.linked", moved)
		_, raw = m.link(caseA)
		if _, err := m.File(t.Context(), raw); kind(err) != "conflict offer_closed" {
			t.Errorf("link: %s", kind(err))
		}
		expect(t, "attempts", m.attempted(), []string{
			"case.opened: later: full", "case.opened: <nil>", "case.linked: conflict: offer_closed",
		})
	})
}

func (h *hub) setForge(forge func(*services.Receipt)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.forge = forge
}

// attempted is what Observe was told.
func (m *member) attempted() []string {
	m.attempts.Lock()
	defer m.attempts.Unlock()
	return append([]string(nil), m.attempts.seen...)
}
