package casefile

import (
	"slices"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// visitIsThere holds a finding to a visit of the same inspection.
func visitIsThere(t *turn) error {
	visit := ""
	switch data := t.f.Data.(type) {
	case schemas.FindingRecorded:
		visit = data.Visit
	case schemas.FindingAmended:
		visit = data.Visit
	}
	if visit == "" {
		return nil
	}
	if f, ok := t.s.Fact(visit); !ok || f.Name() != "visit.recorded" {
		return notVisible()
	}
	return nil
}

// findingStands lets only the latest word about a finding be amended or
// retracted, so that there is one truth at any time.
func findingStands(t *turn) error {
	id := amends(t.f)
	f, ok := t.s.Fact(id)
	if !ok || f.Name() != "finding.recorded" && f.Name() != "finding.amended" {
		return notVisible()
	}
	return refuseIf(t.s.Replaced[id] != "", Recorded, "replaced")
}

// nobodyTold keeps an inspection to one tip: each telling has its own source, and is
// taken up by itself.
func nobodyTold(t *turn) error {
	told := slices.ContainsFunc(t.s.Facts, func(f services.Fact) bool { return f.Name() == "tip.received" })
	return refuseIf(told, Recorded, "told_before")
}

// tipWaits lets a tip be taken up or closed once; a tip that was taken up can
// still be closed when nothing comes of it.
func tipWaits(t *turn) error {
	id := tipOf(t.f.Data)
	f, ok := t.s.Fact(id)
	if !ok || f.Name() != "tip.received" {
		return notVisible()
	}
	last, _ := t.s.Fact(t.s.Replaced[id])
	return refuseIf(last.Event.Context != nil && (last.Name() == "tip.closed" || t.f.Name() == "tip.triaged"), Recorded, "done_before")
}

func tipOf(data any) string {
	switch data := data.(type) {
	case schemas.TipTriaged:
		return data.Tip
	case schemas.TipClosed:
		return data.Tip
	}
	return ""
}
