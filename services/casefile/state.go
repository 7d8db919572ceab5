package casefile

import (
	"slices"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// State is what a history amounts to. It is made by Fold, from all facts of a
// scope or from any part of them, and never changed afterwards.
type State struct {
	Scope schemas.Scope
	// Facts are what it was folded from, in ledger order: the scope's own, and
	// the inspection events that the case cites.
	Facts []services.Fact

	// Owner is the agency whose history it is: the lead of a case, the author of
	// an inspection, the agency itself.
	Owner     string
	Opened    schemas.CaseOpened // zero when it is no case, or not shown
	PartOf    []string           // situations that the case is part of
	Screened  bool
	Referrals []*Referral // in the order of filing

	index map[string]int // event id → place in Facts
}

// Stage is the present state of a referral or of an offer. The word is what a
// Conflict tells.
type Stage string

// The stages of a referral, and of an offer from Open on.
const (
	Requested  Stage = "requested"
	Offered    Stage = "offered" // at least one offer is open
	NoReceiver Stage = "no_receiver"
	Accepted   Stage = "accepted"
	Completed  Stage = "completed"
	Closed     Stage = "closed" // the loop is closed
	Revoked    Stage = "revoked"

	Open     Stage = "open" // of a case, too
	Declined Stage = "declined"
	Lost     Stage = "lost" // another agency accepted first

	Recorded Stage = "recorded" // of an inspection
	Screened Stage = "screened" // of a case
)

// Referral is one request that somebody act.
type Referral struct {
	ID     string
	Sender string
	Asked  schemas.ReferralRequested
	Filed  services.Fact // the requested event; zero when not shown
	Stage  Stage
	Offers []*Offer // in the order of offering
	// Acceptor is the agency whose acceptance stands.
	Acceptor string
	Met      bool
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
}

// Referral finds a referral by id; nil when the history has none.
func (s *State) Referral(id string) *Referral {
	for _, r := range s.Referrals {
		if r.ID == id {
			return r
		}
	}
	return nil
}

// Fact finds an event by id.
func (s *State) Fact(id string) (services.Fact, bool) {
	i, ok := s.index[id]
	if !ok {
		return services.Fact{}, false
	}
	return s.Facts[i], true
}

// Cites reports whether the case cites the event.
func (s *State) Cites(event string) bool {
	return slices.ContainsFunc(s.Opened.From, func(c schemas.Citation) bool { return c.Event == event })
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

// IsOpen reports whether the referral still waits for something to be done.
func (r *Referral) IsOpen() bool {
	switch r.Stage {
	case Completed, Closed, Revoked:
		return false
	}
	return true
}

// HasOpenOffer reports whether any offer is open.
func (r *Referral) HasOpenOffer() bool {
	return slices.ContainsFunc(r.Offers, func(o *Offer) bool { return o.Stage == Open })
}

// Holds reports whether the agency holds an open offer or has accepted: only
// then is content of the referral for it.
func (r *Referral) Holds(agency string) bool {
	if r.Stage == Revoked {
		return false
	}
	if r.Acceptor == agency {
		return true
	}
	o := r.OfferTo(agency)
	return o != nil && o.Stage == Open
}
