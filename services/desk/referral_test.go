package desk_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
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
		expect(t, "sender", items[0].Sender, labour)
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

// hijack has an agency that knows the id of a referral, since it declined it,
// use the id in a case of its own, for the one who is asked next.
func (h *hub) hijack() {
	h.t.Helper()
	h.fileSample()
	intruder := h.desks[harbour]
	intruder.act("decline", desk.ActInput{Reason: "cannot_take"})
	intruder.file(openForm(h.t, intruder.IDs.EventID(), "case.opened", caseA, map[string]any{
		"kind": "person", "origin": "agency", "lead": harbour,
	}))
	intruder.file(openForm(h.t, intruder.IDs.EventID(), "referral.requested", caseA, map[string]any{
		"referral": referral, "service": "shelter", "area": map[string]any{"kind": "province", "code": "TH-74"},
		"age_class": "adult", "priority": "normal", "basis": "consent", "to": riverside,
	}))
	h.settle()
}

// acceptorOf is who has accepted the referral of a case, by the ledger.
func (h *hub) acceptorOf(id string) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return casefile.Fold(h.history(schemas.Scope{Kind: schemas.ScopeCase, ID: id})).Referral(referral).Acceptor
}

// Whoever uses the id of a referral in a case of its own cannot have an answer
// filed there that is meant for the other case.
func TestHijackedReferral(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		h.hijack()
		m := h.desks[riverside]
		if got := m.opened("offer"); !strings.Contains(got, "+66 00 000 0001") {
			t.Errorf("offer: %s", got)
		}
		h.settle()
		for _, row := range []struct{ name, want string }{
			{"", "conflict ambiguous"}, {caseB, "unknown not_visible"}, {"a.*", "unknown not_visible"},
			{schemas.Reference(person), "ok"},
		} {
			_, err := m.Act(t.Context(), "accept", referral, desk.ActInput{Case: row.name})
			if kind(err) != row.want {
				t.Errorf("accept in case %q: %s, want %s", row.name, kind(err), row.want)
			}
		}
		h.settle()
		expect(t, "acceptor", h.acceptorOf(person), riverside)
		expect(t, "acceptor of the intruder's", h.acceptorOf(caseA), "")
		m.act("meet", desk.ActInput{Case: person})
		if !strings.Contains(strings.Join(m.trace(), " "), "referral.received referral.accepted content.shared referral.contact_made") {
			t.Errorf("trace: %v", m.trace())
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

// spoken is what somebody has said, and the receipt of it.
type spoken struct {
	agency, verb string
	in           desk.ActInput
	receipt      services.Receipt
}

// say says a verb under an id, and lets it arrive everywhere.
func (h *hub) say(agency, verb string, in desk.ActInput) spoken {
	h.t.Helper()
	in.Event = h.desks[agency].IDs.EventID()
	a, err := h.desks[agency].Act(h.t.Context(), verb, referral, in)
	if err != nil || a.Waits() {
		h.t.Fatalf("%s %s: %v", agency, verb, err)
	}
	h.settle()
	return spoken{agency, verb, in, *a.Receipt}
}

// repeat says the same again, and then other words under the same id.
func (h *hub) repeat(s spoken, when string) {
	h.t.Helper()
	again, err := h.desks[s.agency].Act(h.t.Context(), s.verb, referral, s.in)
	if err != nil || again.Receipt == nil || *again.Receipt != s.receipt {
		h.t.Errorf("%s again %s: %+v, %v", s.verb, when, again, err)
	}
	other := s.in
	other.PersonTold = "yes"
	_, err = h.desks[s.agency].Act(h.t.Context(), s.verb, referral, other)
	if s.verb != "receive" && kind(err) != "conflict id_reused" {
		h.t.Errorf("%s with other words %s: %s", s.verb, when, kind(err))
	}
}

// Every verb can be said again, at once and when all is over: the same words
// under the same id get the same receipt, other words under it a Conflict.
func TestEveryVerbRepeated(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		h.fileSample()
		var said []spoken
		for _, next := range []spoken{
			{agency: harbour, verb: "receive"},
			{agency: harbour, verb: "claim", in: desk.ActInput{AnswerBy: "2026-11-23T05:00:00Z"}},
			{agency: harbour, verb: "ask", in: desk.ActInput{Text: "Invented question?"}},
			{agency: labour, verb: "answer", in: desk.ActInput{Text: "Invented answer."}},
			{agency: harbour, verb: "decline", in: desk.ActInput{Reason: "cannot_take"}},
			{agency: riverside, verb: "accept"},
			{agency: riverside, verb: "meet"},
			{agency: riverside, verb: "complete", in: desk.ActInput{Text: "Invented outcome."}},
			{agency: labour, verb: "acknowledge", in: desk.ActInput{Text: "Invented thanks."}},
		} {
			next = h.say(next.agency, next.verb, next.in)
			h.repeat(next, "at once")
			said = append(said, next)
		}
		for _, s := range said {
			h.repeat(s, "at the end")
		}
	})
}

// What was said is answered although nothing of the case is shown any more.
func TestRepeatedAfterRevoking(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		h.fileSample()
		accepted := h.say(harbour, "accept", desk.ActInput{})
		revoked := h.say(labour, "revoke", desk.ActInput{Reason: "other"})
		h.repeat(revoked, "by the sender")
		h.repeat(accepted, "by who lost it")
	})
}

// What is wrong with what a person said is shown where the person said it.
func TestProblemsOfTheInput(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		h.fileSample()
		m := h.desks[harbour]
		for pointer, in := range map[string]desk.ActInput{
			"/text":        {Reason: "other", Text: strings.Repeat("long ", 1000)},
			"/result":      {Reason: "other", Result: "invented"},
			"/person_told": {Reason: "other", PersonTold: "invented"},
			"/reason":      {Reason: "invented"},
			"/suggests":    {Reason: "other", Suggests: "nobody-there"}, // found by the gate
			"/event":       {Event: "invented"},
		} {
			_, err := m.Act(t.Context(), "decline", referral, in)
			var refusal *services.Error
			if !errors.As(err, &refusal) || len(refusal.Problems) != 1 || refusal.Problems[0].Pointer != pointer {
				t.Errorf("want %s, got %+v", pointer, err)
			}
		}
	})
}

// Whoever declined sees that it did, whatever the others do.
func TestDeclinedState(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		h.fileSample()
		m := h.desks[harbour]
		m.act("decline", desk.ActInput{Reason: "cannot_take"})
		h.desks[riverside].act("accept", desk.ActInput{})
		for agency, want := range map[string]string{harbour: "declined", riverside: "accepted", labour: "accepted"} {
			c, err := h.desks[agency].Case(t.Context(), person)
			if err != nil || c.Referrals[0].State != want {
				t.Errorf("%s: %+v, %v, want %s", agency, c.Referrals, err, want)
			}
		}
	})
}
