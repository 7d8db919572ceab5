package casefile_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services/casefile"
)

// TestTrace tells the main story from all of its facts: state, codes, times
// against limits, pauses.
func TestTrace(t *testing.T) {
	t.Parallel()
	archive, err := txtar.ParseFile("testdata/one_person.txtar")
	if err != nil {
		t.Fatal(err)
	}
	w := play(t, archive)
	steps := casefile.Trace(w.state(schemas.Scope{Kind: schemas.ScopeCase, ID: w.id("P1")}).Facts)
	var b strings.Builder
	for _, st := range steps {
		b.WriteString(tellStep(st) + "\n")
	}
	want := `finding.recorded labour-samutsakhon recorded violation=documents.retained sector=C area=TH-74 people_band=2-4
case.opened labour-samutsakhon open
case.linked labour-samutsakhon open link=part_of
screening.completed labour-samutsakhon screened sealed account
referral.requested labour-samutsakhon requested service=shelter language=my priority=emergency
referral.offered shelter-riverside offered service=shelter area=TH-74 language=my match=capacity
content.shared labour-samutsakhon offered sealed offer
content.shared labour-samutsakhon offered sealed offer
referral.delivered shelter-riverside offered
referral.received shelter-riverside offered after 6m0s
referral.claimed shelter-riverside offered after 6m0s
referral.declined shelter-riverside requested neutral_reason=cannot_take
referral.offered shelter-harbour offered service=shelter area=TH-74 language=my match=capacity
referral.delivered shelter-harbour offered
referral.information_requested shelter-harbour offered paused sealed feedback
referral.information_provided labour-samutsakhon offered sealed feedback
referral.accepted shelter-harbour accepted after 24m0s of 3 h
content.shared labour-samutsakhon accepted sealed account
referral.contact_made shelter-harbour accepted after 2h14m0s of 24 h
referral.completed shelter-harbour completed sealed feedback
referral.outcome_acknowledged labour-samutsakhon closed after 7h49m0s
`
	if got := b.String(); got != want {
		t.Errorf("trace:\n%s\nwant:\n%s", got, want)
	}
}

func tellStep(st casefile.Step) string {
	out := []string{st.Type, st.Agency, string(st.State)}
	for _, c := range st.Codes {
		out = append(out, c.List+"="+c.Code)
	}
	if st.Took > 0 {
		out = append(out, "after", st.Took.Truncate(time.Second).String())
	}
	if st.Limit != nil {
		out = append(out, fmt.Sprintf("of %d %s", st.Limit.N, st.Limit.Unit))
	}
	if st.Paused {
		out = append(out, "paused")
	}
	for _, s := range st.Sealed {
		out = append(out, "sealed", s)
	}
	return strings.Join(out, " ")
}
