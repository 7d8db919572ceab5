package main

import (
	"bytes"
	"net/http"
	"testing"
	"time"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// unlimited lets an agency file as much as it likes.
func unlimited(w *world) { w.hourlyLimit = -1 }

// A case of 1,100 events lies on three pages of the ledger, and is more than the
// broker would answer at once.
func TestALargeCaseCanBeReadAnsweredAndRevoked(t *testing.T) {
	t.Parallel()
	events := 1100
	if hurried() {
		events = 150
	}
	startWhole(t, unlimited).tellLarge(t, events)
}

// BenchmarkALargeCase tells of 2,500 events, and logs how long each step takes.
func BenchmarkALargeCase(b *testing.B) {
	for b.Loop() {
		startWhole(b, unlimited).tellLarge(b, 2500)
	}
}

// tellLarge fills a case, and then has its referral answered and taken back.
func (w *whole) tellLarge(t testing.TB, events int) {
	t.Helper()
	r := w.request(t)
	took := watch(t)
	for range events {
		raw := w.sign(t, sampleLabour, schemas.Draft{Type: "screening.completed", Subject: r.caseID, Data: schemas.ScreeningCompleted{}})
		if _, err := w.submit(t, sampleLabour, raw); err != nil {
			t.Fatal(err)
		}
	}
	took("filed")
	w.rest(t)
	took("delivered")
	for _, agency := range []string{sampleLabour, sampleCoordinator} {
		steps, err := w.desks[agency].Trace(within(t), r.caseID)
		if err != nil || len(steps) < events {
			t.Errorf("%s traces %d events: %v", agency, len(steps), err)
		}
	}
	took("traced twice")
	for _, said := range []struct{ agency, verb string }{
		{sampleRiverside, "decline"}, {sampleHarbour, "accept"}, {sampleLabour, "revoke"},
	} {
		if err := w.act(t, said.agency, said.verb, r); err != nil {
			t.Fatalf("%s: %v", said.verb, err)
		}
		w.rest(t)
		took(said.verb)
	}
	w.stop(t)
	w.start(t)
	took("started again")
	if n := len(w.history(t, r.caseID)); n != events+9 {
		t.Errorf("the case has %d events when it is read from the disk", n)
	}
	took("read from the disk")
	w.everybodySeesTheirs(t)
}

// watch returns what logs how long each step took.
func watch(t testing.TB) func(step string) {
	t.Helper()
	last := time.Now()
	return func(step string) {
		t.Helper()
		t.Logf("%s: %v", step, time.Since(last).Round(10*time.Microsecond))
		last = time.Now()
	}
}

// fat makes a JSON object exactly n bytes long with blanks outside its members.
func fat(raw []byte, n int) []byte {
	end := len(raw) - 1
	return append(append(bytes.Clone(raw[:end]), bytes.Repeat([]byte(" "), n-len(raw))...), '}')
}

// maxBytes is the largest event in bytes, as the API promises it.
const maxBytes = 262_144

func TestTheLargestEventPassesAndOneByteMoreDoesNot(t *testing.T) {
	t.Parallel()
	w := startWhole(t, nil)
	draft := schemas.Draft{Type: "visit.recorded", Subject: w.world.ids.ID(), Data: schemas.VisitRecorded{
		Kind: "routine", Area: samutSakhon, Sector: "C", Month: "2026-11",
	}}
	signed := w.sign(t, sampleLabour, draft)
	if _, err := w.submit(t, sampleLabour, fat(signed, maxBytes+1)); services.KindOf(err) != services.TooLarge {
		t.Errorf("at the hub, one byte more: %v", err)
	}
	largest := fat(signed, maxBytes)
	if receipt, err := w.submit(t, sampleLabour, largest); err != nil || receipt.SHA256 != schemas.Digest(largest) {
		t.Errorf("at the hub, the largest: %v", err)
	}
	id, open := w.event("visit.recorded", w.world.ids.ID(), draft.Data)
	if status, _ := w.post(t, sampleLabour, fat(open, maxBytes+1)); status != http.StatusRequestEntityTooLarge {
		t.Errorf("at the desk, one byte more: status %d", status)
	}
	if status, answer := w.post(t, sampleLabour, fat(open, maxBytes)); status != http.StatusCreated {
		t.Errorf("at the desk, the largest: status %d: %s", status, answer)
	}
	w.rest(t)
	facts := w.ledger(t, schemas.ScopeInspection)
	if len(facts) != 2 || len(facts[0].Bytes) != maxBytes || facts[1].ID() != id {
		t.Errorf("%d events are in the ledger", len(facts))
	}
	w.everybodySeesTheirs(t) // the largest reached every inbox, too
}
