package main

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
	"github.com/saphan-project/saphan/services/desk"
)

const cliBatch = "8bf92f3577b34da6a3ce929d0e0e4736"

func TestVerbsTakeTheirFlags(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		typed string
		want  desk.ActInput
	}{
		{"referral accept KF7M-F79X-H --for shelter-riverside --by phone",
			desk.ActInput{OnBehalfOf: sampleRiverside, Channel: "phone"}},
		{"referral complete KF7M-F79X-H --outcome identified --outcome wage_recovered --told not_safe",
			desk.ActInput{Outcome: []string{"identified", "wage_recovered"}, PersonTold: "not_safe"}},
		{"referral hold KF7M-F79X-H --reason other --review-by 2026-12-01T05:00:00Z --real-reason awaiting_guardian",
			desk.ActInput{Reason: "other", ReviewBy: "2026-12-01T05:00:00Z", RealReason: "awaiting_guardian"}},
		{"case stage KF7M-F79X-H --to clue", desk.ActInput{Stage: "clue"}},
		{"case restrict KF7M-F79X-H --exclude police-samutsakhon --exclude shelter-riverside --upwards",
			desk.ActInput{Exclude: []string{samplePolice, sampleRiverside}, Upwards: true}},
		{"case compare KF7M-F79X-H --with 9P2R-W4HD-Y --lead shelter-riverside",
			desk.ActInput{With: "9P2R-W4HD-Y", Lead: sampleRiverside}},
		{"case same KF7M-F79X-H --answer cannot_say", desk.ActInput{Answer: "cannot_say"}},
	} {
		d := &cliDesk{cases: []desk.Case{storyRow()}}
		got := d.play(t, "", strings.Fields(row.typed)...)
		d.in.Case = ""
		if got.exit != 0 || !cmp.Equal(d.in, row.want) {
			t.Errorf("%s: %+v, the desk was told %+v", row.typed, got, d.in)
		}
	}
}

// What cannot be right is refused before anything is sent.
func TestVerbsRefuseWhatCannotBeRight(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"referral accept KF7M-F79X-H --for shelter-riverside": "--for and --by go together",
		"referral accept KF7M-F79X-H --by pigeon":             "unknown value of --by",
		"referral hold KF7M-F79X-H --reason other":            "--review-by is missing",
		"referral accept KF7M-F79X-H --only KF7M-F79X-H":      "--only goes with --batch",
		"referral complete KF7M-F79X-H --outcome happy":       "unknown value of --outcome",
		"referral confirm KF7M-F79X-H --correct unknown":      "unknown value of --correct",
		"referral accept KF7M-F79X-H --batch KF7M-F79X-H":     "wrong number of arguments",
		"case close KF7M-F79X-H --reason cannot_take":         "unknown value of --reason",
		"case restrict KF7M-F79X-H":                           "--exclude is missing",
		"case record KF7M-F79X-H - --section diary":           "unknown value of --section",
		"referral start KF7M-F79X-H --text hello":             "unknown flag: --text",
	} {
		d := &cliDesk{cases: []desk.Case{storyRow()}}
		if got := d.play(t, "{}", strings.Fields(typed)...); got.exit != exitUsage || !strings.Contains(got.err, want) || d.verb != "" {
			t.Errorf("%s: %+v", typed, got)
		}
	}
}

func TestABatchTellsOfEachCase(t *testing.T) {
	t.Parallel()
	d := &cliDesk{inBatch: []desk.CaseResult{
		{Case: storyCase, Reference: "KF7M-F79X-H", Answer: filedAs(cliEvent, true)},
		{Case: cliReferral, Reference: "9P0Y-RFKE-X", Err: services.RefuseIn("declined", "offer_closed")},
	}}
	got := d.play(t, "", "referral", "accept", "--batch", cliBatch, "--only", "KF7M-F79X-H,9P0Y-RFKE-X")
	want := "  accepted              KF7M-F79X-H   receipt 9f2c9f2c…\n" +
		"  accepted              9P0Y-RFKE-X   refused: conflict: offer_closed (now declined)\n"
	if got.exit != exitPartial || got.out != want || d.referral != cliBatch ||
		!cmp.Equal(d.in, desk.ActInput{Cases: []string{"KF7M-F79X-H", "9P0Y-RFKE-X"}}) {
		t.Errorf("got %+v, the desk was told %+v", got, d.in)
	}
}

