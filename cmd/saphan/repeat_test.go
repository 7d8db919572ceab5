package main

import (
	"bytes"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// hundredfold posts the same bytes a hundred times at once, and returns the one
// answer that all of them got.
func hundredfold(t *testing.T, w *whole, raw []byte) []byte {
	t.Helper()
	const times = 100
	answers := make([][]byte, times)
	post := make([]func(), times)
	for i := range post {
		post[i] = func() {
			status, answer := w.post(t, sampleLabour, raw)
			if status != http.StatusCreated {
				t.Errorf("status %d: %s", status, answer)
			}
			answers[i] = answer
		}
	}
	atOnce(post...)
	for _, answer := range answers {
		if !bytes.Equal(answer, answers[0]) {
			t.Fatalf("two receipts:\n%s%s", answers[0], answer)
		}
	}
	return answers[0]
}

// namedPerson is a case that is opened with a section: sealing is random, so
// that only a repeat that is found before sealing is the same event.
func namedPerson() map[string]any {
	return map[string]any{
		"kind": "person", "origin": "self", "lead": sampleLabour, "areas": []schemas.Area{samutSakhon},
		"sections": map[string]any{"identity": map[string]string{"name": "Invented Person One"}},
	}
}

func TestTheSameBytesAreOneEventForEver(t *testing.T) {
	t.Parallel()
	w := startWhole(t, nil)
	id, raw := w.event("case.opened", w.world.ids.ID(), namedPerson())
	first := hundredfold(t, w, raw)
	w.rest(t)
	length := w.length(t)

	w.stop(t)
	w.start(t)
	w.clock.Set(w.clock.Now().Add(24 * time.Hour))
	if again := hundredfold(t, w, raw); !bytes.Equal(first, again) {
		t.Errorf("another receipt after the restart:\n%s%s", first, again)
	}
	w.rest(t)
	if facts := w.ledger(t, schemas.ScopeCase); len(facts) != 1 || facts[0].ID() != id {
		t.Errorf("%d events in the ledger", len(facts))
	}
	if now := w.length(t); now != length {
		t.Errorf("the ledger grew from %d to %d", length, now)
	}
	w.everybodySeesTheirs(t)
}

func TestAnIDIsNeverUsedTwice(t *testing.T) {
	t.Parallel()
	w := startWhole(t, nil)
	caseID := w.world.ids.ID()
	_, raw := w.event("case.opened", caseID, namedPerson())
	w.file(t, sampleLabour, raw)
	length := w.length(t)
	for name, other := range map[string][]byte{
		"another body": bytes.Replace(raw, []byte("Person One"), []byte("Person Two"), 1),
		"another case": bytes.Replace(raw, []byte(caseID), []byte(w.world.ids.ID()), 1),
		"one blank":    append(bytes.Clone(raw), ' '),
	} {
		status, answer := w.post(t, sampleLabour, other)
		if status != http.StatusConflict || !bytes.Contains(answer, []byte("urn:saphan:problem:conflict:"+services.CodeIDReused)) {
			t.Errorf("%s: status %d: %s", name, status, answer)
		}
	}
	w.rest(t)
	if now := w.length(t); now != length {
		t.Errorf("the ledger grew from %d to %d", length, now)
	}
}

func TestTheHubRemembersItsReceipts(t *testing.T) {
	t.Parallel()
	w := startWhole(t, nil)
	caseID := w.world.ids.ID()
	_, raw := w.event("case.opened", caseID, namedPerson())
	receipt := w.file(t, sampleLabour, raw)
	w.rest(t)
	length, signed := w.length(t), w.history(t, caseID)[0].Bytes

	w.stop(t)
	w.start(t)
	other := bytes.Replace(signed, []byte(`"data":{`), []byte(`"data": {`), 1) // the signature still fits
	if _, err := w.submit(t, sampleLabour, other); services.KindOf(err) != services.Conflict || services.AsError(err).Code != services.CodeIDReused {
		t.Errorf("other bytes under the same id: %v", err)
	}
	// After a hundred days the event would be too old to be new.
	for _, days := range []int{1, 100} {
		w.clock.Set(w.clock.Now().AddDate(0, 0, days))
		again, err := w.submit(t, sampleLabour, signed)
		if err != nil {
			t.Fatalf("%d days later: %v", days, err)
		}
		if diff := cmp.Diff(receipt, again); diff != "" {
			t.Errorf("%d days later (-receipt +receipt):\n%s", days, diff)
		}
	}
	if now := w.length(t); now != length {
		t.Errorf("the ledger grew from %d to %d", length, now)
	}
}
