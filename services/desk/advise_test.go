package desk_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services/desk"
)

// wholeOffer says everything that a receiver asks.
const wholeOffer = `{"sex":"female","age_band":"15-17","language":"my","urgent_medical":"no","pursuit_risk":"no",
	"still_in_situation":"no","employer_knows":"no","person_knows":"yes",
	"call_back":"+66 00 000 0001"}`

// safeContact says how the person can be reached.
const safeContact = `{"safe":"safe","how":"through_agency","holder":"friend"}`

func pointers(ps []schemas.Problem) []string {
	var at []string
	for _, p := range ps {
		at = append(at, p.Pointer+" "+p.Code)
	}
	return at
}

// fileThin opens a case and asks for a shelter, in an emergency, without a word of
// what the shelter will need.
func (m *member) fileThin() desk.Answer {
	m.t.Helper()
	opened := m.file(openForm(m.t, m.IDs.EventID(), "case.opened", person, map[string]any{
		"kind": "person", "origin": "agency", "lead": m.id,
	}))
	expect(m.t, "questions of the opening", pointers(opened.Questions), []string{"/data/sections/contact ask"})
	asked := m.file(openForm(m.t, m.IDs.EventID(), "referral.requested", person, map[string]any{
		"referral": referral, "service": "shelter", "area": map[string]any{"kind": "province", "code": "TH-74"},
		"age_class": "unsure", "priority": "emergency", "basis": "imminent_danger", "to": harbour,
	}))
	m.settle()
	return asked
}

// An urgent, incomplete referral goes through; the questions stay with its sender
// until they are answered.
func TestQuestionsStayWithTheSender(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		sender, receiver := h.desks[labour], h.desks[harbour]
		asked := sender.fileThin()
		if asked.Receipt == nil {
			t.Fatal("the referral did not go through")
		}
		expect(t, "questions", pointers(asked.Questions), []string{
			"/data/people ask", "/data/sections/offer ask",
		})
		got := receiver.state()
		if !got.Incomplete || !got.ContentMissing || got.Questions != nil {
			t.Errorf("the receiver sees %+v", got)
		}
		expect(t, "needs of the sender", sender.needs(), []string{"questions offered"})
		if !sender.state().ContentMissing {
			t.Error("the sender does not see that the holder has nothing")
		}

		sender.act("share", desk.ActInput{Sections: map[string]json.RawMessage{"offer": json.RawMessage(wholeOffer)}})
		if got := receiver.state(); got.ContentMissing {
			t.Error("content is missing although it was shared")
		}
		expect(t, "questions left", pointers(sender.state().Questions), []string{"/data/sections/contact ask"})
		receiver.act("accept", desk.ActInput{})
		sender.onCase("record", desk.ActInput{Sections: map[string]json.RawMessage{"contact": json.RawMessage(safeContact)}})
		expect(t, "questions at the end", pointers(sender.state().Questions), nil)
		expect(t, "needs at the end", sender.needs(), nil)
		if got := receiver.opened("contact"); got != safeContact {
			t.Errorf("what was recorded later: %s", got)
		}
	})
}

// A poster who says whether the request is complete is believed.
func TestThePosterMayCallItComplete(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		m := h.desks[labour]
		_, raw := m.opening(person)
		m.file(raw)
		m.file(openForm(t, m.IDs.EventID(), "referral.requested", person, map[string]any{
			"referral": referral, "service": "shelter", "area": map[string]any{"kind": "unknown"},
			"age_class": "adult", "priority": "normal", "basis": "consent", "incomplete": false,
		}))
		h.settle()
		if m.state().Incomplete {
			t.Error("the desk knows better")
		}
	})
}

// The same post gets the same advice, whatever has happened since.
func TestAdviceIsRepeated(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		h.fileSample()
		before, err := h.desks[labour].FileBatch(t.Context(), schemas.Example())
		if err != nil {
			t.Fatal(err)
		}
		h.desks[harbour].act("accept", desk.ActInput{})
		after, err := h.desks[labour].FileBatch(t.Context(), schemas.Example())
		if err != nil {
			t.Fatal(err)
		}
		expect(t, "answers", after, before)
		last := before[len(before)-1].Answer
		expect(t, "questions", pointers(last.Questions), []string{
			"/data/sections/offer/employer_knows ask", "/data/sections/offer/pursuit_risk ask",
		})
	})
}

// Whether the person knows is asked of what ends something, unless it was said.
func TestWhetherThePersonKnowsIsAsked(t *testing.T) {
	for _, told := range []string{"", "not_safe"} {
		world := world
		t.Run("told "+told, func(t *testing.T) {
			world(t, func(t *testing.T, h *hub) {
				h.fileSample()
				m := h.desks[harbour]
				m.act("accept", desk.ActInput{})
				in := desk.ActInput{Event: m.IDs.EventID(), Text: "Invented outcome.", PersonTold: told}
				for range 2 {
					a, err := m.Act(t.Context(), "complete", referral, in)
					if err != nil {
						t.Fatal(err)
					}
					if got := slices.Contains(pointers(a.Questions), " person_untold"); got != (told == "") {
						t.Errorf("asked: %v", got)
					}
				}
			})
		})
	}
}

// What is asked first for is what others wait for: questions come last of what is as
// urgent.
func TestQuestionsComeLast(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		h.desks[labour].fileThin()
		h.desks[harbour].act("ask", desk.ActInput{Text: "Invented question?"})
		expect(t, "needs", h.desks[labour].needs(), []string{"answer offered", "questions offered"})
	})
}
