package casefile_test

import (
	"strings"
	"testing"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
)

// opening is one question to the vault: who, which event of the story, which
// section; and whether it may be handed out at that moment.
type opening struct {
	who, typ, section string
	may               bool
}

// TestMayOpen asks for sections as a case goes on: what is for an agency comes
// and goes with its offer.
func TestMayOpen(t *testing.T) {
	t.Parallel()
	const asking, screening = "content.shared", "screening.completed"
	story := []struct {
		line string
		then []opening
	}{
		{"09:00 labour-one case.opened P1 origin=self", nil},
		{"09:01 labour-one screening.completed P1", []opening{
			{"labour-one", screening, "account", true},
			{"labour-one", screening, "offer", false},
			{"coordinator-one", screening, "account", false},
		}},
		{"09:02 labour-one referral.requested P1 referral=R1 to=shelter-a", nil},
		{"09:02 labour-one content.shared P1 referral=R1 to=shelter-a", []opening{
			{"shelter-a", asking, "offer", true},
			{"labour-one", asking, "offer", true},
			{"shelter-b", asking, "offer", false},
			{"coordinator-one", asking, "offer", false},
			{"police-one", asking, "offer", false},
			{"shelter-a", screening, "account", false},
		}},
		{"09:03 shelter-a referral.information_requested P1 referral=R1", []opening{
			{"labour-one", "referral.information_requested", "feedback", true},
			{"shelter-a", "referral.information_requested", "feedback", true},
			{"coordinator-one", "referral.information_requested", "feedback", false},
		}},
		{"09:04 labour-one referral.information_provided P1 referral=R1", []opening{
			{"shelter-a", "referral.information_provided", "feedback", true},
		}},
		{"09:05 shelter-a referral.declined P1 referral=R1 sealed=feedback", []opening{
			{"shelter-a", asking, "offer", false},
			{"shelter-a", "referral.information_provided", "feedback", false},
			{"shelter-a", "referral.declined", "feedback", true}, // its own
			{"labour-one", "referral.declined", "feedback", true},
			{"shelter-b", "referral.declined", "feedback", false},
			{"labour-one", "referral.information_requested", "feedback", true},
		}},
		{"09:06 labour-one content.shared P1 referral=R1 to=shelter-b", []opening{
			{"shelter-b", asking, "offer", true},
		}},
		{"09:07 shelter-b referral.accepted P1 referral=R1", nil},
		{"09:08 shelter-b referral.completed P1 referral=R1", []opening{
			{"shelter-b", asking, "offer", true},
			{"labour-one", "referral.completed", "feedback", true},
			{"shelter-a", "referral.completed", "feedback", false},
		}},
	}
	w := sixAgencies(t)
	for _, step := range story {
		w.tell(step.line)
		for _, o := range step.then {
			w.ask(t, o, step.line)
		}
	}
}

// ask compares MayOpen, and the record that the vault would file of it.
func (w *world) ask(t *testing.T, o opening, after string) {
	t.Helper()
	s := w.state(schemas.Scope{Kind: schemas.ScopeCase, ID: w.id("P1")})
	event := ""
	for _, f := range s.Facts {
		if f.Name() == o.typ {
			event = f.ID() // the latest
		}
	}
	at, err := casefile.MayOpen(s, w, o.who, services.OpenRequest{Case: s.Scope.ID, Event: event, Section: o.section})
	if o.may && (err != nil || at.Event != event || at.Section != o.section || at.Digest != strings.Repeat("ab", 32)) {
		t.Errorf("after %q: %s may open %s of %s: %v %+v", after, o.who, o.section, o.typ, err, at)
	}
	if !o.may && services.KindOf(err) != services.Unknown {
		t.Errorf("after %q: %s must not open %s of %s: %v", after, o.who, o.section, o.typ, err)
	}
	if !o.may {
		return
	}
	_, err = w.file(schemas.Draft{
		Author: schemas.Party{Service: schemas.Vault}, Type: "content.opened", Subject: s.Scope.ID,
		Time: w.facts[len(w.facts)-1].Recorded,
		Data: schemas.ContentOpened{Event: event, Section: o.section, By: o.who, Purpose: "decide"},
	})
	if err != nil {
		t.Errorf("after %q: file content.opened: %v", after, err)
	}
}

// TestOpeningIsSeen: that a section was opened is seen by who opened it and by
// who sealed it, and by nobody else; the opener's sight of it ends with its
// right to the section.
func TestOpeningIsSeen(t *testing.T) {
	t.Parallel()
	w := sixAgencies(t)
	w.tell("09:00 labour-one case.opened P1 origin=self")
	w.tell("09:02 labour-one referral.requested P1 referral=R1 to=shelter-a")
	w.tell("09:02 labour-one content.shared P1 referral=R1 to=shelter-a")
	w.ask(t, opening{"shelter-a", "content.shared", "offer", true}, "shared")
	seen := func(agency string) bool { return strings.Contains(w.inbox(agency), "content.opened") }
	if !seen("shelter-a") || !seen("labour-one") || seen("coordinator-one") || seen("shelter-b") {
		t.Error("content.opened is not seen by exactly the two ends")
	}
	w.tell("09:05 shelter-a referral.declined P1 referral=R1")
	if seen("shelter-a") || !seen("labour-one") {
		t.Error("after it declined, the opener must not see content.opened, and the author must")
	}
	late := schemas.Draft{
		Author: schemas.Party{Service: schemas.Vault}, Type: "content.opened", Subject: w.id("P1"),
		Time: w.facts[0].Recorded,
		Data: schemas.ContentOpened{Event: w.facts[2].ID(), Section: "offer", By: "shelter-a", Purpose: "decide"},
	}
	if _, err := w.file(late); services.KindOf(err) != services.Conflict {
		t.Errorf("an opening that comes too late: %v, want Conflict", err)
	}
}
