package casefile

import (
	"slices"

	"github.com/saphan-project/saphan/schemas"
)

// mayAskAnother keeps one offer open at a time. Beside it there may be one more
// for each that is overdue at an agency whose duty it is, and as many as the
// policy lets overlap, each a while after the one before.
func mayAskAnother(t *turn) error {
	waiting := t.r.waiting(t.d)
	if len(waiting) == 0 {
		return nil
	}
	most, after := schemas.Overlap(t.r.Asked.Service, t.r.Asked.Priority)
	wait, _ := after.Duration()
	soon := t.f.Recorded.Sub(waiting[len(waiting)-1].Made.Recorded) < wait
	return refuseIf(len(waiting) >= most || soon || !t.mayOverlap(waiting), t.r.Stage, "offer_open")
}

// mayOverlap holds whoever is asked, and whoever waits, to the kinds that the
// policy lets be asked beside each other.
func (t *turn) mayOverlap(waiting []*Offer) bool {
	asked := []string{t.f.Data.(schemas.ReferralOffered).To}
	for _, o := range waiting {
		asked = append(asked, o.To)
	}
	return !slices.ContainsFunc(asked, func(agency string) bool {
		a, _ := find(t.d, agency)
		return !schemas.MayOverlap(t.r.Asked.Service, t.r.Asked.Priority, a.Kind)
	})
}

func notAskedBefore(t *turn) error {
	to := t.f.Data.(schemas.ReferralOffered).To
	named := t.r.Asked.To == to
	switch {
	case to == t.r.Sender && !named:
		return invalid("/data/to", "self")
	case to != t.r.Sender:
		if err := t.mayReceive(to, "/data/to"); err != nil {
			return err
		}
	}
	return refuseIf(t.s.asked(t.r, to), t.r.Stage, "done_before")
}

// othersAreNotAsked: while others are asked as well, one of them passes on only
// what was asked of itself: it declines, and suggests somebody.
func othersAreNotAsked(t *turn) error {
	asked := func(o *Offer) bool { return o.To != t.acts }
	return refuseIf(anOfferee(t) && slices.ContainsFunc(t.r.OpenOffers(), asked), t.present(), "offer_open")
}

// present is what a refusal tells an offeree: how its offer stands, or, as long as it
// is its own referral, how that does. Whoever declined, or lost it to another agency,
// does not learn what has become of the person since.
func (t *turn) present() Stage {
	if t.o == nil || t.o.Stage == Accepted || t.o.Stage == Open && !t.r.IsOpen() {
		return t.r.Stage
	}
	return t.o.Stage
}

func (t *turn) offerIsIn(stages ...Stage) error {
	bad := !t.r.IsOpen() || !slices.Contains(stages, t.o.Stage)
	return refuseIf(bad, t.present(), "offer_closed")
}

func offerIsOpen(t *turn) error { return t.offerIsIn(Open) }

// offerIsOpenOrLapsed: an acceptance counts even after a lapse, while nobody else
// has accepted.
func offerIsOpenOrLapsed(t *turn) error {
	if t.r.Active() && t.r.Acceptor == t.acts {
		return refuseIf(true, t.r.Stage, "done_before")
	}
	if t.r.Acceptor != "" {
		return t.offerIsIn()
	}
	return t.offerIsIn(Open, Lapsed)
}

func offerIsOpenOrAccepted(t *turn) error { return t.offerIsIn(Open, Accepted) }

func notDelivered(t *turn) error { return refuseIf(t.o.Delivered, "delivered", "done_before") }
func notReceived(t *turn) error  { return refuseIf(t.o.Received, "received", "done_before") }
func notClaimed(t *turn) error   { return refuseIf(t.o.Claimed, "claimed", "done_before") }
func notPaused(t *turn) error    { return refuseIf(t.o.Paused, "information_requested", "done_before") }
func paused(t *turn) error       { return refuseIf(!t.o.Paused, t.present(), "not_asked") }
func notOverdue(t *turn) error   { return refuseIf(t.o.Overdue, t.present(), "done_before") }

func mayStillAsk(t *turn) error {
	return refuseIf(t.o.Questions >= schemas.MaxPauses(), t.present(), "asked_enough")
}

// dutyAllows lets an agency whose duty it is say no for few reasons only, and
// never without naming who is competent instead.
func dutyAllows(t *turn) error {
	o := t.o
	if o == nil {
		o = t.r.OfferTo(t.acts)
	}
	if o == nil || !o.Duty {
		return nil
	}
	reason, instead := "", ""
	switch data := t.f.Data.(type) {
	case schemas.ReferralDeclined:
		reason, instead = data.Reason, data.Suggests
	case schemas.ReferralRerouted:
		reason, instead = data.Reason, data.To
	}
	if !slices.Contains(schemas.DutyReasons(), reason) {
		return invalid("/data/reason", "duty")
	}
	if instead == "" && schemas.DutyMustSuggest() {
		return invalid("/data/suggests", "duty_names")
	}
	return nil
}

// notConfirmed: an answer that somebody recorded is confirmed once, by the
// agency whose answer it is.
func notConfirmed(t *turn) error {
	answer, ok := t.s.Fact(t.f.Data.(schemas.ReferralConfirmed).Answer)
	in, about := answer.Data.(interface{ ReferralID() string })
	if !ok || !about || in.ReferralID() != t.r.ID {
		return notVisible()
	}
	return refuseIf(t.s.Replaced[answer.ID()] != "", "confirmed", "done_before")
}

// mayActFor refuses an answer for another agency by anybody but the sender and
// the coordinators, who talk to it; and one that needs no such thing.
func (t *turn) mayActFor() error {
	if t.acts == t.who {
		if actsFor(t.f) != "" {
			return invalid("/data/on_behalf_of", "self")
		}
		return nil
	}
	if theSender(t) || aCoordinator(t) {
		return nil
	}
	return t.refuseRole()
}
