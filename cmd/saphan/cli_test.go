package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saphan-project/saphan/adapters/deskclient"
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/desk"
	"github.com/saphan-project/saphan/services/webhook"
)

func TestFileTellsWhatBecameOfEachEvent(t *testing.T) {
	t.Parallel()
	d := &cliDesk{results: []desk.Result{{Answer: filedAs(cliEvent, true)}, {Answer: filedAs(cliOther, false)}}}
	expect(t, d.play(t, batchOfTwo, "file", "-"), said{0,
		"  case opened           KF7M-F79X-H   receipt 9f2c9f2c…\n" +
			"  screening completed   KF7M-F79X-H   waiting to send\n",
		"next: saphan case trace KF7M-F79X-H\n"})
}

func TestFileSaysWhenSomeOrAllWereRefused(t *testing.T) {
	t.Parallel()
	conflict := services.Refuse(services.Conflict, services.CodeIDReused)
	d := &cliDesk{results: []desk.Result{{Answer: filedAs(cliEvent, true)}, {Err: conflict}}}
	got := d.play(t, batchOfTwo, "file", "-")
	if got.exit != exitPartial || !strings.Contains(got.out, "refused: conflict: id_reused") ||
		!strings.Contains(got.err, "saphan: error: 1 of 2 were refused: ") {
		t.Errorf("got %+v", got)
	}
	d.results[0] = desk.Result{Err: conflict}
	if got := d.play(t, batchOfTwo, "file", "-"); got.exit != 6 {
		t.Errorf("got %+v", got)
	}
}

func TestFileOneEventAsJSON(t *testing.T) {
	t.Parallel()
	d := &cliDesk{results: []desk.Result{{Answer: filedAs(cliEvent, true)}}}
	got := d.play(t, `{"type":"org.saphan.case.opened.v1"}`, "file", "-", "--json")
	var lines []struct {
		Event   string
		Receipt *services.Receipt
	}
	if err := json.Unmarshal([]byte(got.out), &lines); err != nil || len(lines) != 1 || lines[0].Event != cliEvent || lines[0].Receipt == nil {
		t.Errorf("%v: %+v", err, got)
	}
}

func TestInboxIsATableWithTheNextCommand(t *testing.T) {
	t.Parallel()
	d := &cliDesk{items: []desk.Item{
		{Need: desk.NeedDecide, Case: storyCase, Reference: "KF7M-F79X-H", State: "delivered", Service: "shelter",
			AgeClass: "unsure", Priority: "emergency", Area: schemas.Area{Kind: "province", Code: "TH-74"},
			Since: time.Date(2026, 11, 23, 2, 41, 0, 0, time.UTC)},
		{Need: desk.NeedResolve, Reference: "9P0Y-RFKE-X", Pending: &desk.Pending{Event: cliEvent, Type: "case.opened"}},
	}}
	expect(t, d.play(t, "", "inbox"), said{0,
		"REFERENCE    NEEDS    WHAT                       PRIORITY   AREA          STATE      SINCE\n" +
			"KF7M-F79X-H  decide   shelter, perhaps under 18  emergency  Samut Sakhon  delivered  Mon 23/11 09:41\n" +
			"9P0Y-RFKE-X  resolve  case opened\n",
		"next: saphan referral open KF7M-F79X-H\nnext: saphan referral accept KF7M-F79X-H (or ask, or decline)\n"})
	d.items = nil
	expect(t, d.play(t, "", "inbox"), said{0, "nothing needs your agency\n", ""})
}

func TestARefusedEventIsSentAgainOrLetGo(t *testing.T) {
	t.Parallel()
	d := &cliDesk{}
	expect(t, d.play(t, "", "inbox", "retry", cliEvent), said{0, "  sent again            KF7M-F79X-H   waiting to send\n", ""})
	expect(t, d.play(t, "", "inbox", "discard", cliEvent), said{0, "discarded; what waited behind it goes on\n", ""})
	if d.discarded != cliEvent {
		t.Errorf("discarded %q", d.discarded)
	}
}

