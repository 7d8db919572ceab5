package desk_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/saphan-project/saphan/schemas"
)

// After one event of a batch is refused, the rest of its case is not filed; the
// other cases are.
func TestBatchPartlyRefused(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		m := h.desks[labour]
		h.script(person, moved)
		results, err := m.FileBatch(t.Context(), schemas.Example())
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range results {
			got = append(got, kind(r.Err))
		}
		refused := "conflict offer_closed"
		expect(t, "results", got, []string{"ok", "ok", "ok", refused, refused, refused, refused})
		expect(t, "ledger", h.filed(person), nil)
	})
}

// What the desk refuses itself leaves nothing behind, and repeats no value.
func TestRefusedAtTheDesk(t *testing.T) {
	const canary = "Invented Canary"
	world(t, func(t *testing.T, h *hub) {
		h.settle()
		m := h.desks[labour]
		id := m.IDs.EventID()
		about := func(more map[string]any) map[string]any {
			data := map[string]any{"referral": referral, "offer": id}
			for name, value := range more {
				data[name] = value
			}
			return data
		}
		opened := map[string]any{"kind": "person", "origin": "agency", "lead": labour}
		for _, row := range []struct {
			name string
			raw  []byte
			want string
		}{
			{"nothing", nil, "invalid malformed"},
			{"no JSON", []byte(canary), "invalid malformed"},
			{"a batch", schemas.Example(), "invalid malformed"},
			{"an id that is none", openForm(t, canary, "case.opened", caseA, opened), "invalid malformed"},
			{"a type of the hub", openForm(t, id, "referral.offered", caseA, about(map[string]any{
				"to": harbour, "why": []string{"named"},
			})), "forbidden author"},
			{"an unknown code", openForm(t, id, "case.opened", caseA, map[string]any{
				"kind": canary, "origin": "agency", "lead": labour,
			}), "invalid schema"},
			{"a section against its schema", openForm(t, id, "case.opened", caseA, map[string]any{
				"kind": "person", "origin": "agency", "lead": labour, "sections": map[string]any{"identity": map[string]any{canary: canary}},
			}), "invalid schema"},
			{"a referral that is not there", openForm(t, id, "referral.declined", caseA, about(map[string]any{
				"reason": "other", "sections": map[string]any{"feedback": map[string]any{"text": canary}},
			})), "unknown not_visible"},
			{"of another agency", bytes.Replace(openForm(t, id, "case.opened", caseA, opened), []byte("{"),
				[]byte(`{"source":"urn:saphan:agency:`+harbour+`",`), 1), "forbidden source"},
		} {
			_, err := m.File(t.Context(), row.raw)
			if kind(err) != row.want {
				t.Errorf("%s: %s, want %s", row.name, kind(err), row.want)
			}
			if err != nil && strings.Contains(err.Error(), canary) {
				t.Errorf("%s: the refusal repeats the input", row.name)
			}
		}
		expect(t, "rows", len(m.memory.rows), 0)
		expect(t, "sections", len(m.memory.kept), 0)
	})
}
