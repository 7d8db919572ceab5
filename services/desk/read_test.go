package desk_test

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/saphan-project/saphan/schemas"
)

func TestLookup(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		h.fileSample()
		m := h.desks[labour]
		twin := person[:10] + "00000000000000000000ff"
		opened := openForm(t, m.IDs.EventID(), "case.opened", twin, map[string]any{
			"kind": "situation", "origin": "agency", "lead": labour,
		})
		for name, want := range map[string]string{
			person:                    "ok",
			schemas.Reference(person): "ok",
			strings.ToLower(schemas.Reference(person)): "ok",
			twin:          "unknown not_visible",
			"K7QM-3F9X-S": "unknown not_visible",
			"":            "unknown not_visible",
			"../../etc":   "unknown not_visible",
		} {
			if _, err := m.Case(t.Context(), name); kind(err) != want {
				t.Errorf("case %q: %s, want %s", name, kind(err), want)
			}
		}
		if _, err := m.File(t.Context(), opened); err != nil {
			t.Fatal(err)
		}
		h.settle()
		if _, err := m.Case(t.Context(), schemas.Reference(person)); kind(err) != "conflict ambiguous" {
			t.Errorf("shared reference: %s", kind(err))
		}
		both, err := m.Lookup(t.Context(), schemas.Reference(person))
		if err != nil || len(both) != 2 {
			t.Errorf("lookup of a shared reference: %v, %v", both, err)
		}
	})
}

// To show one case, the desk reads one row of the lists and one queue, however
// much waits elsewhere.
func TestReadingOneCase(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		h.fileSample()
		m := h.desks[labour]
		h.setRefuse(everyone)
		_, raw := m.opening(caseB)
		m.file(raw)
		synctest.Wait()
		for name, read := range map[string]func() error{
			"case":  func() error { _, err := m.Case(t.Context(), person); return err },
			"trace": func() error { _, err := m.Trace(t.Context(), schemas.Reference(person)); return err },
		} {
			m.memory.listed, m.memory.queued = 0, nil
			if err := read(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			expect(t, name+": lists", m.memory.listed, 1)
			if len(m.memory.queued) != 1 || m.memory.queued[0] == "" {
				t.Errorf("%s: queues %q", name, m.memory.queued)
			}
		}
	})
}

// Nobody needs the keys of others but the desk itself.
func TestAgenciesWithoutKeys(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		h.settle()
		raw, err := json.Marshal(h.desks[labour].Service.Agencies())
		if err != nil || !strings.Contains(string(raw), `"agency":"shelter-harbour"`) || strings.Contains(string(raw), "key of") {
			t.Errorf("agencies: %s, %v", raw, err)
		}
	})
}
