package desk_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services/desk"
)

// onCase says a word about the sample's case, and lets it arrive everywhere.
func (m *member) onCase(verb string, in desk.ActInput) {
	m.t.Helper()
	a, err := m.ActOnCase(m.t.Context(), verb, person, in)
	if err != nil || a.Waits() {
		m.t.Fatalf("%s %s: %v, waits %v", m.id, verb, err, a.Waits())
	}
	m.settle()
}

// state is how an agency sees the sample's referral.
func (m *member) state() desk.Referral {
	m.t.Helper()
	c, err := m.Case(m.t.Context(), person)
	if err != nil || len(c.Referrals) == 0 {
		m.t.Fatalf("%s: no referral: %v", m.id, err)
	}
	return c.Referrals[0]
}

// said counts the steps of a type that an agency can see.
func (m *member) said(typ string) int {
	return len(slices.DeleteFunc(m.trace(), func(name string) bool { return name != typ }))
}

// The course of a referral from acceptance on, word by word.
func TestTheCourseOfAReferral(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		h.fileSample()
		sender, acceptor := h.desks[labour], h.desks[harbour]
		for _, row := range []struct {
			verb  string
			in    desk.ActInput
			state string
			needs []string
		}{
			{"accept", desk.ActInput{}, "accepted", []string{"meet accepted"}},
			{"schedule", desk.ActInput{}, "accepted", []string{"meet accepted"}},
			{"miss", desk.ActInput{}, "accepted", []string{"meet accepted"}},
			{"start", desk.ActInput{}, "in_progress", []string{"meet in_progress"}},
			{"hold", desk.ActInput{
				Reason: "other", ReviewBy: "2026-12-01T05:00:00Z", RealReason: "awaiting_interpreter", Text: "Invented wait.",
			}, "on_hold", []string{"meet on_hold"}},
			{"meet", desk.ActInput{}, "on_hold", []string{"complete on_hold"}},
			{"resume", desk.ActInput{}, "in_progress", []string{"complete in_progress"}},
			{"fail", desk.ActInput{RealReason: "lost_contact", PersonTold: "no", Outcome: []string{"no_further_action"}}, "failed", nil},
		} {
			acceptor.act(row.verb, row.in)
			expect(t, "state after "+row.verb, acceptor.state().State, row.state)
			expect(t, "needs after "+row.verb, acceptor.needs(), row.needs)
		}
		expect(t, "needs of the sender", sender.needs(), []string{"acknowledge failed"})
		if got := sender.opened("feedback"); !strings.Contains(got, `"reason":"lost_contact"`) || !strings.Contains(got, `"outcome":["no_further_action"]`) {
			t.Errorf("what happened: %s", got)
		}
		sender.act("acknowledge", desk.ActInput{})
		expect(t, "state at the end", sender.state().State, "closed")
	})
}

func TestTheSenderStopsAReferral(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		h.fileSample()
		sender, acceptor := h.desks[labour], h.desks[harbour]
		acceptor.act("accept", desk.ActInput{})
		sender.act("stop", desk.ActInput{Reason: "person_decided", Text: "Invented reason."})
		expect(t, "needs of the acceptor", acceptor.needs(), []string{"stop accepted", "meet accepted"})
		acceptor.act("cancel", desk.ActInput{})
		expect(t, "state", sender.state().State, "cancelled")
		expect(t, "needs at the end", acceptor.needs(), nil)
		sender.onCase("tell", desk.ActInput{PersonTold: "yes"})
		expect(t, "told", h.desks[province].said("person.told"), 1)
	})
}

func TestWithdrawnAndMistakenReferralsAreGone(t *testing.T) {
	for _, verb := range []string{"withdraw", "mistake"} {
		t.Run(verb, func(t *testing.T) {
			world(t, func(t *testing.T, h *hub) {
				h.fileSample()
				sender, acceptor := h.desks[labour], h.desks[harbour]
				acceptor.act("accept", desk.ActInput{})
				sender.act(verb, desk.ActInput{})
				expect(t, "trace of the acceptor", acceptor.trace(), []string{"unknown not_visible"})
				if !desk.Over(sender.state().State) {
					t.Errorf("state %s", sender.state().State)
				}
			})
		})
	}
}

// The words about a case, from a screening to the end and back.
func TestTheCourseOfACase(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		lead, watching := h.desks[labour], h.desks[province]
		_, raw := lead.opening(person)
		lead.file(raw)
		lead.file(openForm(t, lead.IDs.EventID(), "screening.completed", person, map[string]any{}))
		h.settle()
		expect(t, "needs", lead.needs(), []string{"screen screened"})
		lead.onCase("decide", desk.ActInput{Decision: "monitor", Reason: "not_enough_known"})
		expect(t, "needs once decided", lead.needs(), nil)
		lead.onCase("stage", desk.ActInput{Stage: "clue"})
		lead.onCase("assert", desk.ActInput{Status: "possible"})
		lead.onCase("link", desk.ActInput{Relation: "family", With: caseB})
		lead.onCase("unlink", desk.ActInput{Relation: "family", With: caseB})
		watching.onCase("compare", desk.ActInput{With: caseB, Lead: harbour})
		expect(t, "needs once asked", lead.needs(), []string{"compare open"})
		lead.onCase("same", desk.ActInput{Answer: "cannot_say"})
		expect(t, "needs once answered", lead.needs(), nil)
		lead.onCase("restrict", desk.ActInput{Exclude: []string{riverside}})
		lead.onCase("close", desk.ActInput{Reason: "settled", PersonTold: "yes", Text: "Invented end."})
		c, err := lead.Case(t.Context(), person)
		if err != nil || !c.Closed || c.Stage != "clue" {
			t.Errorf("closed: %+v, %v", c, err)
		}
		if got := lead.opened("feedback"); !strings.Contains(got, "Invented end.") {
			t.Errorf("what happened: %s", got)
		}
		lead.onCase("reopen", desk.ActInput{Reason: "new_contact"})
		if c, _ := lead.Case(t.Context(), person); c.Closed {
			t.Error("still closed")
		}
	})
}

