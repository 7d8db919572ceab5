package desk_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/desk"
)

// hears puts what an agency says about its room into the hub's directory, signed or
// not, and returns when it was recorded.
func (h *hub) hears(about string, by schemas.Party, capacity, signature string) time.Time {
	h.t.Helper()
	e, err := schemas.Draft{
		ID: schemas.DeriveEventID(h.now(), about, by.Agency, capacity, len(h.offices)), Author: by,
		Type: "agency.capacity_changed", Subject: about, Time: h.now(),
		Data: schemas.AgencyCapacityChanged{Service: "shelter", Capacity: capacity},
	}.Event()
	if err != nil {
		h.t.Fatal(err)
	}
	raw, err := schemas.Encode(e, signature)
	if err != nil {
		h.t.Fatal(err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	f := h.record(raw)
	h.offices = append(h.offices, f.Stored())
	return f.Recorded
}

const scribed = "c2lnbmVk" // as scribe signs

// first asks whom a request for a shelter would be offered to first.
func (m *member) first() string {
	m.t.Helper()
	told, err := m.Route(m.t.Context(), desk.RouteInput{Asked: schemas.ReferralRequested{
		Service: "shelter", Area: samutSakhon, AgeClass: "adult", Language: "my",
	}})
	if err != nil || len(told.Candidates) == 0 {
		m.t.Fatalf("nobody: %+v, %v", told, err)
	}
	return told.Candidates[0].Agency
}

// TestRouteKnowsWhoIsFull: the desk asks for the newest directory, verifies what
// an agency says about itself, and keeps it over a restart.
func TestRouteKnowsWhoIsFull(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHub(t)
		defer h.leave()
		m := h.join(labour)
		synctest.Wait()
		if got := m.first(); got != harbour {
			t.Fatalf("first is %s", got)
		}
		said := h.hears(harbour, schemas.Party{Agency: harbour}, "none", scribed)
		if got := m.first(); got != riverside {
			t.Errorf("with harbour full, first is %s", got)
		}
		for _, a := range m.Agencies() {
			if a.ID == harbour && (a.Room[0].Capacity != "none" || !a.Room[0].Said.Equal(said)) {
				t.Errorf("room %+v", a.Room)
			}
		}
		_ = m.Close()
		h.refuse = func(string, string, []byte) error { return services.Refuse(services.Later, services.CodeBusAway) }
		m.memory.known, m.memory.about = newMemory().known, newMemory().about
		m.open() // without the hub
		synctest.Wait()
		if got := m.first(); got != riverside {
			t.Errorf("after a restart without the hub, first is %s", got)
		}
	})
}

// TestAForgedWordIsNotBelieved: what the hub hands on as an agency's word without
// its signature changes nothing.
func TestAForgedWordIsNotBelieved(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHub(t)
		defer h.leave()
		m := h.join(labour)
		synctest.Wait()
		h.hears(harbour, schemas.Party{Agency: harbour}, "none", "Zm9yZ2Vk")
		if got := m.first(); got != harbour {
			t.Errorf("a forged word was believed: first is %s", got)
		}
		h.offices = h.offices[:len(h.offices)-1]
		h.hears(harbour, schemas.Party{Agency: riverside}, "none", scribed)
		if got := m.first(); got != harbour {
			t.Errorf("another agency's word was believed: first is %s", got)
		}
	})
}

func TestRouteRefusesWhatCannotBeTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHub(t)
		defer h.leave()
		m := h.join(labour)
		_, err := m.Route(t.Context(), desk.RouteInput{Asked: schemas.ReferralRequested{Service: "shelter", AgeClass: "17"}})
		e := services.AsError(err)
		want := []schemas.Problem{{Pointer: "/asked/area/kind", Code: "required"}, {Pointer: "/asked/age_class", Code: "enum"}}
		if e.Kind != services.Invalid || len(e.Problems) != 2 || e.Problems[0] != want[0] || e.Problems[1] != want[1] {
			t.Errorf("answered %v %v", err, e.Problems)
		}
	})
}
