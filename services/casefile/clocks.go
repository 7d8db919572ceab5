package casefile

import (
	"time"

	"github.com/saphan-project/saphan/schemas"
)

// clock names a limit of the policy (schemas/policy/clocks.json) and the instant
// from which it runs for a step.
type clock struct {
	policy string // "" when the time is shown without a limit
	from   func(*turn) time.Time
}

// sinceFiled counts from the first of the referrals that were passed on.
func sinceFiled(t *turn) time.Time {
	if t.r == nil {
		return time.Time{}
	}
	journey := t.s.journey(t.r)
	return journey[len(journey)-1].Filed.Recorded
}

func sinceOffered(t *turn) time.Time {
	if t.o == nil {
		return time.Time{}
	}
	return t.o.Made.Recorded
}

// clocks says which step answers which clock. The referral's own clocks run
// from its filing and never restart at a next choice.
var clocks = map[string]clock{
	"referral.received":             {from: sinceOffered},
	"referral.claimed":              {from: sinceOffered},
	"referral.accepted":             {policy: "D3", from: sinceFiled},
	"referral.contact_made":         {policy: "D4", from: sinceFiled},
	"referral.outcome_acknowledged": {from: sinceFiled},
}

// timing returns how long a step took and what the limit is, if it has one. Both
// are zero when the step stops no clock or its beginning is not shown.
func (t *turn) timing() (time.Duration, *schemas.Period) {
	c, ok := clocks[t.f.Name()]
	if !ok || c.from(t).IsZero() {
		return 0, nil
	}
	took := t.f.Recorded.Sub(c.from(t))
	if limit, ok := schemas.Limit(c.policy, t.r.Asked.Priority); ok {
		limit = tightened(limit, t.r)
		return took, &limit
	}
	return took, nil
}

// tightened is a limit that leaves somebody time to act: at most half of what is
// left, at the filing, until acting would be too late: half for answering, half for
// going there. Source: the project's own choice, for a boat that sails before dawn
// (testdata/w01_boat_sails.txtar).
func tightened(limit schemas.Period, r *Referral) schemas.Period {
	left, limited := until(r.Asked, r.Filed.Recorded)
	whole, ok := limit.Duration()
	half := left / 2
	if !limited || half <= 0 || ok && whole <= half || !ok && half >= 24*time.Hour {
		return limit
	}
	return schemas.Period{N: int(half / time.Minute), Unit: schemas.UnitMinute}
}