// What was filed together is one row, where the most pressing of it stands.
func TestTheInboxShowsABatchAsOneRow(t *testing.T) {
	t.Parallel()
	item := func(reference, age string, incomplete bool) desk.Item {
		return desk.Item{
			Need: desk.NeedDecide, Reference: reference, Referral: cliReferral, State: "delivered", Service: "shelter",
			AgeClass: age, Priority: "urgent", Batch: cliBatch, Incomplete: incomplete,
			Area:  schemas.Area{Kind: "province", Code: "TH-74"},
			Since: time.Date(2026, 11, 23, 2, 41, 0, 0, time.UTC),
		}
	}
	alone := item("9P2R-W4HD-Y", "adult", false)
	alone.Batch, alone.Need, alone.Questions = "", desk.NeedQuestions, []schemas.Problem{{Pointer: "/data/sections/offer/sex", Code: "ask"}}
	d := &cliDesk{items: []desk.Item{item("KF7M-F79X-H", "adult", false), alone, item("9P0Y-RFKE-X", "unsure", true)}}
	expect(t, d.play(t, "", "inbox"), said{0, `REFERENCE      NEEDS      WHAT                                     PRIORITY  AREA          STATE                  SINCE
HFWJ-YDBQ-=    decide     shelter, 2 people, 1 under 18 or unsure  urgent    Samut Sakhon                         Mon 23/11 09:41
  KF7M-F79X-H             an adult                                                         delivered
  9P0Y-RFKE-X             perhaps under 18                                                 delivered, incomplete
9P2R-W4HD-Y    questions  shelter, an adult                        urgent    Samut Sakhon  delivered              Mon 23/11 09:41
                 ?        sections/offer/sex
`, "next: saphan referral open KF7M-F79X-H\nnext: saphan referral accept --batch HFWJ-YDBQ-= (or decline; --only REFERENCE for some)\n"})
}

// Advice stands under the receipt, in words.
func TestAdviceStandsUnderTheReceipt(t *testing.T) {
	t.Parallel()
	a := filedAs(cliEvent, true)
	a.Questions = []schemas.Problem{{Pointer: "/data/sections/offer/sex", Code: schemas.CodeAsk}}
	d := &cliDesk{results: []desk.Result{{Answer: a}}}
	got := d.play(t, `{"type":"org.saphan.referral.requested.v1"}`, "file", "-")
	want := "  referral filed        KF7M-F79X-H   receipt 9f2c9f2c…\n" +
		"    question   /data/sections/offer/sex    Not known yet; the receiver will need it. Send it when you know.\n"
	if got.out != want {
		t.Errorf("got\n%s want\n%s", got.out, want)
	}
}

// A trace says who recorded an answer for whom, and keeps what should never have been
// filed to itself.
func TestATraceSaysWhoRecordedAnAnswer(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 23, 2, 41, 0, 0, time.UTC)
	v := traceView{Reference: "KF7M-F79X-H", Steps: []casefile.Step{
		{Type: "referral.declined", Agency: sampleHarbour, Referral: "a", Time: at, By: sampleLabour, Channel: "phone",
			Codes: []casefile.CodeRef{{List: "neutral_reason", Code: "cannot_take"}}},
		{Type: "referral.accepted", Agency: sampleRiverside, Referral: "b", Time: at, By: sampleLabour, Channel: "in_person"},
		{Type: "referral.requested", Agency: sampleLabour, Referral: "c", Time: at},
		{Type: "referral.entered_in_error", Agency: sampleLabour, Referral: "c", Time: at},
		{Type: "case.closed", Agency: sampleLabour, Time: at, Codes: []casefile.CodeRef{{List: "case_reason", Code: "settled"}}},
	}}
	var b strings.Builder
	if err := renderTrace(&b, v, "en"); err != nil {
		t.Fatal(err)
	}
	want := `  KF7M-F79X-H
  Mon 09:41  declined              shelter-harbour        by labour-samutsakhon, by telephone · cannot take
  Mon 09:41  accepted              shelter-riverside      by labour-samutsakhon, in person
  Mon 09:41  case closed           labour-samutsakhon     what was needed is done
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("trace (-want +got):\n%s", diff)
	}
	v.all = true
	b.Reset()
	if err := renderTrace(&b, v, "en"); err != nil || !strings.Contains(b.String(), "entered in error") {
		t.Errorf("%v: %s", err, b.String())
	}
}

// Every state that a desk can show has a word in every language.
func TestEveryStateHasAWord(t *testing.T) {
	t.Parallel()
	for _, state := range []casefile.Stage{
		casefile.Requested, casefile.Offered, casefile.NoReceiver, casefile.Accepted, casefile.InProgress, casefile.OnHold,
		casefile.Completed, casefile.Failed, casefile.Closed, casefile.Cancelled, casefile.Revoked, casefile.Withdrawn,
		casefile.Rerouted, casefile.EnteredInError, casefile.Open, casefile.Declined, casefile.Lapsed, casefile.Lost,
		casefile.Recorded, casefile.Screened, "transfer_requested", "delivered", "received", "claimed", "information_requested",
	} {
		for _, lang := range languages {
			if words := label("state", string(state), lang); words == "" || strings.Contains(words, "_") {
				t.Errorf("%s in %s: %q", state, lang, words)
			}
		}
	}
}
