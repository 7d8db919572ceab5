package casefile

import (
	"time"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// Consequences says what follows by itself from the history as it stands now:
// an offer to the next candidate for every referral that nobody holds and nobody
// is asked about, or the word that nobody is left.
//
// What it decides follows from the request, and counts the offers made so far.
// So it decides alike whichever fact it is asked after, and an offer does not
// tell its receiver that somebody was asked before and when they declined.
func Consequences(s *State, d Directory) []services.Decision {
	var decided []services.Decision
	for _, r := range s.Referrals {
		if !r.IsOpen() || r.Acceptor != "" || r.HasOpenOffer() {
			continue
		}
		about := schemas.InReferral{Referral: r.ID}
		decision := services.Decision{Subject: s.Scope.ID, Cause: r.Filed, Ordinal: len(r.Offers)}
		next, ok := nextChoice(s, d, r)
		switch {
		case ok:
			decision.Type = "referral.offered"
			decision.Data = schemas.ReferralOffered{InReferral: about, To: next.Agency, Why: next.Why}
		case r.Stage != NoReceiver:
			decision.Type = "referral.no_receiver"
			decision.Data = schemas.ReferralNoReceiver{InReferral: about}
		default:
			continue
		}
		decided = append(decided, decision)
	}
	return decided
}

// nextChoice is the first candidate that was never asked, at the instant of the
// last fact: so two hubs that know the same choose the same, whenever they do.
func nextChoice(s *State, d Directory, r *Referral) (services.Candidate, bool) {
	for _, c := range Candidates(d, Query{From: r.Sender, Asked: r.Asked, At: s.lastRecorded()}) {
		if r.OfferTo(c.Agency) == nil {
			return c, true
		}
	}
	return services.Candidate{}, false
}

// lastRecorded is when the last fact was recorded; zero when there is none.
func (s *State) lastRecorded() time.Time {
	if len(s.Facts) == 0 {
		return time.Time{}
	}
	return s.Facts[len(s.Facts)-1].Recorded
}
