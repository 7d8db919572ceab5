package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saphan-project/saphan/adapters/deskclient"
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/desk"
)

// copied is a message of an inbox as the broker holds it.
type copied struct {
	name  string // short name of the event's type
	place uint64 // of the event in the ledger
	event string
}

// inbox reads an agency's inbox at the broker, in the broker's order.
func (w *whole) inbox(t *testing.T, agency string) []copied {
	t.Helper()
	nc := w.keep(t)
	var all []copied
	for next := uint64(1); ; {
		question := fmt.Sprintf(`{"seq":%d,"next_by_subj":"inbox.%s.>"}`, next, agency)
		m, err := nc.RequestWithContext(within(t), "$JS.API.DIRECT.GET.INBOX", []byte(question))
		if err != nil {
			t.Fatal(err)
		}
		if m.Header.Get("Status") != "" { // there is none
			return all
		}
		var e struct{ ID, Type string }
		at, err := strconv.ParseUint(m.Header.Get("Saphan-Sequence"), 10, 64)
		if err != nil || json.Unmarshal(m.Data, &e) != nil {
			t.Fatalf("a message of the inbox is no event: %v", err)
		}
		all = append(all, copied{name: e.Type[len("org.saphan.") : len(e.Type)-len(".v1")], place: at, event: e.ID})
		if next, err = strconv.ParseUint(m.Header.Get("Nats-Sequence"), 10, 64); err != nil {
			t.Fatal(err)
		}
		next++
	}
}

// inOrder lists the types of what came, and fails unless it came in ledger order.
func inOrder(t *testing.T, came []copied) []string {
	t.Helper()
	var names []string
	for i, c := range came {
		if i > 0 && c.place <= came[i-1].place {
			t.Errorf("%s came behind %s, which is later in the ledger", c.name, came[i-1].name)
		}
		names = append(names, c.name)
	}
	return names
}

// until plays the story up to a time of its Monday.
func (w *whole) until(t *testing.T, at string) {
	t.Helper()
	i := slices.IndexFunc(story, func(s scene) bool { return s.at > "Mon "+at })
	for _, s := range story[w.played:i] {
		if err := s.do(within(t), w.play, w.desks[s.who]); err != nil {
			t.Fatalf("%s, %s: %v", s.at, s.who, err)
		}
		w.rest(t)
	}
	w.played = i
}

func TestWhoIsOfferedLateGetsWhatCameBefore(t *testing.T) {
	t.Parallel()
	w := startWhole(t, nil)
	w.until(t, "09:48")
	if early := w.inbox(t, sampleHarbour); len(early) > 0 {
		t.Errorf("the second choice was sent %v", early)
	}
	w.until(t, "09:57")
	offered := w.inbox(t, sampleHarbour)
	want := []string{"referral.requested", "content.shared", "referral.offered", "referral.delivered"}
	if diff := cmp.Diff(want, inOrder(t, offered)); diff != "" {
		t.Errorf("with the offer (-want +came):\n%s", diff)
	}
	w.until(t, "10:05:50")
	all := w.inbox(t, sampleHarbour)
	taken := slices.IndexFunc(all, func(c copied) bool { return c.place < offered[0].place })
	if taken < 0 {
		t.Fatal("nothing from before the offer came with the acceptance")
	}
	want = []string{"finding.recorded", "case.opened", "referral.accepted", "content.shared"}
	if diff := cmp.Diff(want, inOrder(t, all[taken:])); diff != "" {
		t.Errorf("with the acceptance (-want +came):\n%s", diff)
	}
	w.everybodySeesTheirs(t)
}

func TestWhoDeclinesKeepsTheBareOfferAndItsOwnWords(t *testing.T) {
	t.Parallel()
	w := startWhole(t, nil)
	w.until(t, "09:48")
	shared, ok := w.sharedWith(t, sampleRiverside)
	if !ok {
		t.Fatal("there is no content for the first choice")
	}
	subject := []byte("inbox." + sampleRiverside + "." + w.caseID() + "." + shared.ID())
	digest := []byte(shared.Data.(schemas.ContentShared).Sealed[0].Digest)
	bus, deskFolder := filepath.Join(w.dir, "bus"), deskDir(w.dir, sampleRiverside)
	copies := occurrences(t, bus, shared.Bytes)
	if occurrences(t, bus, subject) == 0 || occurrences(t, deskFolder, digest) == 0 {
		t.Fatal("the test looks for the wrong bytes")
	}

	w.until(t, "09:50")
	w.keepsLittle(t, shared)
	w.everybodySeesTheirs(t)

	w.stop(t)
	if n := occurrences(t, bus, subject); n > 0 {
		t.Errorf("the removed message is %d times in the store", n)
	}
	if n := occurrences(t, bus, shared.Bytes); n != copies-1 {
		t.Errorf("the event is %d times in the store, and was %d times", n, copies)
	}
	if n := occurrences(t, deskFolder, digest); n > 0 {
		t.Errorf("what was withdrawn is %d times in the desk's files", n)
	}
}

// keepsLittle fails unless who declined has only the bare offer and its own words,
// at the broker and at its desk.
func (w *whole) keepsLittle(t *testing.T, shared services.Fact) {
	t.Helper()
	kept := []string{
		"referral.requested", "referral.offered", "referral.delivered", "referral.received",
		"referral.claimed", "referral.declined",
	}
	came := w.inbox(t, sampleRiverside)
	if last := came[len(came)-1]; last.name != "access.ended" {
		t.Errorf("the last word is %s", last.name)
	}
	if diff := cmp.Diff(kept, inOrder(t, came[:len(came)-1])); diff != "" {
		t.Errorf("kept at the broker (-want +held):\n%s", diff)
	}
	client := w.desks[sampleRiverside]
	w.traces(t, client, kept)
	_, err := client.Open(within(t), desk.OpenInput{Case: w.caseID(), Event: shared.ID(), Section: "offer", Purpose: "decide"})
	if services.KindOf(err) != services.Unknown {
		t.Errorf("the content can still be asked for: %v", err)
	}
}

// traces fails unless a desk traces these types, and shows no section.
func (w *whole) traces(t *testing.T, client *deskclient.Client, want []string) {
	t.Helper()
	steps, err := client.Trace(within(t), w.caseID())
	if err != nil {
		t.Fatal(err)
	}
	var traced []string
	for _, s := range steps {
		if s.Type != "access.ended" {
			traced = append(traced, s.Type)
		}
	}
	if diff := cmp.Diff(want, traced); diff != "" {
		t.Errorf("traced (-want +got):\n%s", diff)
	}
	about, err := client.Case(within(t), w.caseID())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range about.Sections {
		if s.Author != client.Agency() {
			t.Errorf("a section of %s is still offered", s.Author)
		}
	}
}

// sharedWith finds the content that was shared with an agency.
func (w *whole) sharedWith(t *testing.T, agency string) (services.Fact, bool) {
	t.Helper()
	for _, f := range w.history(t, w.caseID()) {
		if s, ok := f.Data.(schemas.ContentShared); ok && s.To == agency {
			return f, true
		}
	}
	return services.Fact{}, false
}

// occurrences counts how often the files under a folder hold the bytes.
func occurrences(t *testing.T, dir string, mark []byte) int {
	t.Helper()
	n := 0
	for _, b := range everyFile(t, dir) {
		n += bytes.Count(b, mark)
	}
	return n
}
