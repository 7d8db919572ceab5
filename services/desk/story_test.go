package desk_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services/desk"
)

// The ids of the sample filing, schemas.Example.
const (
	person   = "99ef41bd3d8b48a622cb5c1c577dadfd"
	referral = "a85f144560e468371b13b1a302e18dfa"
)

// world plays in a bubble of synctest: a hub, and the desk of every agency.
func world(t *testing.T, play func(t *testing.T, h *hub)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHub(t)
		defer h.leave()
		for _, id := range []string{labour, riverside, harbour, province} {
			h.join(id)
		}
		play(t, h)
	})
}

// fileSample has the labour office file the sample.
func (h *hub) fileSample() {
	h.t.Helper()
	results, err := h.desks[labour].FileBatch(h.t.Context(), schemas.Example())
	if err != nil {
		h.t.Fatal(err)
	}
	for i, r := range results {
		if r.Err != nil || r.Answer.Waits() {
			h.t.Fatalf("event %d: %v, waits %v", i, r.Err, r.Answer.Waits())
		}
	}
	h.settle()
}

// act says a word, and lets it arrive everywhere.
func (m *member) act(verb string, in desk.ActInput) {
	m.t.Helper()
	a, err := m.Act(m.t.Context(), verb, referral, in)
	if err != nil || a.Waits() {
		m.t.Fatalf("%s %s: %v, waits %v", m.id, verb, err, a.Waits())
	}
	m.settle()
}

// needs lists what an agency's inbox asks of it.
func (m *member) needs() []string {
	m.t.Helper()
	items, err := m.Inbox(m.t.Context())
	if err != nil {
		m.t.Fatal(err)
	}
	var needs []string
	for _, i := range items {
		needs = append(needs, string(i.Need)+" "+i.State)
	}
	return needs
}

// trace lists the types of the steps that an agency can see.
func (m *member) trace() []string {
	m.t.Helper()
	told, err := m.Trace(m.t.Context(), person)
	if err != nil {
		return []string{kind(err)}
	}
	var types []string
	for _, s := range told.Steps {
		types = append(types, s.Type)
	}
	return types
}

// open opens the latest section of a name.
func (m *member) opened(section string) string {
	plaintext, err := m.OpenSection(m.t.Context(), desk.OpenInput{Case: person, Section: section, Purpose: "protect"})
	if err != nil {
		return kind(err)
	}
	return string(plaintext)
}

func TestStory(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		sender, first, second := h.desks[labour], h.desks[harbour], h.desks[riverside]
		h.fileSample()
		expect(t, "needs of the first", first.needs(), []string{"decide delivered"})
		expect(t, "needs of the second", second.needs(), nil)
		if got := sender.opened("identity"); !strings.Contains(got, "Invented Person One") {
			t.Errorf("the sender's own section: %s", got)
		}
		for place := range h.vault {
			if strings.Contains(place, "01a20647-3660-76a9-9ee7-f93b091b009a") {
				t.Error("the vault has the offer under the request, which does not name it")
			}
		}

		if got := first.opened("offer"); !strings.Contains(got, "+66 00 000 0001") {
			t.Errorf("offer: %s", got)
		}
		h.settle()
		expect(t, "needs after opening", first.needs(), []string{"decide received"})

		first.act("ask", desk.ActInput{Text: "Invented question?"})
		expect(t, "needs of the asker", first.needs(), nil)
		expect(t, "needs of the asked", sender.needs(), []string{"answer offered", "questions offered"})
		if got := sender.opened("feedback"); !strings.Contains(got, "Invented question?") {
			t.Errorf("question: %s", got)
		}
		sender.act("answer", desk.ActInput{Text: "Invented answer."})
		if got := first.opened("feedback"); !strings.Contains(got, "Invented answer.") {
			t.Errorf("answer: %s", got)
		}

		first.act("decline", desk.ActInput{Reason: "cannot_take", Text: "Invented reason."})
		expect(t, "trace of who declined", first.trace(), []string{
			"referral.requested", "referral.offered", "referral.delivered", "referral.received",
			"referral.information_requested", "referral.declined", "access.ended",
		})
		if got := first.opened("offer"); got != "unknown not_visible" {
			t.Errorf("offer after declining: %s", got)
		}
		expect(t, "needs of the next", second.needs(), []string{"decide delivered"})

		if got := second.opened("identity"); got != "unknown not_visible" {
			t.Errorf("identity before accepting: %s", got)
		}
		second.act("accept", desk.ActInput{})
		for section, word := range map[string]string{
			"offer": "+66 00 000 0001", "identity": "Invented Person One",
			"contact": "Invented words", "account": "Invented statement",
		} {
			if got := second.opened(section); !strings.Contains(got, word) {
				t.Errorf("%s after accepting: %s", section, got)
			}
		}
		if !slices.Contains(second.trace(), "finding.recorded") {
			t.Errorf("the acceptor does not see the finding that the case cites: %v", second.trace())
		}
		expect(t, "needs of the acceptor", second.needs(), []string{"meet accepted"})
		second.act("meet", desk.ActInput{})
		expect(t, "needs after meeting", second.needs(), []string{"complete accepted"})
		second.act("complete", desk.ActInput{Text: "Invented outcome.", Result: "helped", PersonTold: "yes"})
		expect(t, "needs of the sender", sender.needs(), []string{"acknowledge completed"})
		if got := sender.opened("feedback"); !strings.Contains(got, `"result":"helped"`) {
			t.Errorf("outcome: %s", got)
		}
		sender.act("acknowledge", desk.ActInput{})
		for _, m := range h.desks {
			expect(t, "needs of "+m.id+" at the end", m.needs(), nil)
			pending, err := m.Pending(t.Context())
			if err != nil || len(pending) > 0 {
				t.Errorf("%s has something left to send: %v, %v", m.id, pending, err)
			}
		}
	})
}

