package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
	"github.com/saphan-project/saphan/services/desk"
)

const (
	storyCase      = "9bcf479d3d3dbf7e8b6b0e31f6c2a514"
	storySituation = "4d81ec3e6ed3cf7e8b6b0e31f6c2a514"
)

// storySteps is the sample story in steps, as the lead's desk tells it: what
// demonstration and README show. Minutes count from Monday, 09:00 in Bangkok.
func storySteps() []casefile.Step {
	const day = 24 * 60
	hours := func(n int) *schemas.Period { return &schemas.Period{N: n, Unit: schemas.UnitHour} }
	offered := []casefile.CodeRef{
		{List: "service", Code: "shelter"}, {List: "service_subtype", Code: "children"},
		{List: "area", Code: "TH-74"}, {List: "language", Code: "my"}, {List: "match", Code: "capacity"},
	}
	steps := []struct {
		minute int
		casefile.Step
	}{
		{5, casefile.Step{Type: "visit.recorded", Agency: sampleLabour}},
		{12, casefile.Step{Type: "finding.recorded", Agency: sampleLabour, Codes: []casefile.CodeRef{
			{List: "violation", Code: "documents.retained"}, {List: "violation", Code: "wage.withheld"},
			{List: "violation", Code: "recruitment.fee_charged"},
			{List: "sector", Code: "C"}, {List: "area", Code: "TH-74"}, {List: "people_band", Code: "2-4"},
		}}},
		{40, casefile.Step{Type: "case.opened", Agency: sampleLabour}},
		{40, casefile.Step{Type: "screening.completed", Agency: sampleLabour, Sealed: []string{"account"}}},
		{41, casefile.Step{Type: "referral.requested", Agency: sampleLabour, Codes: []casefile.CodeRef{
			{List: "service", Code: "shelter"}, {List: "language", Code: "my"}, {List: "priority", Code: "emergency"},
		}}},
		{41, casefile.Step{Type: "content.shared", Agency: sampleLabour}},
		{41, casefile.Step{Type: "referral.offered", Agency: sampleRiverside, Codes: offered}},
		{42, casefile.Step{Type: "referral.delivered", Agency: sampleRiverside}},
		{47, casefile.Step{Type: "referral.received", Agency: sampleRiverside, Took: 6 * time.Minute}},
		{47, casefile.Step{Type: "content.opened", Agency: sampleRiverside}},
		{47, casefile.Step{Type: "referral.claimed", Agency: sampleRiverside, Took: 7 * time.Minute}},
		{49, casefile.Step{Type: "referral.declined", Agency: sampleRiverside, Codes: []casefile.CodeRef{
			{List: "neutral_reason", Code: "cannot_take"},
		}}},
		{49, casefile.Step{Type: "referral.offered", Agency: sampleHarbour, Codes: offered}},
		{58, casefile.Step{Type: "referral.information_requested", Agency: sampleHarbour, Paused: true}},
		{63, casefile.Step{Type: "referral.information_provided", Agency: sampleLabour}},
		{65, casefile.Step{Type: "referral.accepted", Agency: sampleHarbour, Took: 24*time.Minute + 40*time.Second, Limit: hours(3)}},
		{175, casefile.Step{Type: "referral.contact_made", Agency: sampleHarbour, Took: 134 * time.Minute, Limit: hours(24)}},
		{day + 420, casefile.Step{Type: "referral.completed", Agency: sampleHarbour, Sealed: []string{"feedback"}}},
		{day + 510, casefile.Step{Type: "referral.outcome_acknowledged", Agency: sampleLabour, Took: (day + 469) * time.Minute}},
	}
	begin := time.Date(2026, 11, 23, 2, 0, 7, 113e6, time.UTC)
	out := make([]casefile.Step, len(steps))
	for i, s := range steps {
		out[i] = s.Step
		out[i].Time = begin.Add(time.Duration(s.minute) * time.Minute)
		out[i].Referral = strings.Repeat("a", 32)
	}
	return out
}

func storyView() traceView {
	return viewTrace(desk.Case{
		ID: storyCase, Reference: schemas.Reference(storyCase), Kind: "person", PartOf: []string{storySituation},
		Referrals: []desk.Referral{{AgeClass: "unsure"}},
	}, storySteps())
}

// The layout that the README shows.
const storyTrace = `  KF7M-F79X-H   one person, perhaps under 18        part of 9P0Y-RFKE-X, a situation: manufacturing, Samut Sakhon, 2–4 people
  Mon 09:12  finding recorded      labour-samutsakhon     documents kept, wages withheld, recruitment debt
  Mon 09:40  screening completed   labour-samutsakhon     sealed
  Mon 09:41  referral filed        labour-samutsakhon     shelter, Burmese spoken · emergency
  Mon 09:41  offered               shelter-riverside      shelter for children, Samut Sakhon, Burmese, free today
  Mon 09:47  opened, claimed       shelter-riverside      6 min after the offer
  Mon 09:49  declined              shelter-riverside      cannot take → next choice
  Mon 09:49  offered               shelter-harbour
  Mon 09:58  information asked     shelter-harbour        clock paused
  Mon 10:03  answered              labour-samutsakhon
  Mon 10:05  accepted              shelter-harbour        24 min after filing (limit 3 h)
             ┄ 1 h 50 min ┄
  Mon 11:55  person met            shelter-harbour        first contact (limit 24 h)
             ┄ 1 day 4 h ┄
  Tue 16:00  done                  shelter-harbour        outcome sealed for the sender
  Tue 17:30  closed                labour-samutsakhon     loop closed in 1 day 8 h
`

