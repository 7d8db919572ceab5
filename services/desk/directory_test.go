package desk_test

import (
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/saphan-project/saphan/services"
)

// A desk gets a directory of any size, and after that only what is new in it.
func TestDirectoryComesInPages(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHub(t)
		defer h.leave()
		for i := range 500 {
			h.register(fmt.Sprintf("shelter-%03d", i), "shelter", nil)
		}
		m := h.join(labour)
		synctest.Wait()
		all := len(h.offices)
		if len(m.Agencies()) != all || h.handed != all {
			t.Fatalf("%d agencies of %d, from %d events", len(m.Agencies()), all, h.handed)
		}
		h.handed, h.pages = 0, 0
		_ = m.first()
		if h.handed != 0 || h.pages != 1 {
			t.Errorf("%d events on %d pages, and nothing was new", h.handed, h.pages)
		}
		h.register(stranger, "shelter", nil)
		_ = m.first()
		if h.handed != 1 || len(m.Agencies()) != all+1 {
			t.Errorf("%d events and %d agencies, and one was new", h.handed, len(m.Agencies()))
		}
		m.crash()
		synctest.Wait()
		if _, known := m.memory.Agency(stranger); !known || len(m.Agencies()) != all+1 {
			t.Errorf("%d agencies after a restart", len(m.Agencies()))
		}
	})
}

// What comes with the candidates of one referral is not the whole directory: the
// agencies that stand between them still come.
func TestCandidatesLeaveNoGap(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		h.settle()
		m := h.desks[labour]
		h.register(stranger, "shelter", nil)
		h.register("shelter-late", "shelter", nil)
		h.setBend(func(reply *services.AskReply) {
			if reply.Candidates != nil {
				reply.Events = reply.Events[1:]
			}
		})
		h.fileSample()
		if _, known := m.memory.Agency("shelter-late"); !known {
			t.Fatal("the candidates taught the desk nothing")
		}
		_ = m.first()
		if _, known := m.memory.Agency(stranger); !known {
			t.Error("an agency is missing for good")
		}
	})
}

// A page that cannot be believed is asked for again, and one that leads nowhere
// ends the asking.
func TestPagesThatAreWrong(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		h.settle()
		m := h.desks[harbour]
		h.register(stranger, "shelter", nil)
		for name, bend := range map[string]func(*services.AskReply){
			"nothing, and more":  func(r *services.AskReply) { r.Events, r.More = nil, true },
			"the same, and more": func(r *services.AskReply) { r.Events, r.More = h.offices[:1], true },
			"no event":           func(r *services.AskReply) { r.Events = []services.StoredEvent{{Raw: []byte("{}"), Sequence: 99}} },
		} {
			h.setBend(bend)
			if err := m.Apply(t.Context(), delivered(t, stranger)); kind(err) != "unknown directory_signature" {
				t.Errorf("%s: %s", name, kind(err))
			}
		}
		h.setBend(nil)
		if err := m.Apply(t.Context(), delivered(t, stranger)); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
}

func (h *hub) setBend(bend func(*services.AskReply)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.bend = bend
}