func TestEveryVerbOfTheDeskIsACommand(t *testing.T) {
	t.Parallel()
	for _, a := range append(referralActs(), caseActs()...) {
		d := &cliDesk{cases: []desk.Case{storyRow()}}
		about := map[string]string{"referral": cliReferral, "case": storyCase}[a.noun]
		example := strings.Fields(a.example)
		if a.takesSections() {
			example[0] = "-"
		}
		got := d.play(t, "{}", append([]string{a.noun, a.Name, "KF7M-F79X-H"}, example...)...)
		if got.exit != 0 || d.verb != a.Name || d.referral != about || !strings.Contains(got.out, word(a.Type, "en")) {
			t.Errorf("%s %s: %+v, asked %q about %q", a.noun, a.Name, got, d.verb, d.referral)
		}
		for _, name := range a.Takes {
			if _, known := fields[name]; !known && name != "sections" {
				t.Errorf("%s %s takes %s, which is no flag", a.noun, a.Name, name)
			}
		}
		if a.short == "" {
			t.Errorf("%s %s has no words", a.noun, a.Name)
		}
	}
	if words := len(referralWords) + len(caseWords); words != len(desk.Verbs())+len(desk.CaseVerbs()) {
		t.Errorf("%d verbs have words", words)
	}
}

func TestReferralTakesFlagsAndStandardInput(t *testing.T) {
	t.Parallel()
	d := &cliDesk{}
	got := d.play(t, "  full tonight\n", "referral", "decline", cliReferral, "--reason", "cannot_take", "--suggests", sampleRiverside, "--text", "-")
	want := desk.ActInput{Reason: "cannot_take", Suggests: sampleRiverside, Text: "full tonight"}
	if got.exit != 0 || !cmp.Equal(d.in, want) || d.referral != cliReferral {
		t.Errorf("got %+v, asked %+v", got, d.in)
	}
}

// Who names a case says which one is meant to the desk, too: another case may use
// the same id for a referral.
func TestAReferralIsNamedTogetherWithItsCase(t *testing.T) {
	t.Parallel()
	row := storyRow()
	for _, named := range []string{row.Reference, row.ID} {
		d := &cliDesk{cases: []desk.Case{row}}
		got := d.play(t, "", "referral", "accept", named)
		if got.exit != 0 || d.referral != cliReferral || !cmp.Equal(d.in, desk.ActInput{Case: row.ID}) {
			t.Errorf("%s: got %+v, asked %s %+v", named, got, d.referral, d.in)
		}
	}
}

func TestAReferenceThatMeansSeveralReferralsListsThem(t *testing.T) {
	t.Parallel()
	row := storyRow()
	second := strings.Repeat("6", 32)
	row.Referrals = append(row.Referrals, desk.Referral{ID: second, State: "requested"}, desk.Referral{ID: strings.Repeat("7", 32), State: "closed"})
	d := &cliDesk{cases: []desk.Case{row}}
	got := d.play(t, "", "referral", "accept", row.Reference)
	if got.exit != 6 || !strings.Contains(got.err, cliReferral+", "+second+"\n") || d.verb != "" {
		t.Errorf("got %+v", got)
	}
}

func TestAReferenceThatMeansSeveralCasesListsThem(t *testing.T) {
	t.Parallel()
	a, b := storyRow(), storyRow()
	b.ID = storyCase[:10] + strings.Repeat("1", 22)
	d := &cliDesk{cases: []desk.Case{a, b}}
	got := d.play(t, "", "case", "trace", a.Reference)
	if got.exit != 6 || !strings.Contains(got.err, a.ID+", "+b.ID) {
		t.Errorf("got %+v", got)
	}
}

func TestOpenPrintsASectionSafely(t *testing.T) {
	t.Parallel()
	d := &cliDesk{cases: []desk.Case{storyRow()}}
	expect(t, d.play(t, "", "referral", "open", "KF7M-F79X-H"), said{0,
		"{\n  \"nights\": 3,\n  \"wants\": \"a bed \\u001b[31m\"\n}\n", ""})
	for _, row := range []struct{ section, given, want string }{
		{"offer", "", "decide"}, {"feedback", "", "follow_up"}, {"contact", "", "protect"}, {"contact", "review", "review"},
	} {
		d.play(t, "", "referral", "open", "KF7M-F79X-H", "--section", row.section, "--purpose", row.given)
		if want := (desk.OpenInput{Case: storyCase, Section: row.section, Purpose: row.want}); d.opened != want {
			t.Errorf("opened %+v, want %+v", d.opened, want)
		}
	}
}