func TestRevokedIsGone(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		h.fileSample()
		sender, receiver := h.desks[labour], h.desks[harbour]
		receiver.act("accept", desk.ActInput{})
		sender.act("revoke", desk.ActInput{Reason: "person_decided"})
		expect(t, "trace", receiver.trace(), []string{"unknown not_visible"})
		expect(t, "needs", receiver.needs(), nil)
		cases, err := receiver.Cases(t.Context())
		if err != nil || len(cases) > 0 {
			t.Errorf("cases left: %v, %v", cases, err)
		}
		for _, f := range receiver.memory.facts {
			if f.Scope().Kind != schemas.ScopeAgency && f.Name() != "access.ended" {
				t.Errorf("%s is left in the view", f.Name())
			}
		}
	})
}

// A view that is made again from the inbox is as it was, and what the desk filed
// by itself is not filed again.
func TestRebuild(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		h.fileSample()
		sender := h.desks[labour]
		h.desks[harbour].act("accept", desk.ActInput{})
		before, err := sender.Case(t.Context(), person)
		if err != nil {
			t.Fatal(err)
		}
		rows := len(sender.memory.rows)
		sender.memory.facts, sender.memory.cases = nil, map[string]desk.Case{}
		sender.read = 0
		h.settle()
		after, err := sender.Case(t.Context(), person)
		if err != nil {
			t.Fatal(err)
		}
		expect(t, "case", after, before)
		if got := len(sender.memory.rows); got != rows {
			t.Errorf("%d rows in the outbox, %d before", got, rows)
		}
	})
}

// Every fact may be delivered twice.
func TestTwice(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		h.fileSample()
		h.desks[harbour].act("decline", desk.ActInput{Reason: "other"})
		for _, m := range h.desks {
			facts, rows := len(m.memory.facts), len(m.memory.rows)
			for _, f := range m.inbox[len(m.inbox)-3:] {
				if err := m.Apply(t.Context(), f); err != nil {
					t.Errorf("%s: apply %s again: %v", m.id, f.Name(), err)
				}
			}
			if len(m.memory.facts) != facts || len(m.memory.rows) != rows {
				t.Errorf("%s: %d facts and %d rows, before %d and %d", m.id,
					len(m.memory.facts), len(m.memory.rows), facts, rows)
			}
		}
	})
}

// openForm writes an event in open form.
func openForm(t *testing.T, id, typ, subject string, data map[string]any) []byte {
	t.Helper()
	raw, err := json.Marshal(map[string]any{
		"specversion": "1.0", "id": id, "type": "org.saphan." + typ + ".v1", "subject": subject, "data": data,
	})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func expect[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}
