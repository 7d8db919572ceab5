package desk_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/desk"
)

// handOver moves the lead from one agency to another.
func (h *hub) handOver(from, to string) {
	h.t.Helper()
	h.desks[from].onCase("transfer", desk.ActInput{To: to})
	if needs := h.desks[to].needs(); !slices.Contains(needs, "lead transfer_requested") {
		h.t.Errorf("needs of %s: %v", to, needs)
	}
	h.desks[to].onCase("take", desk.ActInput{})
}

// A new lead gets what the old one holds, and its desk does what a lead's desk does:
// whoever is asked next gets the offer, and who accepts gets the rest.
func TestTransferHandsOver(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		h.fileSample()
		h.register("ngo-example", "ngo", nil)
		next := h.join("ngo-example")
		h.handOver(labour, next.id)
		for section, word := range map[string]string{
			"offer": "+66 00 000 0001", "identity": "Invented Person One", "account": "Invented statement",
		} {
			if got := next.opened(section); !strings.Contains(got, word) {
				t.Errorf("%s of the new lead: %s", section, got)
			}
		}
		expect(t, "lead", next.state().Sender, next.id)
		h.desks[harbour].act("decline", desk.ActInput{Reason: "cannot_take"})
		receiver := h.desks[riverside]
		if got := receiver.opened("offer"); !strings.Contains(got, "+66 00 000 0001") {
			t.Errorf("offer to the next: %s", got)
		}
		receiver.act("accept", desk.ActInput{})
		if got := receiver.opened("identity"); !strings.Contains(got, "Invented Person One") {
			t.Errorf("identity to the acceptor: %s", got)
		}
		for _, m := range []*member{next, receiver} {
			if m.state().ContentMissing {
				t.Errorf("%s: content is missing", m.id)
			}
		}

		h.handOver(next.id, riverside) // and on
		if got := receiver.opened("contact"); !strings.Contains(got, "Invented words") {
			t.Errorf("contact of the third lead: %s", got)
		}
	})
}

// The former lead neither answers for the case nor is asked anything about it, and
// what the new one writes down is not for it.
func TestTheFormerLeadIsOut(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		h.fileSample()
		h.handOver(labour, riverside)
		expect(t, "needs", h.desks[labour].needs(), nil)
		h.desks[riverside].onCase("record", desk.ActInput{Sections: map[string]json.RawMessage{"contact": json.RawMessage(safeContact)}})
		if n := h.desks[labour].said("content.recorded"); n != 0 {
			t.Error("the former lead sees what came later")
		}
		_, err := h.desks[labour].Act(t.Context(), "revoke", referral, desk.ActInput{Reason: "other"})
		expect(t, "revoking", kind(err), "unknown not_visible")
	})
}

// An offer that is made while the hand-over is on its way gets the content when it
// has come.
func TestAnOfferDuringTheHandOver(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		h.fileSample()
		h.register("ngo-example", "ngo", nil)
		next := h.join("ngo-example")
		h.desks[labour].onCase("transfer", desk.ActInput{To: next.id})
		for _, err := range []error{
			problemOf(next.ActOnCase(t.Context(), "take", person, desk.ActInput{})),
			problemOf(h.desks[harbour].Act(t.Context(), "decline", referral, desk.ActInput{Reason: "cannot_take"})),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		h.settle()
		if got := h.desks[riverside].opened("offer"); !strings.Contains(got, "+66 00 000 0001") {
			t.Errorf("offer: %s", got)
		}
		if h.desks[riverside].state().ContentMissing {
			t.Error("content is missing")
		}
	})
}

// From whom a case is kept, nothing of it is sealed, even while the exclusion
// waits in the outbox: the hub, which is not told for which case it is asked,
// names the agency among the candidates.
func TestNothingIsSealedForTheExcluded(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		var batch []json.RawMessage
		if err := json.Unmarshal(schemas.Example(), &batch); err != nil {
			t.Fatal(err)
		}
		m := h.desks[labour]
		for _, raw := range batch[:len(batch)-1] {
			m.file(raw)
		}
		h.settle()
		h.script("case.restricted", services.Refuse(services.Later, services.CodeBusAway))
		_, err := m.ActOnCase(t.Context(), "restrict", person, desk.ActInput{Exclude: []string{riverside}})
		expect(t, "restricting", kind(err), "ok")
		m.file(batch[len(batch)-1])
		h.settle()
		for _, f := range h.history(schemas.Scope{Kind: schemas.ScopeCase, ID: person}) {
			if shared, ok := f.Data.(schemas.ContentShared); ok && shared.To == riverside {
				t.Error("content is sealed for an agency that is kept out")
			}
		}
		for _, tried := range m.attempted() {
			if strings.Contains(tried, "invalid") {
				t.Errorf("the hub had to refuse: %s", tried)
			}
		}
	})
}
