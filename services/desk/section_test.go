package desk_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
	"github.com/saphan-project/saphan/services/desk"
)

// The content is sealed when the offer is made, for whom it was not sent ahead.
func TestContentOnOffer(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		h.settle()
		sender, receiver := h.desks[labour], h.desks[harbour]
		h.setRefuse(func(verb, _ string, raw []byte) error {
			if verb == services.VerbSubmit && bytes.Contains(raw, []byte("content.shared")) &&
				bytes.Contains(raw, []byte("causationid\":\"01a20647-3660-76a9-9ee7-f93b091b009a")) {
				return services.Refuse(services.Conflict, "ended")
			}
			return nil
		})
		h.fileSample()
		if got := receiver.opened("offer"); !strings.Contains(got, "+66 00 000 0001") {
			t.Errorf("offer: %s", got)
		}
		shares := 0
		for _, r := range sender.memory.rows {
			if r.Type == "content.shared" && r.Standing == desk.Sent {
				shares++
			}
		}
		expect(t, "shares", shares, 1)
	})
}

// An agency without a sealing key holds up nothing, and gets the content when it
// has one. A recovery key is not enough: nobody there could read with it.
func TestReceiverWithoutKey(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		h.settle()
		sender := h.desks[labour]
		whole := sender.memory.known[harbour]
		bare := whole
		bare.Keys = []schemas.Key{{Use: "recovery", Key: "kept in a drawer"}}
		sender.memory.known[harbour] = bare
		if _, err := sender.FileBatch(t.Context(), schemas.Example()); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		offered := sender.inbox[len(sender.inbox)-1]
		for f, ok := sender.next(); ok; f, ok = sender.next() {
			if err := sender.Apply(t.Context(), f); (f.Name() == "referral.offered") != (kind(err) == "later keys_unknown") {
				t.Errorf("%s: %v", f.Name(), err)
			}
			if f.Name() == "referral.offered" {
				offered = f
			}
		}
		sender.memory.known[harbour] = whole
		if err := sender.Apply(t.Context(), offered); err != nil {
			t.Errorf("offered again: %v", err)
		}
		h.settle()
		if got := h.desks[harbour].opened("offer"); !strings.Contains(got, "+66 00 000 0001") {
			t.Errorf("offer: %s", got)
		}
	})
}

// What is shared by hand, ahead of an offer, is sealed for whom it names; what is
// said to somebody who is not there is refused rather than sealed to nobody.
func TestWhomAPostIsFor(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		h.fileSample()
		m := h.desks[labour]
		id := m.IDs.EventID()
		offer := map[string]any{"sex": "female", "age_band": "15-17", "urgent_medical": "no"}
		m.file(openForm(t, id, "content.shared", person, map[string]any{
			"referral": referral, "to": riverside, "sections": map[string]any{"offer": offer},
		}))
		kept, err := m.memory.OfEvent(t.Context(), id)
		if err != nil || len(kept) != 1 {
			t.Fatalf("kept: %v, %v", kept, err)
		}
		var got sealed
		if err := json.Unmarshal(kept[0].Ciphertext, &got); err != nil {
			t.Fatal(err)
		}
		expect(t, "recipients", got.To, []string{"key of " + labour, "key of " + riverside})

		h.settle()
		st := casefile.Fold(h.history(schemas.Scope{Kind: schemas.ScopeCase, ID: person}))
		h.desks[harbour].act("decline", desk.ActInput{Reason: "other"})
		answer := map[string]any{"text": "Invented answer."}
		for about, want := range map[string]string{referral: "conflict no_addressee", caseA: "unknown not_visible"} {
			_, err = m.File(t.Context(), openForm(t, m.IDs.EventID(), "referral.information_provided", person, map[string]any{
				"referral": about, "offer": st.Referral(referral).Offers[0].ID, "sections": map[string]any{"feedback": answer},
			}))
			if kind(err) != want {
				t.Errorf("an answer to who has declined: %s, want %s", kind(err), want)
			}
		}
	})
}

// Whoever opens the offer first has received it; it is filed once.
func TestReceivedOnce(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		h.fileSample()
		m := h.desks[harbour]
		for range 3 {
			if got := m.opened("offer"); !strings.Contains(got, "+66 00 000 0001") {
				t.Errorf("offer: %s", got)
			}
		}
		m.act("receive", desk.ActInput{})
		received := 0
		for _, name := range h.desks[labour].trace() {
			if name == "referral.received" {
				received++
			}
		}
		expect(t, "received", received, 1)
	})
}

// What the vault hands out must be what the event names.
func TestSectionExchanged(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		h.fileSample()
		for place := range h.vault {
			h.vault[place] = []byte("{}")
		}
		if got := h.desks[harbour].opened("offer"); got != "internal section_digest" {
			t.Errorf("an exchanged section: %s", got)
		}
	})
}

// What is opened is held against the schema: nobody has looked at it before.
func TestSectionOfDishonestSender(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		h.fileSample()
		sender := h.desks[labour]
		for i := range sender.memory.rows {
			sender.memory.rows[i].Standing = desk.Sent
		}
		id := sender.IDs.EventID()
		header := desk.SectionHeader{Case: person, Event: id, Section: "offer", Sender: labour}
		body, err := sealer{sender}.Seal(header, []byte(`{"invented":"canary"}`), []string{"key of " + harbour})
		if err != nil {
			t.Fatal(err)
		}
		raw, err := scribe{}.Write(schemas.Draft{
			ID: id, Author: schemas.Party{Agency: labour}, Type: "content.shared", Subject: person, Time: h.now(),
			Data: schemas.ContentShared{
				InReferral: schemas.InReferral{Referral: referral}, To: harbour,
				Seals: schemas.Seals{Sealed: []schemas.Sealed{{Section: "offer", Digest: schemas.Digest(body)}}},
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		v := vault{sender}
		if _, err := v.Seal(t.Context(), services.SealRequest{Event: id, Section: "offer", Ciphertext: body}); err != nil {
			t.Fatal(err)
		}
		if _, err := v.Submit(t.Context(), raw); err != nil {
			t.Fatal(err)
		}
		h.settle()
		_, err = h.desks[harbour].OpenSection(t.Context(), desk.OpenInput{Case: person, Event: id, Section: "offer", Purpose: "decide"})
		if services.KindOf(err) != services.Invalid || strings.Contains(err.Error(), "canary") {
			t.Errorf("a section against its schema: %v", err)
		}
	})
}

// Who asked for help can read again what it sent along, by the request.
func TestTheOfferOfAnOwnRequest(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		h.fileSample()
		in := desk.OpenInput{Case: person, Event: "01a20647-3660-76a9-9ee7-f93b091b009a", Section: "offer"}
		got, err := h.desks[labour].OpenSection(t.Context(), in)
		if err != nil || !strings.Contains(string(got), "+66 00 000 0001") {
			t.Errorf("offer: %s, %v", got, err)
		}
		_, err = h.desks[harbour].OpenSection(t.Context(), in)
		expect(t, "by the receiver", kind(err), "unknown not_visible")
	})
}
