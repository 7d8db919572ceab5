package desk_test

import (
	"testing"

	"github.com/saphan-project/saphan/services/desk"
)

// A referral that ended without help, and not by its sender's own decision, stays in
// the sender's inbox until something is done about it: nobody else looks.
func TestEndedWithoutHelp(t *testing.T) {
	for name, row := range map[string]struct {
		end   func(h *hub)
		needs []string
	}{
		"withdrawn by whom it was offered to": {
			func(h *hub) { h.desks[harbour].act("withdraw", desk.ActInput{}) }, []string{"next withdrawn"},
		},
		"withdrawn by who had accepted": {func(h *hub) {
			h.desks[harbour].act("accept", desk.ActInput{})
			h.desks[harbour].act("withdraw", desk.ActInput{})
		}, []string{"next withdrawn"}},
		"taken back by a coordinator": {
			func(h *hub) { h.desks[province].act("revoke", desk.ActInput{Reason: "other"}) }, []string{"next revoked"},
		},
		"failed, and seen": {func(h *hub) {
			h.desks[harbour].act("accept", desk.ActInput{})
			h.desks[harbour].act("fail", desk.ActInput{})
			h.desks[labour].act("acknowledge", desk.ActInput{})
		}, []string{"next closed"}},
		"taken back by itself": {
			func(h *hub) { h.desks[labour].act("revoke", desk.ActInput{Reason: "other"}) }, nil,
		},
		"done, and seen": {func(h *hub) {
			h.desks[harbour].act("accept", desk.ActInput{})
			h.desks[harbour].act("complete", desk.ActInput{})
			h.desks[labour].act("acknowledge", desk.ActInput{})
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			world(t, func(t *testing.T, h *hub) {
				h.fileSample()
				row.end(h)
				h.settle()
				sender := h.desks[labour]
				expect(t, "needs", sender.needs(), row.needs)
				if row.needs == nil {
					return
				}
				sender.onCase("tell", desk.ActInput{PersonTold: "yes"})
				expect(t, "needs once the person is told", sender.needs(), nil)
			})
		})
	}
}

// A case that a coordinator takes up again waits for its lead.
func TestReopenedWaitsForItsLead(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		h.fileSample()
		lead := h.desks[labour]
		lead.act("revoke", desk.ActInput{Reason: "other"})
		closing := desk.ActInput{Reason: "other", PersonTold: "yes"}
		lead.onCase("close", closing)
		h.desks[province].onCase("reopen", desk.ActInput{Reason: "new_threat"})
		expect(t, "needs", lead.needs(), []string{"next reopened"})
		lead.onCase("close", closing)
		expect(t, "needs once closed again", lead.needs(), nil)
	})
}
