package schemas_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saphan-project/saphan/schemas"
)

func TestOverlap(t *testing.T) {
	t.Parallel()
	for _, service := range codes("service") {
		for _, priority := range codes("priority") {
			want, after := 1, schemas.Period{}
			bed := service == "shelter" && priority == "emergency"
			if bed {
				want, after = 3, schemas.Period{N: 20, Unit: schemas.UnitMinute}
			}
			if got, wait := schemas.Overlap(service, priority); got != want || wait != after {
				t.Errorf("%s %s: %d offers at once, %+v apart", service, priority, got, wait)
			}
			if schemas.MayOverlap(service, priority, "shelter") != bed || schemas.MayOverlap(service, priority, "police") {
				t.Errorf("%s %s: overlaps for the wrong kinds", service, priority)
			}
		}
	}
	if wrong, offers := schemas.AssignAfter(); wrong != 2 || offers != 4 {
		t.Errorf("assigned after %d wrong receivers, %d offers", wrong, offers)
	}
}

func TestDuty(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff([]string{"wrong_receiver", "other"}, schemas.DutyReasons()); diff != "" || !schemas.DutyMustSuggest() {
		t.Error("a duty leaves too much open", diff)
	}
	wantCodes(t, "neutral_reason", schemas.DutyReasons())
}

func TestLostContact(t *testing.T) {
	t.Parallel()
	if tries, span := schemas.LostContact(); tries != 3 || span != (schemas.Period{N: 30, Unit: schemas.UnitDay}) {
		t.Errorf("lost after %d tries over %+v", tries, span)
	}
}

func TestMilestone(t *testing.T) {
	t.Parallel()
	for _, service := range codes("service") {
		if m := schemas.Milestone(service); m != "" {
			wantCodes(t, "milestone", []string{m})
		}
	}
	for service, want := range map[string]string{
		"shelter": "protection_arranged", "investigation": "investigation_open", "medical": "health_care_arranged",
		"interpreter": "", "not_sure": "", "no_such_service": "",
	} {
		if got := schemas.Milestone(service); got != want {
			t.Errorf("%s: %q, want %q", service, got, want)
		}
	}
}

// hold is the one stage that any other may be left for, and come back from.
const hold = "safe_hold"

func TestStagesLeadSomewhere(t *testing.T) {
	t.Parallel()
	for _, stage := range codes("stage") {
		next := schemas.NextStages(stage)
		wantCodes(t, "stage", next)
		if slices.Contains(next, stage) {
			t.Errorf("%s follows itself", stage)
		}
		if stage != hold && !slices.Contains(next, hold) {
			t.Errorf("%s: a person in danger cannot be kept safe", stage)
		}
		if len(without(next, hold)) == 0 {
			t.Errorf("%s is a dead end", stage)
		}
	}
	reached := reach("", map[string]bool{})
	for _, stage := range codes("stage") {
		if stage != hold && !reached[stage] {
			t.Errorf("nothing leads to %s", stage)
		}
	}
	if diff := cmp.Diff(len(codes("stage"))-1, len(schemas.NextStages(hold))); diff != "" {
		t.Errorf("a hold does not lead back everywhere: %s", diff)
	}
	if schemas.NextStages("no_such_stage") != nil {
		t.Error("a stage that does not exist leads somewhere")
	}
}

// Nobody is identified but by a panel, and never straight from a clue.
func TestOnlyThePanelIdentifies(t *testing.T) {
	t.Parallel()
	for _, stage := range append(codes("stage"), "") {
		if got, want := schemas.PanelOnly(stage), strings.HasSuffix(stage, "identified"); got != want {
			t.Errorf("%q is for the panel: %v", stage, got)
		}
		for _, next := range schemas.NextStages(stage) {
			if schemas.PanelOnly(next) && stage != "identification_pending" && stage != hold {
				t.Errorf("%q leads to %s", stage, next)
			}
		}
	}
}

// reach follows the stages from one on, without a hold.
func reach(from string, seen map[string]bool) map[string]bool {
	for _, next := range without(schemas.NextStages(from), hold) {
		if !seen[next] {
			seen[next] = true
			reach(next, seen)
		}
	}
	return seen
}

func without(list []string, s string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(x string) bool { return x == s })
}

// Every code of a table is one of its list.
func TestOffersNameCodes(t *testing.T) {
	t.Parallel()
	var offers struct {
		AssignSource string `json:"assign_source"`
		Rows         []struct {
			Service, Priority, Source string
			NotKinds                  []string `json:"not_kinds"`
		}
	}
	readFile(t, "policy/offers.json", &offers)
	if offers.AssignSource == "" {
		t.Error("not said why a coordinator assigns then")
	}
	for _, row := range offers.Rows {
		wantCodes(t, "service", []string{row.Service})
		wantCodes(t, "priority", []string{row.Priority})
		wantCodes(t, "agency_kind", row.NotKinds)
		if row.Source == "" {
			t.Errorf("%s %s has no source", row.Service, row.Priority)
		}
	}
}

func TestTablesHaveARowPerCode(t *testing.T) {
	t.Parallel()
	var stages struct {
		Rows []struct{ From string }
	}
	readFile(t, "policy/stages.json", &stages)
	var from []string
	for _, row := range stages.Rows {
		from = append(from, row.From)
	}
	want := append(codes("stage"), "")
	slices.Sort(from)
	slices.Sort(want)
	if diff := cmp.Diff(want, from); diff != "" {
		t.Errorf("stages (-list +policy):\n%s", diff)
	}
	var milestones struct {
		Rows []struct{ Service string }
	}
	readFile(t, "policy/milestones.json", &milestones)
	seen := map[string]bool{}
	for _, row := range milestones.Rows {
		wantCodes(t, "service", []string{row.Service})
		if seen[row.Service] {
			t.Errorf("%s is there twice", row.Service)
		}
		seen[row.Service] = true
	}
}

func TestCasePoliciesHaveASource(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"offers", "duty", "stages", "closing", "milestones"} {
		var head struct{ About, Source string }
		readFile(t, "policy/"+name+".json", &head)
		if head.About == "" || head.Source == "" {
			t.Errorf("%s: not said what it is, or where it comes from", name)
		}
	}
}

func wantCodes(t *testing.T, list string, values []string) {
	t.Helper()
	for _, v := range values {
		if !schemas.HasCode(list, v) {
			t.Errorf("%q is no code of the list %s", v, list)
		}
	}
}
