package casefile

import (
	"slices"

	"github.com/saphan-project/saphan/schemas"
)

// Hold is what an agency holds of a case: somebody has to take it over when the
// agency leaves.
type Hold string

// The holds of an agency, in the order in which they are listed.
const (
	HoldLead       Hold = "lead"       // it leads a case that is not closed
	HoldTransfer   Hold = "transfer"   // it is asked to lead the case, and has not answered
	HoldAcceptance Hold = "acceptance" // it has taken a referral on, and not ended it
	HoldOffer      Hold = "offer"      // an offer of a referral to it is open
)

// Held lists what the agency holds of the case, each once; nothing when the case
// does not wait for it. The directory is not asked: an agency that has left holds
// what it held, until somebody else does.
func (s *State) Held(agency string) []Hold {
	if agency == "" {
		return nil
	}
	var held []Hold
	for _, row := range []struct {
		hold Hold
		is   bool
	}{
		{HoldLead, s.Scope.Kind == schemas.ScopeCase && s.Owner == agency && !s.Closed},
		{HoldTransfer, s.Transfer != nil && s.Transfer.To == agency},
		{HoldAcceptance, s.any(func(r *Referral) bool { return r.Active() && r.Acceptor == agency })},
		{HoldOffer, s.any(func(r *Referral) bool { return r.openTo(agency) })},
	} {
		if row.is {
			held = append(held, row.hold)
		}
	}
	return held
}

func (s *State) any(is func(*Referral) bool) bool { return slices.ContainsFunc(s.Referrals, is) }

// openTo reports whether the referral waits for an answer of the agency.
func (r *Referral) openTo(agency string) bool {
	return r.IsOpen() && slices.ContainsFunc(r.OpenOffers(), func(o *Offer) bool { return o.To == agency })
}
