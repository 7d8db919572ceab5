package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services/desk"
)

// typed runs the program as one agency, lets everything arrive, and returns what it
// printed. It must end with the status.
func (w *whole) typed(t *testing.T, exit int, agency, stdin string, args ...string) string {
	t.Helper()
	got := runWith(within(t), stdin, filepath.Join(deskDir(w.dir, agency), "desk.json"), args...)
	if got.exit != exit {
		t.Fatalf("%s: saphan %s: status %d, want %d\n%s%s", agency, strings.Join(args, " "), got.exit, exit, got.out, got.err)
	}
	w.rest(t)
	return got.out
}

// shows fails unless everything is in what was printed.
func mustShow(t *testing.T, out string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(out, part) {
			t.Errorf("%q is missing in:\n%s", part, out)
		}
	}
}

// filed opens a case of a person and asks the harbour shelter, as typed events.
func (w *whole) filed(t *testing.T, batch string, sections map[string]any) referral {
	t.Helper()
	r := referral{caseID: w.world.ids.ID(), id: w.world.ids.ID()}
	opened := personCase()
	opened.Batch = batch
	_, first := w.event("case.opened", r.caseID, opened)
	asked := map[string]any{
		"referral": r.id, "service": "shelter", "area": samutSakhon, "age_class": "adult", "language": "my",
		"people": "1", "priority": "urgent", "basis": "consent", "to": sampleHarbour,
	}
	if batch != "" {
		asked["batch"] = batch
	}
	if sections != nil {
		asked["sections"] = sections
	}
	_, second := w.event("referral.requested", r.caseID, asked)
	w.typed(t, 0, sampleLabour, "["+string(first)+","+string(second)+"]", "file", "-")
	return r
}

func (r referral) reference() string { return schemas.Reference(r.caseID) }

// thinOffer is what is known on the first evening; the rest is asked for.
var thinOffer = map[string]any{"offer": map[string]any{
	"sex": "female", "age_band": "18-24", "urgent_medical": "no", "call_back": "+66 00 000 0001",
}}

// A shelter answers by telephone; the labour office records it; the shelter confirms
// it later at its own desk, where everything has come.
func TestWordsAnsweredByTelephone(t *testing.T) {
	t.Parallel()
	w := startWhole(t, nil)
	r := w.filed(t, "", thinOffer)
	name := r.reference()
	w.typed(t, 2, sampleLabour, "", "referral", "accept", name, "--for", sampleHarbour)
	w.typed(t, 0, sampleLabour, "", "referral", "accept", name, "--for", sampleHarbour, "--by", "phone")
	mustShow(t, w.typed(t, 0, sampleHarbour, "", "inbox"), "confirm", "meet")
	mustShow(t, w.typed(t, 0, sampleHarbour, "", "case", "trace", name), "accepted", "by labour-samutsakhon, by telephone")
	w.typed(t, 0, sampleHarbour, "", "referral", "confirm", name, "--correct", "yes")
	if out := w.typed(t, 0, sampleHarbour, "", "inbox"); strings.Contains(out, "confirm") {
		t.Errorf("still to be confirmed:\n%s", out)
	}

	// What the receiver needs is asked, and answered when it is known.
	questions := w.typed(t, 0, sampleLabour, "", "inbox")
	mustShow(t, questions, "questions", "sections/offer/pursuit_risk", "sections/contact")
	whole := `{"sex":"female","age_band":"18-24","language":"my","urgent_medical":"no","pursuit_risk":"no",
		"still_in_situation":"no","employer_knows":"no","person_knows":"yes","call_back":"+66 00 000 0001"}`
	w.typed(t, 0, sampleLabour, whole, "referral", "share", name, "-", "--section", "offer")
	contact := `{"safe":"safe","how":"phone","holder":"person"}`
	w.typed(t, 0, sampleLabour, contact, "case", "record", name, "-", "--section", "contact")
	if out := w.typed(t, 0, sampleLabour, "", "inbox"); strings.Contains(out, "questions") {
		t.Errorf("still asked:\n%s", out)
	}
	mustShow(t, w.typed(t, 0, sampleHarbour, "", "referral", "open", name), `"pursuit_risk": "no"`)
	mustShow(t, w.typed(t, 0, sampleHarbour, "", "referral", "open", name, "--section", "contact"), `"how": "phone"`)

	// The loop is closed, then the case; and the person comes back.
	w.typed(t, 0, sampleHarbour, "", "referral", "hold", name, "--reason", "other", "--review-by", "2026-12-01T05:00:00Z")
	mustShow(t, w.typed(t, 0, sampleLabour, "", "case", "ls"), "on hold")
	w.typed(t, 0, sampleHarbour, "", "referral", "resume", name)
	w.typed(t, 0, sampleHarbour, "", "referral", "complete", name, "--told", "yes", "--outcome", "placed_in_shelter,service_provided")
	w.typed(t, 6, sampleLabour, "", "referral", "accept", name, "--for", sampleHarbour, "--by", "phone")
	w.typed(t, 0, sampleLabour, "", "referral", "acknowledge", name)
	w.typed(t, 0, sampleLabour, "", "case", "close", name, "--reason", "settled", "--told", "yes")
	mustShow(t, w.typed(t, 0, sampleLabour, "", "case", "ls"), "one person, an adult, closed")
	w.typed(t, 0, sampleLabour, "", "case", "reopen", name, "--reason", "person_asks")
	mustShow(t, w.typed(t, 0, sampleLabour, "", "case", "trace", name), "case closed", "case reopened", "the person asks")
}

