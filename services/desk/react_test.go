package desk_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services/desk"
)

// Whom a coordinator assigns gets the offer, which it was perhaps never asked with,
// and the rest.
func TestAssigned(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		h.fileSample()
		for _, id := range []string{harbour, riverside} {
			h.desks[id].act("decline", desk.ActInput{Reason: "wrong_receiver"})
		}
		h.desks[province].act("assign", desk.ActInput{To: riverside})
		m := h.desks[riverside]
		for section, word := range map[string]string{"offer": "+66 00 000 0001", "identity": "Invented Person One"} {
			if got := m.opened(section); !strings.Contains(got, word) {
				t.Errorf("%s: %s", section, got)
			}
		}
		expect(t, "needs", m.needs(), []string{"meet accepted"})
		if m.state().ContentMissing || h.desks[labour].state().ContentMissing {
			t.Error("content is missing")
		}
	})
}

// A referral that was passed on to an agency that routing might choose follows it
// there by itself, with what was sent along.
func TestReroutedFollowsByItself(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		h.fileSample()
		h.desks[harbour].act("reroute", desk.ActInput{To: riverside, Reason: "wrong_receiver", Text: "Invented reason."})
		c, err := h.desks[labour].Case(t.Context(), person)
		if err != nil || len(c.Referrals) != 2 {
			t.Fatalf("referrals: %+v, %v", c.Referrals, err)
		}
		expect(t, "states", []string{c.Referrals[0].State, c.Referrals[1].State}, []string{"rerouted", "offered"})
		expect(t, "offered to", c.Referrals[1].Offers[0].To, riverside)
		if got := h.desks[riverside].opened("offer"); !strings.Contains(got, "+66 00 000 0001") {
			t.Errorf("offer: %s", got)
		}
		if slices.Contains(h.desks[labour].needs(), "reroute rerouted") {
			t.Error("it is left to a person")
		}
		for _, f := range h.desks[labour].inbox { // once, however often it is told
			if err := h.desks[labour].Apply(t.Context(), f); err != nil {
				t.Fatal(err)
			}
		}
		h.settle()
		if got := h.desks[labour].said("referral.requested"); got != 2 {
			t.Errorf("%d requests", got)
		}
	})
}

// One that was passed on to somebody who does not do such things waits for a person.
func TestReroutedElsewhereIsForAPerson(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		h.register("police-samutsakhon", "police", []schemas.ServiceLine{{Service: "investigation", Capacity: "capacity"}})
		h.fileSample()
		h.desks[harbour].act("reroute", desk.ActInput{To: "police-samutsakhon", Reason: "other"})
		sender := h.desks[labour]
		expect(t, "needs", sender.needs(), []string{"reroute rerouted"})
		sender.act("mistake", desk.ActInput{})
		expect(t, "needs once it is settled", sender.needs(), nil)
	})
}

// What the lead writes down later goes to whoever has accepted, as far as the policy
// lets it, and to nobody else.
func TestRecordedIsShared(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		h.fileSample()
		sender := h.desks[labour]
		record := func() {
			sender.onCase("record", desk.ActInput{Sections: map[string]json.RawMessage{
				"contact": json.RawMessage(safeContact), "identity": json.RawMessage(`{"name":"Invented Person Two"}`),
			}})
		}
		record()
		if got := h.desks[harbour].opened("contact"); got != "unknown not_visible" {
			t.Errorf("before acceptance: %s", got)
		}
		h.desks[harbour].act("accept", desk.ActInput{})
		record()
		if got := h.desks[harbour].opened("identity"); got != `{"name":"Invented Person Two"}` {
			t.Errorf("identity: %s", got)
		}
		expect(t, "shared", h.desks[harbour].said("content.shared"), 3)
	})
}

// What a desk filed of an inspection is read again by it, by the inspection's id, and
// by whoever has accepted a referral of a case that cites it.
func TestSectionsOfAnInspection(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		m := h.desks[labour]
		tip := m.IDs.EventID()
		m.file(openForm(t, tip, "tip.received", site, map[string]any{
			"origin": "hotline", "area": map[string]any{"kind": "province", "code": "TH-74"},
			"reliability": "b", "credibility": "2", "ongoing": "unknown",
			"sections": map[string]any{"account": json.RawMessage(account)},
		}))
		_, raw := m.opening(person, map[string]any{"inspection": site, "event": tip})
		m.file(raw)
		m.file(openForm(t, m.IDs.EventID(), "referral.requested", person, map[string]any{
			"referral": referral, "service": "shelter", "area": map[string]any{"kind": "province", "code": "TH-74"},
			"age_class": "adult", "priority": "normal", "basis": "consent", "to": harbour,
		}))
		h.settle()
		for _, name := range []string{site, schemas.Reference(site), person} {
			got, err := m.OpenSection(t.Context(), desk.OpenInput{Case: name, Section: "account"})
			if err != nil || string(got) != account {
				t.Errorf("opened as %s: %s, %v", name, got, err)
			}
		}
		_, err := h.desks[province].OpenSection(t.Context(), desk.OpenInput{Case: site, Section: "account"})
		expect(t, "a coordinator, who sees the tip", kind(err), "unknown not_visible")
		h.desks[harbour].act("accept", desk.ActInput{})
		if got := h.desks[harbour].opened("account"); got != account {
			t.Errorf("the acceptor: %s", got)
		}
	})
}

const account = `{"indicators":[{"code":"withholding_of_wages","state":"reported","basis":"third_party"}],"statement":"Invented words of a caller."}`

// What was shared anew goes to whoever is asked next as well, although the first
// offer was sent ahead to it.
func TestTheFullerOfferGoesOn(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		h.fileSample()
		h.desks[labour].act("share", desk.ActInput{Sections: map[string]json.RawMessage{"offer": json.RawMessage(wholeOffer)}})
		if got := h.desks[riverside].opened("offer"); got != "unknown not_visible" {
			t.Errorf("who is not asked yet: %s", got)
		}
		h.desks[harbour].act("decline", desk.ActInput{Reason: "cannot_take"})
		for _, id := range []string{labour, riverside} {
			if got := h.desks[id].opened("offer"); got != wholeOffer {
				t.Errorf("%s has %s", id, got)
			}
		}
	})
}
