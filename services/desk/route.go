package desk

import (
	"context"
	"time"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
)

// RouteInput asks whom a referral would be offered to. Nothing about a person is
// in it, and nothing is filed.
type RouteInput struct {
	Asked schemas.ReferralRequested `json:"asked"` // service, area and age class at least
	// At is the instant that it is asked for; zero: now.
	At time.Time `json:"at,omitzero"`
}

// Route is the answer, and the instant that it holds for.
type Route struct {
	At time.Time `json:"at"` // the instant
	casefile.Simulation
}

// Route tells whom a referral of this agency would be offered to, who not, and
// why, by the newest directory that it can get: the own copy while the hub is
// away. It is Invalid without service, area and age class; everything else of a
// request may be left out.
func (s *Service) Route(ctx context.Context, in RouteInput) (Route, error) {
	if in.At.IsZero() {
		in.At = s.IDs.Now()
	}
	q := casefile.Query{From: s.Agency, Asked: in.Asked, At: in.At}
	if ps := q.Problems("/asked"); ps != nil {
		return Route{}, &services.Error{Kind: services.Invalid, Code: "request", Problems: ps}
	}
	if !s.away.Load() {
		_ = s.refresh(ctx) // what is here already was verified, and will do
	}
	return Route{At: in.At.UTC(), Simulation: casefile.Simulate(s.Directory, q)}, nil
}
