package schemas_test

import (
	"slices"
	"testing"

	"github.com/saphan-project/saphan/schemas"
)

func TestCare(t *testing.T) {
	t.Parallel()
	with := slices.DeleteFunc(codes("service"), func(s string) bool { return !schemas.Cares(s) })
	needs := slices.DeleteFunc(codes("section"), func(s string) bool { return !schemas.CareNeeds(s) })
	if !slices.Equal(with, []string{"shelter", "medical"}) || !slices.Equal(needs, []string{"contact", "health"}) {
		t.Errorf("%v keep %v", with, needs)
	}
	if schemas.Cares("no_such_service") || schemas.CareNeeds("no_such_section") {
		t.Error("what there is not keeps something")
	}
}

func TestTooEarly(t *testing.T) {
	t.Parallel()
	for _, stage := range append(codes("stage"), "") {
		for _, kind := range codes("agency_kind") {
			before := stage == "at_risk" || stage == "supported"
			pursues := kind == "police" || kind == "special_investigation" || kind == "prosecution"
			if schemas.TooEarly(stage, kind) != (before && pursues) {
				t.Errorf("%s at stage %q: %v", kind, stage, !(before && pursues))
			}
		}
	}
}
