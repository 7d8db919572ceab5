package webhook_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/saphan-project/saphan/services/webhook"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func drawRows(rt *rapid.T) []webhook.Delivery {
	places := rapid.SliceOfNDistinct(rapid.Uint64Range(1, 100), 0, 30, rapid.ID[uint64]).Draw(rt, "places")
	rows := make([]webhook.Delivery, len(places))
	for i, place := range places {
		rows[i] = webhook.Delivery{
			Place: place, Scope: scopeOf(rapid.IntRange(0, 5).Draw(rt, "case")),
			State: rapid.SampledFrom(webhook.DeliveryStates()).Draw(rt, "standing"),
			Next:  noon.Add(time.Duration(rapid.IntRange(-3, 3).Draw(rt, "next")) * time.Minute),
		}
	}
	return rows
}

// What is due is: it waits, its time has come, and everything before it in its case is
// settled. Everything of which that holds is due, and Next is when more will be.
func TestDue(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		rows := drawRows(rt)
		e := webhook.Endpoint{
			State: rapid.SampledFrom([]webhook.EndpointState{webhook.Unverified, webhook.Active, webhook.Paused, webhook.Disabled}).Draw(rt, "state"),
			Hold:  noon.Add(time.Duration(rapid.IntRange(-2, 2).Draw(rt, "hold")) * time.Minute),
		}
		want, next := map[uint64]bool{}, time.Time{}
		for _, d := range rows {
			blocked := d.State != webhook.Waiting || e.State != webhook.Active
			for _, o := range rows {
				unsettled := o.State == webhook.Waiting || o.State == webhook.Failed
				blocked = blocked || o.Scope == d.Scope && o.Place < d.Place && unsettled
			}
			at := d.Next
			if e.Hold.After(at) {
				at = e.Hold
			}
			switch {
			case blocked:
			case !at.After(noon):
				want[d.Place] = true
			case next.IsZero() || at.Before(next):
				next = at
			}
		}
		due, later := webhook.Due(e, rows, noon)
		if len(due) != len(want) || !later.Equal(next) {
			rt.Fatalf("%d are due, want %d; then %v, want %v", len(due), len(want), later, next)
		}
		for i, d := range due {
			if !want[d.Place] || i > 0 && d.Next.Before(due[i-1].Next) {
				rt.Fatalf("%d is due", d.Place)
			}
		}
	})
}
