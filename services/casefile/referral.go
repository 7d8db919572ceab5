package casefile

import (
	"slices"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// Referral is one request that somebody act.
type Referral struct {
	ID string
	// Sender answers for it: the agency that filed it, or who leads the case now.
	Sender string
	Asked  schemas.ReferralRequested
	Filed  services.Fact // the requested event; zero when not shown
	Stage  Stage
	Offers []*Offer // in the order of offering
	// Acceptor is the agency whose acceptance stands.
	Acceptor string
	// Since is the place in the ledger of that acceptance.
	Since uint64
	// Assigned says that a coordinator decided it: the acceptor cannot decline.
	Assigned bool
	Met      bool
	Missed   []services.Fact // attempts to meet the person that came to nothing
	// Cancelling says that the sender has asked the acceptor to stop.
	Cancelling bool
	// RoutedTo is the agency that it was passed on to; "" when it was not.
	RoutedTo string

	closedAt uint64 // the place in the ledger of its end; 0 before
	// shutBy is the event that closed the case: what was shared for the referral is
	// not handed out again, even when the case is reopened; "" while it was not.
	shutBy string
}

// Offer is the question to one agency whether it takes the referral.
type Offer struct {
	ID        string
	To        string
	Made      services.Fact // the offered event; zero when not shown
	Stage     Stage
	Delivered bool
	Received  bool
	Claimed   bool
	// Paused says that the receiver waits for an answer of the sender.
	Paused bool
	// Questions counts how often it has asked.
	Questions int
	// Duty says that the agency must take it; Overdue that it did not answer in
	// time, so that another one is asked as well.
	Duty, Overdue bool
	// Answer is the event by which it was accepted or declined; "" before.
	Answer string
	// Reason is the neutral code with which it was declined.
	Reason string
}

// Offer finds an offer by id; nil when the referral has none such.
func (r *Referral) Offer(id string) *Offer {
	for _, o := range r.Offers {
		if o.ID == id {
			return o
		}
	}
	return nil
}

// OfferTo finds the latest offer to an agency; nil when there is none.
func (r *Referral) OfferTo(agency string) *Offer {
	for _, o := range slices.Backward(r.Offers) {
		if o.To == agency {
			return o
		}
	}
	return nil
}

// journey is the referral and those that were passed on before it, latest first.
func (s *State) journey(r *Referral) []*Referral {
	var line []*Referral
	for r != nil && !slices.Contains(line, r) {
		line = append(line, r)
		r = s.Referral(r.Asked.PartOf)
	}
	return line
}

// asked reports whether an agency has had its say on the referral, or on one that
// was passed on before it: nobody is sent back to who has. Whoever lost it to
// another agency has not answered, and may be asked again.
func (s *State) asked(r *Referral, agency string) bool {
	return slices.ContainsFunc(s.journey(r), func(r *Referral) bool {
		o := r.OfferTo(agency)
		return o != nil && o.Stage != Lost
	})
}

// IsOpen reports whether the referral still waits for something to be done.
func (r *Referral) IsOpen() bool {
	switch r.Stage {
	case Requested, Offered, NoReceiver:
		return true
	}
	return r.Active()
}

// Active reports whether somebody has accepted and not ended it.
func (r *Referral) Active() bool {
	return slices.Contains([]Stage{Accepted, InProgress, OnHold}, r.Stage)
}

// Stands reports whether somebody has taken the referral on, and neither that nor
// the case has ended since: to have done what was asked is no end.
func (r *Referral) Stands() bool { return r.taken() && r.shutBy == "" }

func (r *Referral) taken() bool {
	return r.Acceptor != "" && (r.Active() || r.Stage == Completed || r.Stage == Closed)
}

// Ended reports whether every receiver's access to the referral has ended.
func (r *Referral) Ended() bool {
	return slices.Contains([]Stage{Revoked, Withdrawn, EnteredInError}, r.Stage)
}

// Cares reports whether the agency is the one that looks after the person of a
// referral that was withdrawn, and had met them. Withdrawing is not the end of
// care: contact and health stay with it. (How long is for the clock of consent,
// which is not here yet.) What ended with the case does not come back.
func (r *Referral) Cares(agency string) bool {
	return r.Stage == Withdrawn && r.Met && r.Acceptor == agency && r.shutBy == "" &&
		schemas.Cares(r.Asked.Service)
}

// Permitted is what a receiver may do before the person is safe, a code of the list
// permitted_action: what the sender says, or else nothing where people at the site
// would see it. It is "" where nothing is said and nothing would be seen.
func (r *Referral) Permitted() string {
	if r.Asked.PermittedAction == "" && visible(r.Asked.Service) {
		return "none"
	}
	return r.Asked.PermittedAction
}

// HasOpenOffer reports whether any offer is open.
func (r *Referral) HasOpenOffer() bool { return len(r.OpenOffers()) > 0 }

// OpenOffers returns the offers that wait for an answer.
func (r *Referral) OpenOffers() []*Offer {
	var open []*Offer
	for _, o := range r.Offers {
		if o.Stage == Open {
			open = append(open, o)
		}
	}
	return open
}

// Holds reports whether the agency holds an open offer or has accepted: only
// then is content of the referral for it.
func (r *Referral) Holds(agency string) bool {
	if r.Ended() || r.Stage == Cancelled || r.Stage == Rerouted || r.shutBy != "" {
		return false
	}
	if r.Acceptor == agency {
		return true
	}
	o := r.OfferTo(agency)
	return o != nil && o.Stage == Open
}
