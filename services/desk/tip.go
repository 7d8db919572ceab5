package desk

import (
	"context"
	"slices"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
)

const tipReceived = "tip.received"

// tipRow is the row of an inspection in the lists, beside those of cases: of one
// that somebody told of, at the agency that was told and at the coordinators. It is
// nil for any other inspection; a tip that a case cites is in the case's trace.
func (s *Service) tipRow(st *casefile.State) *Case {
	tip, told := tipIn(st)
	me, _ := s.Directory.Agency(s.Agency)
	if !told || st.Owner != s.Agency && me.Kind != casefile.KindCoordinator {
		return nil
	}
	received := tip.Data.(schemas.TipReceived)
	c := &Case{
		ID: st.Scope.ID, Reference: schemas.Reference(st.Scope.ID), Tip: true, Lead: st.Owner,
		Areas: []schemas.Area{received.Area},
	}
	for _, f := range st.Facts {
		c.Changed = f.Recorded
		c.Sections = append(c.Sections, s.openable(st, f)...)
	}
	if st.Owner == s.Agency && st.Replaced[tip.ID()] == "" {
		c.Items = []Item{{
			Need: NeedTriage, Case: c.ID, Reference: c.Reference, Area: received.Area, People: received.People,
			Since: tip.Recorded,
		}}
	}
	return c
}

// tipIn is the tip of an inspection, which has at most one.
func tipIn(st *casefile.State) (services.Fact, bool) {
	i := slices.IndexFunc(st.Facts, func(f services.Fact) bool { return f.Name() == tipReceived })
	if i < 0 {
		return services.Fact{}, false
	}
	return st.Facts[i], true
}

// fillTip takes the tip, and the case that is named.
func fillTip(s *Service, ctx context.Context, t target, in ActInput, data map[string]any) error {
	tip, ok := tipIn(t.st)
	if !ok {
		return notVisible()
	}
	data["tip"] = tip.ID()
	return fillCase(s, ctx, t, in, data)
}
