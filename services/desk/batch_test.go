package desk_test

import (
	"fmt"
	"testing"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services/desk"
)

// together is the batch of the tests.
const together = "dddddddddddddddddddddddddddddd4d"

// fileTogether files n cases under one batch, with a referral to the shelter each,
// and returns their ids, sorted.
func (h *hub) fileTogether(n int) []string {
	h.t.Helper()
	m := h.desks[labour]
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("%010xeeeeeeeeeeeeeeeeeeeeee", 0xe000000000+i)
		m.file(openForm(h.t, m.IDs.EventID(), "case.opened", ids[i], map[string]any{
			"kind": "person", "origin": "inspection", "lead": labour, "batch": together,
		}))
		m.file(openForm(h.t, m.IDs.EventID(), "referral.requested", ids[i], map[string]any{
			"referral": m.IDs.ID(), "service": "shelter", "area": map[string]any{"kind": "province", "code": "TH-74"},
			"age_class": "adult", "priority": "urgent", "basis": "consent", "to": harbour, "batch": together,
		}))
	}
	h.settle()
	return ids
}

// outcomes are what became of each case of a batch.
func outcomes(a desk.BatchAnswer) []string {
	var all []string
	for _, r := range a.Results {
		all = append(all, r.Case[:10]+" "+kind(r.Err))
	}
	return all
}

// A word over a batch answers for each case; what one of them does not allow is
// refused there alone, and the same again gets the same answers.
func TestAcceptAllOrSome(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		ids := h.fileTogether(3)
		m := h.desks[harbour]
		some, err := m.ActOnBatch(t.Context(), "decline", together, desk.ActInput{
			Reason: "cannot_take", Cases: []string{schemas.Reference(ids[2]), caseA, ids[2]},
		})
		if err != nil {
			t.Fatal(err)
		}
		expect(t, "some", outcomes(some), []string{"e000000002 ok", "aaaaaaaaaa unknown not_visible"})
		h.settle()

		in := desk.ActInput{Event: m.IDs.EventID()}
		want := []string{"e000000000 ok", "e000000001 ok", "e000000002 conflict offer_closed"}
		first, err := m.ActOnBatch(t.Context(), "accept", schemas.Reference(ids[0]), in)
		if err != nil {
			t.Fatal(err)
		}
		expect(t, "all", outcomes(first), want)
		h.settle()
		again, err := m.ActOnBatch(t.Context(), "accept", together, in)
		if err != nil {
			t.Fatal(err)
		}
		expect(t, "again", outcomes(again), want)
		for i := range 2 {
			expect(t, "answer", again.Results[i].Answer, first.Results[i].Answer)
		}
		expect(t, "event", again.Event, in.Event)

		told, err := h.desks[labour].ActOnBatch(t.Context(), "assert", together, desk.ActInput{Status: "possible"})
		if err != nil {
			t.Fatal(err)
		}
		expect(t, "about the cases", outcomes(told), []string{"e000000000 ok", "e000000001 ok", "e000000002 ok"})
	})
}

func TestBatchRefused(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		ids := h.fileTogether(2)
		for _, row := range []struct {
			agency, verb, batch string
			in                  desk.ActInput
			want                string
		}{
			{riverside, "accept", together, desk.ActInput{}, "unknown not_visible"},
			{harbour, "accept", caseB, desk.ActInput{}, "unknown not_visible"},
			{harbour, "accept", "a.*", desk.ActInput{}, "unknown not_visible"},
			{harbour, "sing", together, desk.ActInput{}, "unknown verb"},
			{harbour, "accept", together, desk.ActInput{Event: "x"}, "invalid malformed"},
			{harbour, "accept", together, desk.ActInput{Cases: many(ids[0], desk.MaxBatchCases+1)}, "invalid schema"},
			{harbour, "accept", together, desk.ActInput{Cases: ids[:1]}, "ok"},
		} {
			_, err := h.desks[row.agency].ActOnBatch(t.Context(), row.verb, row.batch, row.in)
			if kind(err) != row.want {
				t.Errorf("%s %s %s: %s, want %s", row.agency, row.verb, row.batch, kind(err), row.want)
			}
		}
	})
}

// many names as many cases that are none.
func many(like string, n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("%s%08x", like[:24], i)
	}
	return names
}
