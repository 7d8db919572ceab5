package desk_test

import (
	"testing"
	"time"

	"github.com/saphan-project/saphan/services/desk"
)

// The inbox has what is most pressing first, and what is alike in order of age.
func TestInboxOrder(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		h.settle()
		m := h.desks[labour]
		for _, priority := range []string{"normal", "emergency", "urgent", "emergency"} {
			subject := m.IDs.ID()
			_, raw := m.opening(subject)
			m.file(raw)
			m.file(openForm(t, m.IDs.EventID(), "referral.requested", subject, map[string]any{
				"referral": m.IDs.ID(), "service": "shelter", "area": map[string]any{"kind": "province", "code": "TH-74"},
				"age_class": "adult", "priority": priority, "basis": "consent", "to": harbour,
			}))
			time.Sleep(time.Hour)
		}
		h.settle()
		items, err := h.desks[harbour].Inbox(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, i := range items {
			got = append(got, i.Priority)
		}
		expect(t, "priorities", got, []string{"emergency", "emergency", "urgent", "normal"})
		if !items[0].Since.Before(items[1].Since) {
			t.Error("of two emergencies the later one is first")
		}
	})
}

func TestActRefused(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		h.fileSample()
		for _, row := range []struct {
			agency, verb, referral string
			in                     desk.ActInput
			want                   string
		}{
			{harbour, "sing", referral, desk.ActInput{}, "unknown verb"},
			{harbour, "accept", caseA, desk.ActInput{}, "unknown not_visible"},
			{harbour, "accept", "a.*", desk.ActInput{}, "unknown not_visible"},
			{riverside, "accept", referral, desk.ActInput{}, "unknown not_visible"},
			{labour, "accept", referral, desk.ActInput{}, "unknown not_visible"},
			{labour, "answer", referral, desk.ActInput{Text: "Invented."}, "conflict not_asked"},
			{harbour, "accept", referral, desk.ActInput{Offer: caseA}, "unknown not_visible"},
			{harbour, "accept", referral, desk.ActInput{Event: "x"}, "invalid malformed"},
			{harbour, "accept", referral, desk.ActInput{Text: "Invented."}, "invalid malformed"},
			{harbour, "decline", referral, desk.ActInput{Reason: "invented"}, "invalid schema"},
			{harbour, "meet", referral, desk.ActInput{}, "forbidden role"},
		} {
			_, err := h.desks[row.agency].Act(t.Context(), row.verb, row.referral, row.in)
			if kind(err) != row.want {
				t.Errorf("%s %s: %s, want %s", row.agency, row.verb, kind(err), row.want)
			}
		}
	})
}

// A verb under a given id is said once, however often it is sent.
func TestActRepeated(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		h.fileSample()
		m := h.desks[harbour]
		id := m.IDs.EventID()
		first, err := m.Act(t.Context(), "claim", referral, desk.ActInput{Event: id})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		again, err := m.Act(t.Context(), "claim", referral, desk.ActInput{Event: id})
		if err != nil || *again.Receipt != *first.Receipt {
			t.Errorf("again: %+v, %v", again, err)
		}
		if _, err := m.Act(t.Context(), "accept", referral, desk.ActInput{Event: id}); kind(err) != "conflict id_reused" {
			t.Errorf("another verb under the same id: %s", kind(err))
		}
	})
}