// TestEveryNeedSaysWhatToTypeNext, in words that the command line knows.
func TestEveryNeedSaysWhatToTypeNext(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		item desk.Item
		want []string
	}{
		{desk.Item{Need: desk.NeedDecide, State: "claimed"}, []string{"referral open KF7M-F79X-H", "referral accept KF7M-F79X-H (or ask, or decline)"}},
		{desk.Item{Need: desk.NeedDecide, State: "received"}, []string{"referral accept KF7M-F79X-H (or ask, or decline)"}},
		{desk.Item{Need: desk.NeedReceiver}, []string{"case trace KF7M-F79X-H"}},
		{desk.Item{Need: desk.NeedResolve, Pending: &desk.Pending{Event: cliEvent}}, []string{"inbox retry " + cliEvent}},
		{desk.Item{Need: desk.NeedMeet}, []string{"referral open KF7M-F79X-H --section contact", "referral meet KF7M-F79X-H"}},
		{desk.Item{Need: desk.NeedComplete}, []string{"referral complete KF7M-F79X-H --text -"}},
		{desk.Item{Need: desk.NeedAnswer}, []string{"referral open KF7M-F79X-H --section feedback", "referral answer KF7M-F79X-H --text -"}},
		{desk.Item{Need: desk.NeedConfirm}, []string{"case trace KF7M-F79X-H", "referral confirm KF7M-F79X-H --correct yes (or no)"}},
		{desk.Item{Need: desk.NeedReroute}, []string{"case trace KF7M-F79X-H"}},
		{desk.Item{Need: desk.NeedStop}, []string{"referral cancel KF7M-F79X-H (or complete)"}},
		{desk.Item{Need: desk.NeedLead}, []string{"case take KF7M-F79X-H (or refuse)"}},
		{desk.Item{Need: desk.NeedCompare}, []string{"case same KF7M-F79X-H --answer same (or different, or cannot_say)"}},
		{desk.Item{Need: desk.NeedScreen}, []string{"case decide KF7M-F79X-H --decision monitor (or another)"}},
		{desk.Item{Need: desk.NeedQuestions}, []string{
			"referral share KF7M-F79X-H FILE --section offer", "case record KF7M-F79X-H FILE --section contact"}},
		{desk.Item{Need: desk.NeedAcknowledge}, []string{"referral open KF7M-F79X-H --section feedback", "referral acknowledge KF7M-F79X-H"}},
	} {
		want := "next: saphan " + strings.Join(row.want, "\nnext: saphan ") + "\n"
		item := row.item
		item.Reference = "KF7M-F79X-H"
		d := &cliDesk{items: []desk.Item{item}}
		if got := d.play(t, "", "inbox"); got.err != want {
			t.Errorf("%s: got %q, want %q", item.Need, got.err, want)
		}
		if got := d.play(t, "", "inbox", "--json"); got.err != "" {
			t.Errorf("%s: a program is told %q", item.Need, got.err)
		}
	}
}

func TestWhatToTypeNextNamesTheDeskThatWasNamed(t *testing.T) {
	t.Parallel()
	c := &command{desk: "my/desk.json", getenv: func(string) string { return "other" }, lang: "en"}
	var b bytes.Buffer
	c.stderr = &b
	if err := c.settle(); err != nil {
		t.Fatal(err)
	}
	c.suggest("case ls")
	if want := "next: saphan --desk my/desk.json case ls\n"; b.String() != want || c.desk != "my/desk.json" {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}

func TestCaseTracePrintsTheTrace(t *testing.T) {
	t.Parallel()
	d := &cliDesk{cases: []desk.Case{storyRow()}}
	expect(t, d.play(t, "", "case", "trace", "KF7M-F79X-H"), said{0, storyTrace, ""})
	got := d.play(t, "", "case", "trace", storyCase, "--json")
	var v traceView
	if err := json.Unmarshal([]byte(got.out), &v); err != nil || len(v.Steps) != len(storySteps()) || v.Reference != "KF7M-F79X-H" {
		t.Errorf("%v: %s", err, got.out)
	}
}

func TestListsAreTables(t *testing.T) {
	t.Parallel()
	d := &cliDesk{cases: []desk.Case{storyRow(), {Reference: "9P0Y-RFKE-X", Lead: sampleHarbour}}}
	expect(t, d.play(t, "", "case", "ls"), said{0,
		"REFERENCE    ABOUT                         LEAD                REFERRALS                CHANGED\n" +
			"KF7M-F79X-H  one person, perhaps under 18  labour-samutsakhon  shelter being looked at  Tue 24/11 17:30\n" +
			"9P0Y-RFKE-X                                shelter-harbour                              waiting to send\n", ""})
	expect(t, d.play(t, "", "agency", "ls"), said{0,
		"AGENCY           NAME                       KIND     OFFICE   SERVICES  STATUS\n" +
			"shelter-harbour  Example \\u001b[31mShelter  shelter  Bangkok  shelter   active\n", ""})
	if got := d.play(t, "", "agency", "ls", "--lang", "th"); !strings.Contains(got.out, "ตัวอย่าง") || !strings.Contains(got.out, "กรุงเทพมหานคร") {
		t.Errorf("got %s", got.out)
	}
}

func TestEachKindOfRefusalHasItsExitStatus(t *testing.T) {
	t.Parallel()
	for kind, exit := range map[services.Kind]int{
		services.Invalid: 3, services.TooLarge: 3, services.Unknown: 4, services.Unauthorized: 5,
		services.Forbidden: 5, services.Conflict: 6, services.Later: 7, services.Internal: 1,
	} {
		d := &cliDesk{err: services.Refuse(kind, "code")}
		got := d.play(t, "", "inbox")
		if got.exit != exit || got.out != "" || !strings.HasPrefix(got.err, "saphan: error: ") {
			t.Errorf("%s: %+v", kind, got)
		}
	}
	d := &cliDesk{err: services.RefuseIn("accepted", "offer_closed")}
	if got := d.play(t, "", "inbox"); !strings.Contains(got.err, "(offer_closed); now: accepted\nsaphan: hint: ") {
		t.Errorf("got %s", got.err)
	}
}

// What helps against a refusal goes by its code where its kind would mislead.
func TestHintsGoByTheCode(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]string{
		services.CodeScope:  "saphan token add --scope read,file,open,manage ",
		services.CodePlace:  "saphan listen --from start ",
		"agency_there":      "--bundle DIR",
		webhook.CodeURL:     "saphan up --webhooks-to-loopback",
		webhook.CodeAddress: "saphan up --webhooks-to-loopback",
	} {
		d := &cliDesk{err: services.Refuse(services.Forbidden, code)}
		if got := d.play(t, "", "inbox"); !strings.Contains(got.err, "saphan: hint: ") || !strings.Contains(got.err, want) {
			t.Errorf("%s: %s", code, got.err)
		}
	}
}