func TestActOnCaseRefused(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		h.fileSample()
		for _, row := range []struct {
			agency, verb, name string
			in                 desk.ActInput
			want               string
		}{
			{labour, "sing", person, desk.ActInput{}, "unknown verb"},
			{labour, "accept", person, desk.ActInput{}, "unknown verb"},
			{riverside, "close", person, desk.ActInput{Reason: "settled"}, "unknown not_visible"},
			{labour, "take", person, desk.ActInput{}, "conflict not_asked"},
			{labour, "same", person, desk.ActInput{Answer: "same"}, "conflict not_asked"},
			{labour, "tell", person, desk.ActInput{PersonTold: "yes"}, "conflict nothing_ended"},
			{labour, "close", person, desk.ActInput{Reason: "settled", PersonTold: "yes"}, "conflict referral_open"},
			{labour, "close", person, desk.ActInput{Reason: "invented"}, "invalid schema"},
			{labour, "close", person, desk.ActInput{Reason: "settled", To: harbour}, "invalid malformed"},
			{labour, "link", person, desk.ActInput{Relation: "family", With: "K7QM"}, "invalid malformed"},
			{labour, "record", person, desk.ActInput{}, "invalid schema"},
			{labour, "reopen", person, desk.ActInput{Reason: "court", Cases: []string{person}}, "invalid malformed"},
			{labour, "stage", person, desk.ActInput{Event: "x", Stage: "clue"}, "invalid malformed"},
		} {
			_, err := h.desks[row.agency].ActOnCase(t.Context(), row.verb, row.name, row.in)
			if kind(err) != row.want {
				t.Errorf("%s %s: %s, want %s", row.agency, row.verb, kind(err), row.want)
			}
		}
	})
}

// The problems of a word point to the fields of its input, whatever the event calls
// them.
func TestProblemsPointToTheInput(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		h.fileSample()
		m := h.desks[labour]
		for pointer, err := range map[string]error{
			"/with":        problemOf(m.ActOnCase(t.Context(), "link", person, desk.ActInput{Relation: "family", With: person})),
			"/person_told": problemOf(m.ActOnCase(t.Context(), "tell", person, desk.ActInput{About: m.IDs.EventID(), PersonTold: "x"})),
			"/lead":        problemOf(m.ActOnCase(t.Context(), "compare", person, desk.ActInput{With: caseA, Lead: "X"})),
			"/real_reason": problemOf(m.Act(t.Context(), "stop", referral, desk.ActInput{Reason: "other", RealReason: "x"})),
			"/review_by":   problemOf(m.Act(t.Context(), "hold", referral, desk.ActInput{Reason: "other"})),
			"/upwards":     problemOf(m.Act(t.Context(), "withdraw", referral, desk.ActInput{Upwards: true})),
		} {
			ps, _ := err.(schemas.Problems)
			if len(ps) != 1 || ps[0].Pointer != pointer {
				t.Errorf("%s: %v", pointer, err)
			}
		}
	})
}

// A field that the verb has no place for is refused with those that it has.
func TestWhatAVerbDoesNotTake(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		h.fileSample()
		m := h.desks[harbour]
		for pointer, in := range map[string]desk.ActInput{
			"/result": {Reason: "other", Result: "helped"},
			"/cases":  {Reason: "other", Cases: []string{person}},
		} {
			ps, _ := problemOf(m.Act(t.Context(), "decline", referral, in)).(schemas.Problems)
			want := schemas.Problems{{Pointer: pointer, Code: schemas.CodeUnexpected, Names: "reason, suggests, text, real_reason, person_told, on_behalf_of, channel"}}
			if diff := cmp.Diff(want, ps); diff != "" {
				t.Errorf("%s (-want +got):\n%s", pointer, diff)
			}
		}
	})
}

// The same word under the same id is filed once, whatever has become of it since.
func TestAWordAboutACaseIsFiledOnce(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		h.fileSample()
		lead := h.desks[labour]
		in := desk.ActInput{Event: lead.IDs.EventID(), To: harbour}
		lead.onCase("transfer", in)
		again, err := lead.ActOnCase(t.Context(), "transfer", person, in)
		if err != nil || again.Receipt == nil || again.Event != in.Event {
			t.Errorf("again: %+v, %v", again, err)
		}
		in.To = riverside
		_, err = lead.ActOnCase(t.Context(), "transfer", person, in)
		expect(t, "another word under the id", kind(err), "conflict id_reused")
		lead.onCase("refuse", desk.ActInput{Reason: "other"})
		expect(t, "asked", lead.said("lead.transfer_requested"), 1)
	})
}
