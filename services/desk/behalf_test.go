package desk_test

import (
	"strings"
	"testing"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/desk"
)

// problemOf keeps what is wrong with an input, as an error.
func problemOf(_ desk.Answer, err error) error {
	if err == nil {
		return nil
	}
	return schemas.Problems(services.AsError(err).Problems)
}

// A shelter that has only a telephone says yes; its sender records it, and the
// content goes to the shelter all the same.
func TestAcceptedOnBehalf(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		h.fileSample()
		sender, shelter := h.desks[labour], h.desks[harbour]
		by := desk.ActInput{OnBehalfOf: harbour, Channel: "phone"}
		sender.act("receive", by)
		sender.act("accept", by)
		expect(t, "acceptor", sender.state().Acceptor, harbour)
		for section, word := range map[string]string{"identity": "Invented Person One", "account": "Invented statement"} {
			if got := shelter.opened(section); !strings.Contains(got, word) {
				t.Errorf("%s: %s", section, got)
			}
		}
		expect(t, "needs", shelter.needs(), []string{"confirm accepted", "meet accepted"})
		shelter.act("confirm", desk.ActInput{Correct: "yes"}) // the latest: the acceptance
		shelter.act("confirm", desk.ActInput{Correct: "yes"}) // the opening before it
		expect(t, "needs once confirmed", shelter.needs(), []string{"meet accepted"})
		_, err := shelter.Act(t.Context(), "confirm", referral, desk.ActInput{Correct: "yes"})
		expect(t, "nothing left", kind(err), "conflict not_asked")
		sender.act("miss", by)
		sender.act("complete", desk.ActInput{OnBehalfOf: harbour, Channel: "in_person", Text: "Invented outcome."})
		if got := shelter.opened("feedback"); !strings.Contains(got, "Invented outcome.") {
			t.Errorf("the shelter cannot read what was recorded for it: %s", got)
		}
	})
}

// What an agency never said is undone, and its offer waits again.
func TestDeniedOnBehalf(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		h.fileSample()
		h.desks[labour].act("decline", desk.ActInput{OnBehalfOf: harbour, Channel: "phone", Reason: "cannot_take"})
		shelter := h.desks[harbour]
		expect(t, "needs", shelter.needs(), []string{"confirm declined"})
		shelter.act("confirm", desk.ActInput{Correct: "no"})
		expect(t, "needs once denied", shelter.needs(), []string{"decide received"})
	})
}

// Who has no part in a referral can record nothing for anybody.
func TestOnBehalfRefused(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		h.fileSample()
		by := desk.ActInput{OnBehalfOf: harbour, Channel: "phone"}
		_, err := h.desks[riverside].Act(t.Context(), "accept", referral, by)
		expect(t, "a stranger", kind(err), "unknown not_visible")
		_, err = h.desks[labour].Act(t.Context(), "start", referral, by)
		expect(t, "a word that each says for itself", kind(err), "invalid malformed")
		_, err = h.desks[labour].Act(t.Context(), "accept", referral, desk.ActInput{OnBehalfOf: harbour})
		expect(t, "without saying how", kind(err), "invalid schema")
	})
}
