package casefile

import (
	"slices"
	"time"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// Consequences says what follows by itself from the history as it stands now:
// an offer to the next candidate for every referral that nobody holds and nobody
// is asked about in time, or the word that nobody is left; and a milestone for
// whoever helps in another referral of the case.
//
// What it decides follows from the request, and counts the offers made so far.
// So it decides alike whichever fact it is asked after, and an offer does not
// tell its receiver that somebody was asked before and when they declined.
func Consequences(s *State, d Directory) []services.Decision {
	s = s.enforced(d)
	var decided []services.Decision
	for _, r := range s.Referrals {
		if next, ok := s.nextStep(d, r); ok {
			decided = append(decided, next)
		}
	}
	return append(decided, s.reached(d)...)
}

// nextStep is what a referral needs that waits for a receiver.
func (s *State) nextStep(d Directory, r *Referral) (services.Decision, bool) {
	if !r.IsOpen() || r.Acceptor != "" || r.waits(d) {
		return services.Decision{}, false
	}
	about := schemas.InReferral{Referral: r.ID}
	decision := services.Decision{Subject: s.Scope.ID, Cause: r.Filed, Ordinal: len(r.Offers)}
	next, ok := s.nextChoice(d, r)
	switch {
	case ok:
		decision.Type = "referral.offered"
		decision.Data = schemas.ReferralOffered{InReferral: about, To: next.Agency, Why: next.Why, Duty: next.Duty}
	case r.Stage != NoReceiver && len(r.asked(d)) == 0:
		decision.Type = "referral.no_receiver"
		decision.Data = schemas.ReferralNoReceiver{InReferral: about}
	default:
		return services.Decision{}, false
	}
	return decision, true
}

// waits reports whether somebody is asked who is still in time, and can answer.
func (r *Referral) waits(d Directory) bool { return len(r.waiting(d)) > 0 }

// waiting are the offers that keep others from being asked: not one that is overdue
// at an agency whose duty it is.
func (r *Referral) waiting(d Directory) []*Offer {
	return slices.DeleteFunc(r.asked(d), func(o *Offer) bool { return o.Overdue })
}

// asked are the open offers that somebody can answer: not one to an agency that is
// not active any more.
func (r *Referral) asked(d Directory) []*Offer {
	return slices.DeleteFunc(r.OpenOffers(), func(o *Offer) bool {
		a, ok := find(d, o.To)
		return ok && !a.Active()
	})
}

// nextChoice is the first candidate that has not been asked.
func (s *State) nextChoice(d Directory, r *Referral) (services.Candidate, bool) {
	for _, c := range Candidates(d, s.query(d, r)) {
		if !s.asked(r, c.Agency) {
			return c, true
		}
	}
	return services.Candidate{}, false
}

// query asks as of the last fact, so that two copies of the hub ask alike.
func (s *State) query(d Directory, r *Referral) Query {
	var now time.Time
	if n := len(s.Facts); n > 0 {
		now = s.Facts[n-1].Recorded
	}
	return Query{
		From: r.Sender, Asked: r.Asked, At: now,
		Barred: func(agency string) bool {
			a, _ := find(d, agency)
			return s.Barred(d, agency) || s.tooEarlyFor(a.Kind)
		},
	}
}

// reached are the milestones that are due: as soon as two referrals of a case
// have an acceptor, each is told of the other's, and everybody that the case is
// closed. It names a kind of agency and never an agency.
func (s *State) reached(d Directory) []services.Decision {
	var decided []services.Decision
	standing := slices.DeleteFunc(slices.Clone(s.Referrals), func(r *Referral) bool { return !r.Stands() })
	for _, r := range standing {
		cause, ok := s.acceptance(r)
		milestone := schemas.Milestone(r.Asked.Service)
		if len(standing) < 2 || !ok || milestone == "" || s.milestones[cause.ID()] {
			continue
		}
		acceptor, _ := find(d, r.Acceptor)
		decided = append(decided, s.milestone(cause, schemas.CaseMilestone{Milestone: milestone, Kind: acceptor.Kind}))
	}
	cause, ok := s.Fact(s.closing)
	if ok && s.Closed && !s.milestones[cause.ID()] && len(s.toldOfClosing(cause.ID())) > 0 {
		decided = append(decided, s.milestone(cause, schemas.CaseMilestone{Milestone: "closed"}))
	}
	return decided
}

func (s *State) milestone(cause services.Fact, data schemas.CaseMilestone) services.Decision {
	return services.Decision{Type: "case.milestone", Subject: s.Scope.ID, Cause: cause, Data: data}
}

// acceptance is the fact by which the acceptor took the referral on.
func (s *State) acceptance(r *Referral) (services.Fact, bool) {
	for _, f := range s.Facts {
		if f.Sequence == r.Since {
			return f, true
		}
	}
	return services.Fact{}, false
}