// Three people were filed together: they are one row, and answered in one word, each
// by itself.
func TestWordsOverABatch(t *testing.T) {
	t.Parallel()
	w := startWhole(t, nil)
	batch := w.world.ids.ID()
	var people []referral
	for range 3 {
		people = append(people, w.filed(t, batch, thinOffer))
	}
	mustShow(t, w.typed(t, 0, sampleHarbour, "", "inbox"),
		schemas.Reference(batch), "shelter, 3 people", "  "+people[1].reference())
	w.typed(t, 0, sampleHarbour, "", "referral", "decline", "--batch", people[0].reference(), "--only", people[2].reference(), "--reason", "cannot_take")
	event := w.world.ids.EventID()
	out := w.typed(t, exitPartial, sampleHarbour, "", "referral", "accept", "--batch", batch, "--event", event)
	if strings.Count(out, "receipt ") != 2 || strings.Count(out, "refused: conflict: offer_closed") != 1 {
		t.Errorf("two accepted and one refused, got:\n%s", out)
	}
	if again := w.typed(t, exitPartial, sampleHarbour, "", "referral", "accept", "--batch", batch, "--event", event); again != out {
		t.Errorf("the same again:\n%s\nbefore:\n%s", again, out)
	}
	w.typed(t, 4, samplePolice, "", "referral", "accept", "--batch", batch)
	var told batchLines
	raw := w.typed(t, 0, sampleLabour, "", "case", "assert", "--batch", batch, "--status", "possible", "--json")
	if err := json.Unmarshal([]byte(raw), &told); err != nil || len(told.Results) != 3 || told.Batch != batch {
		t.Errorf("%v: %s", err, raw)
	}
}