func TestRenderTraceReadsAsTheReadmeShows(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := renderTrace(&b, storyView(), "en"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(storyTrace, b.String()); diff != "" {
		t.Errorf("trace differs (-want +got):\n%s", diff)
	}
}

func TestRenderTraceInThaiHasTheSameRows(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := renderTrace(&b, storyView(), "th"); err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Count(b.String(), "\n"), strings.Count(storyTrace, "\n"); got != want {
		t.Errorf("%d lines, want %d:\n%s", got, want, b.String())
	}
	for _, english := range []string{"Mon", "limit", "person", "sealed", "spoken", "%!"} {
		if strings.Contains(b.String(), english) {
			t.Errorf("Thai trace says %q:\n%s", english, b.String())
		}
	}
}

func TestEveryLanguageHasEveryPhrase(t *testing.T) {
	t.Parallel()
	for _, lang := range languages {
		for key, english := range phrases[languages[0]] {
			text := phrases[lang][key]
			if text == "" || strings.Count(text, "%") != strings.Count(english, "%") {
				t.Errorf("%s: phrase %q is %q, in English %q", lang, key, text, english)
			}
		}
		if weekdays[lang][0] == "" {
			t.Errorf("%s has no weekdays", lang)
		}
	}
}

func TestRenderTraceAllShowsWhatIsHidden(t *testing.T) {
	t.Parallel()
	v := storyView()
	v.all = true
	var b bytes.Buffer
	if err := renderTrace(&b, v, "en"); err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"visit recorded", "case opened", "content shared", "delivered"} {
		if !strings.Contains(b.String(), word) {
			t.Errorf("--all does not show %q:\n%s", word, b.String())
		}
	}
}

func TestRenderTraceDatesALongCase(t *testing.T) {
	t.Parallel()
	v := storyView()
	v.Steps[len(v.Steps)-1].Time = v.Steps[0].Time.Add(30 * 24 * time.Hour)
	var b bytes.Buffer
	if err := renderTrace(&b, v, "en"); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "  Mon 23/11 09:12  finding recorded      labour") {
		t.Errorf("no dates:\n%s", b.String())
	}
}

func TestTraceAsJSONIsTheTraceAlone(t *testing.T) {
	t.Parallel()
	raw, err := json.Marshal(storyView())
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Case, Reference string
		Steps           []struct{ Time, Type, Agency, State string }
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	if err := d.Decode(&got); err != nil {
		t.Fatal(err)
	}
	if len(got.Steps) != len(storySteps()) || got.Case != storyCase || got.Steps[1].Type != "finding.recorded" {
		t.Errorf("got %+v", got)
	}
}

func TestRenderReceipt(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	r := services.Receipt{
		SHA256:   "9f2c" + strings.Repeat("0", 60),
		Recorded: time.Date(2026, 11, 23, 2, 41, 7, 113e6, time.UTC),
	}
	if err := renderReceipt(&b, receiptRow{"referral.requested", r}, "en"); err != nil {
		t.Fatal(err)
	}
	want := "  receipt    referral filed        sha256 9f2c…  recorded Mon 09:41:07.113  signed by hub\n"
	if b.String() != want {
		t.Errorf("got  %q\nwant %q", b.String(), want)
	}
}

func TestSpan(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		0:                               "less than 1 min",
		24*time.Minute + 59*time.Second: "24 min",
		time.Hour:                       "1 h",
		110 * time.Minute:               "1 h 50 min",
		23*time.Hour + 59*time.Minute:   "23 h 59 min",
		24*time.Hour + 10*time.Minute:   "1 day",
		28*time.Hour + 5*time.Minute:    "1 day 4 h",
		31*time.Hour + 49*time.Minute:   "1 day 8 h",
		71*time.Hour + 50*time.Minute:   "3 days",
	} {
		if got := span("en", d); got != want {
			t.Errorf("span(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestRowsOfOneMinuteAreSharedOnlyWhereTheyCanBeRead(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)
	step := func(typ string, sealed ...string) casefile.Step {
		return casefile.Step{Time: at, Type: typ, Agency: sampleHarbour, Sealed: sealed}
	}
	for name, row := range map[string]struct {
		steps []casefile.Step
		want  []string
	}{
		"shared":     {[]casefile.Step{step("referral.received"), step("referral.claimed")}, []string{"opened, claimed"}},
		"two notes":  {[]casefile.Step{step("referral.contact_made"), step("referral.completed", "feedback")}, []string{"person met", "done"}},
		"one note":   {[]casefile.Step{step("referral.accepted"), step("referral.completed", "feedback")}, []string{"accepted, done"}},
		"too wide":   {[]casefile.Step{step("finding.recorded"), step("referral.requested")}, []string{"finding recorded", "referral filed"}},
		"two people": {[]casefile.Step{step("referral.claimed"), {Time: at, Type: "referral.claimed"}}, []string{"claimed", "claimed"}},
	} {
		var got []string
		for _, r := range traceRows(traceView{Steps: row.steps}, "en") {
			got = append(got, r.words)
		}
		if diff := cmp.Diff(row.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestPadCountsThaiLettersNotMarks(t *testing.T) {
	t.Parallel()
	if got := pad("ที่พัก", 6); got != "ที่พัก   " {
		t.Errorf("pad = %q, want three blanks", got)
	}
}

func TestShownSpellsOutTerminalCommands(t *testing.T) {
	t.Parallel()
	if got := shown("a\x1b[31mb\u202ec"); got != `a\u001b[31mb\u202ec` {
		t.Errorf("got %q", got)
	}
}