func TestAnInterruptIsStatus130(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	path := filepath.Join(t.TempDir(), "desk.json")
	if err := (deskclient.DeskFile{URL: "http://127.0.0.1:1", Agency: sampleHarbour, Token: "token"}).Save(path); err != nil {
		t.Fatal(err)
	}
	if got := runWith(ctx, "", path, "inbox"); got.exit != exitInterrupted {
		t.Errorf("got %+v", got)
	}
}

func TestARefusalForProgramsIsOneObject(t *testing.T) {
	t.Parallel()
	d := &cliDesk{err: &services.Error{
		Kind: services.Conflict, Code: "offer_closed", State: "accepted",
		Problems: schemas.Problems{{Pointer: "/month", Code: "pattern", Rule: "urn:saphan:schema:visit.recorded.v1#/properties/month/$ref/pattern"}},
	}}
	got := d.play(t, "", "inbox", "--json")
	var told struct{ Error complaint }
	if err := json.Unmarshal([]byte(got.err), &told); err != nil || got.out != "" {
		t.Fatalf("%v %+v", err, got)
	}
	e := told.Error
	if got.exit != 6 || e.Kind != "conflict" || e.Code != "offer_closed" || e.State != "accepted" || e.Hint == "" {
		t.Errorf("got %d %+v", got.exit, e)
	}
	if e.Sentence != schemas.Refusal("offer_closed", "en") || len(e.Problems) != 1 {
		t.Fatalf("got %+v", e)
	}
	if p := e.Problems[0]; p.Pointer != "/month" || !strings.Contains(p.Sentence, "2026-11") || !strings.HasPrefix(p.Meaning, "When; ") {
		t.Errorf("got %+v", p)
	}
}

func TestColourOnlyOnATerminalAndOnlyWhereWanted(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		terminal, never bool
		env             string
		colour          bool
	}{{true, false, "", true}, {false, false, "", false}, {true, true, "", false}, {true, false, "NO_COLOR", false}} {
		var b bytes.Buffer
		c := &command{stderr: &b, terminal: row.terminal, noColor: row.never, getenv: func(name string) string {
			if name == row.env {
				return "1"
			}
			return ""
		}}
		c.complain(os.ErrNotExist)
		if got := strings.Contains(b.String(), "\x1b["); got != row.colour {
			t.Errorf("%+v: colour is %v", row, got)
		}
	}
}

func TestValidateExampleHasNothingWrong(t *testing.T) {
	t.Parallel()
	n, problems := check(schemas.Example())
	if n == 0 || len(problems) > 0 {
		t.Errorf("%d events, %v", n, problems)
	}
}