// A shelter passes a referral on to another one; then the case itself moves, and its
// new lead answers for it with all that there is.
func TestWordsPassedOnAndTransferred(t *testing.T) {
	t.Parallel()
	w := startWhole(t, nil)
	r := w.filed(t, "", thinOffer)
	name := r.reference()
	w.typed(t, 0, sampleHarbour, "", "referral", "reroute", name, "--to", sampleRiverside, "--reason", "wrong_receiver")
	mustShow(t, w.typed(t, 0, sampleRiverside, "", "referral", "open", name), "+66 00 000 0001")
	w.typed(t, 0, sampleRiverside, "", "referral", "accept", name)
	identity := `{"name":"Invented Person One"}`
	w.typed(t, 0, sampleLabour, identity, "case", "record", name, "-", "--section", "identity")
	mustShow(t, w.typed(t, 0, sampleRiverside, "", "case", "open", name, "--section", "identity"), "Invented Person One")

	w.typed(t, 0, sampleLabour, "", "case", "transfer", name, "--to", samplePolice)
	mustShow(t, w.typed(t, 0, samplePolice, "", "inbox"), name, "lead")
	w.typed(t, 0, samplePolice, "", "case", "take", name)
	mustShow(t, w.typed(t, 0, samplePolice, "", "case", "open", name, "--section", "identity"), "Invented Person One")
	mustShow(t, w.typed(t, 0, samplePolice, "", "case", "open", name, "--section", "offer"), "+66 00 000 0001")
	w.typed(t, 4, sampleLabour, "", "case", "reopen", name, "--reason", "mistake")
	w.typed(t, 0, sampleRiverside, "", "referral", "fail", name, "--told", "no", "--real-reason", "person_unreachable")
	mustShow(t, w.typed(t, 0, samplePolice, "", "inbox"), "acknowledge")
	w.typed(t, 0, samplePolice, "", "referral", "acknowledge", name)
	w.typed(t, 0, samplePolice, "", "case", "tell", name, "--told", "not_safe")

	c, err := w.desks[samplePolice].Case(within(t), r.caseID)
	if err != nil || c.Lead != samplePolice || len(c.Referrals) != 2 || !desk.Over(c.Referrals[0].State) || !desk.Over(c.Referrals[1].State) {
		t.Errorf("the case at its new lead: %+v, %v", c, err)
	}
}

// A tip waits in the inbox of whoever was told, until it is taken up or closed. The
// coordinator sees it, and neither what was said nor who said it.
func TestWordsAboutATip(t *testing.T) {
	t.Parallel()
	w := startWhole(t, nil)
	raw, err := os.ReadFile("../../schemas/tip/received.v1.ok.json")
	if err != nil {
		t.Fatal(err)
	}
	w.typed(t, 0, sampleLabour, string(raw), "file", "-")
	var listed struct {
		Items []desk.Item `json:"items"`
	}
	if err := json.Unmarshal([]byte(w.typed(t, 0, sampleLabour, "", "inbox", "--json")), &listed); err != nil || len(listed.Items) != 1 {
		t.Fatalf("%v: %+v", err, listed)
	}
	name := listed.Items[0].Reference
	if listed.Items[0].Need != desk.NeedTriage {
		t.Errorf("needs %s", listed.Items[0].Need)
	}
	mustShow(t, w.typed(t, 0, sampleLabour, "", "case", "open", name, "--section", "reporter"), "colleague")
	mustShow(t, w.typed(t, 0, sampleCoordinator, "", "case", "trace", name), "hotline, Samut Sakhon, fairly reliable")
	w.typed(t, 4, sampleCoordinator, "", "case", "open", name, "--section", "account")
	w.typed(t, 4, samplePolice, "", "case", "trace", name)
	w.typed(t, 6, sampleLabour, "", "case", "restrict", name, "--exclude", samplePolice) // a word about a case
	w.typed(t, 0, sampleLabour, "", "case", "triage", name, "--as", "visit")
	w.typed(t, 6, sampleLabour, "", "case", "triage", name, "--as", "joined")
	if out := w.typed(t, 0, sampleLabour, "", "inbox"); strings.Contains(out, name) {
		t.Errorf("it waits still: %s", out)
	}
	w.typed(t, 0, sampleLabour, "", "case", "dismiss", name, "--reason", "too_little")
	mustShow(t, w.typed(t, 0, sampleLabour, "", "case", "trace", name), "a visit", "too little to go on")
}
