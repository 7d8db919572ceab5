package casefile

import (
	"slices"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// offer returns the offer that the fact is about, made up when not shown.
func (t *turn) offer() *Offer {
	if t.o == nil {
		in := t.f.Data.(interface {
			ReferralID() string
			OfferID() string
		})
		r := t.referral(in.ReferralID())
		t.o = &Offer{ID: in.OfferID(), Stage: Open}
		r.Offers = append(r.Offers, t.o)
	}
	return t.o
}

// referral returns a referral, made up when not shown.
func (t *turn) referral(id string) *Referral {
	if t.r = t.s.Referral(id); t.r == nil {
		t.r = &Referral{ID: id, Stage: Requested}
		t.s.Referrals = append(t.s.Referrals, t.r)
	}
	return t.r
}

// about returns the referral that the fact is about, made up when not shown.
func (t *turn) about() *Referral {
	return t.referral(t.f.Data.(interface{ ReferralID() string }).ReferralID())
}

// thenRequested: who asks has opened the case again, even where that is not shown.
func thenRequested(t *turn) {
	t.s.Closed = false
	asked := t.f.Data.(schemas.ReferralRequested)
	t.s.Referrals = append(t.s.Referrals, &Referral{
		ID: asked.Referral, Sender: t.who, Asked: asked, Filed: t.f, Stage: Requested,
	})
}

func thenOffered(t *turn) {
	data := t.f.Data.(schemas.ReferralOffered)
	r := t.referral(data.Referral)
	r.reopen()
	r.Offers = append(r.Offers, &Offer{ID: t.f.ID(), To: data.To, Made: t.f, Stage: Open, Duty: data.Duty})
	r.Stage = Offered
}

func thenNoReceiver(t *turn) { r := t.about(); r.reopen(); r.Stage = NoReceiver }

// reopen frees a referral for which the search goes on although it was accepted:
// whoever reads this was not shown why. The case is kept from the acceptor, or the
// reader had led it, and was asked again when another did.
func (r *Referral) reopen() {
	if r.Acceptor == "" {
		return
	}
	if o := r.OfferTo(r.Acceptor); o != nil {
		o.Stage = Lost
	}
	r.release()
}

func thenDelivered(t *turn) { t.offer().Delivered = true }

func thenReceived(t *turn) { t.offer().Received = true }

func thenClaimed(t *turn) { o := t.offer(); o.Received, o.Claimed = true, true }

func thenAsked(t *turn) {
	o := t.offer()
	o.Received, o.Paused = true, true
	o.Questions++
}

func thenAnswered(t *turn) { t.offer().Paused = false }

func thenAccepted(t *turn) {
	o, r := t.offer(), t.about()
	o.To, o.Received, o.Paused, o.Answer = t.acts, true, false, t.f.ID()
	r.take(o, t.f.Sequence)
}

// take makes an offer the one that is accepted, and closes the others.
func (r *Referral) take(o *Offer, since uint64) {
	r.reopen()
	for _, other := range r.Offers {
		if other != o && other.Stage == Open {
			other.Stage = Lost
		}
	}
	o.Stage = Accepted
	r.Acceptor, r.Since, r.Stage = o.To, since, Accepted
}

// release takes the acceptance back; the search goes on.
func (r *Referral) release() {
	r.Acceptor, r.Since, r.Met, r.Assigned, r.Cancelling = "", 0, false, false, false
	r.Stage = Requested
	if r.HasOpenOffer() {
		r.Stage = Offered
	}
}

func thenDeclined(t *turn) {
	o, r := t.offer(), t.about()
	o.To, o.Stage, o.Received, o.Paused = t.acts, Declined, true, false
	o.Reason, o.Answer = t.f.Data.(schemas.ReferralDeclined).Reason, t.f.ID()
	r.settle(t.acts)
}

// settle lets the search go on when the offer that was closed was the last one,
// or the accepted one.
func (r *Referral) settle(agency string) {
	if r.Acceptor == agency {
		r.release()
	}
	if r.Acceptor == "" && !r.HasOpenOffer() {
		r.Stage = Requested
	}
}

// thenLapsed closes the offer, but for an agency whose duty it is: its offer
// stays open and overdue.
func thenLapsed(t *turn) {
	o, r := t.offer(), t.about()
	if o.Duty {
		o.Overdue = true
		return
	}
	o.Stage, o.Paused = Lapsed, false
	r.settle("")
}

func thenAssigned(t *turn) {
	data := t.f.Data.(schemas.ReferralAssigned)
	r := t.about()
	o := r.OfferTo(data.To)
	if o == nil || o.Stage != Open {
		o = &Offer{ID: t.f.ID(), To: data.To, Made: t.f}
		r.Offers = append(r.Offers, o)
	}
	r.take(o, t.f.Sequence)
	r.Assigned = true
}

// thenConfirmed undoes an answer that the agency never gave.
func thenConfirmed(t *turn) {
	data := t.f.Data.(schemas.ReferralConfirmed)
	t.s.Replaced[data.Answer] = t.f.ID()
	r := t.about()
	answer, ok := t.s.Fact(data.Answer)
	if undo := undone[answer.Name()]; ok && data.Correct == "no" && undo != nil {
		undo(r, answer)
	}
}

// sinceAccepted reports whether a fact is about the acceptance that stands. What was
// said of an earlier one, true or not, changes nothing of it; its acceptor is not
// shown that, either.
func (r *Referral) sinceAccepted(f services.Fact) bool { return f.Sequence > r.Since }

// undone says how an answer is undone that somebody recorded for an agency, by
// its type. What only says how far somebody has got needs no undoing.
var undone = map[string]func(*Referral, services.Fact){
	"referral.accepted":     (*Referral).askAgain,
	"referral.declined":     (*Referral).askAgain,
	"referral.contact_made": func(r *Referral, answer services.Fact) { r.Met = r.Met && !r.sinceAccepted(answer) },
	"referral.completed":    (*Referral).goOn,
	"referral.failed":       (*Referral).goOn,
	"referral.contact_unattended": func(r *Referral, answer services.Fact) {
		r.Missed = slices.DeleteFunc(slices.Clone(r.Missed), func(f services.Fact) bool { return f.ID() == answer.ID() })
	},
}

// askAgain lets the offer wait again, also where it was said to be done already, and
// its sender has seen that. Where another agency has accepted, or it is over, the
// offer is lost: nobody has declined it. What the agency has said by itself since
// stands.
func (r *Referral) askAgain(answer services.Fact) {
	o := r.Offer(answer.Data.(interface{ OfferID() string }).OfferID())
	if o == nil || o.Answer != answer.ID() {
		return
	}
	switch {
	case r.shutBy == "" && (o.Stage == Accepted && (r.Active() || r.done()) ||
		o.Stage == Declined && r.IsOpen() && r.Acceptor == ""):
		o.Stage, o.Reason, r.closedAt = Open, "", 0
		r.release()
	case o.Stage == Declined:
		o.Stage, o.Reason = Lost, ""
	}
}

// goOn: what was said to be over is not, and neither is what was seen of it.
func (r *Referral) goOn(answer services.Fact) {
	if r.done() && r.sinceAccepted(answer) {
		r.Stage, r.closedAt = InProgress, 0
	}
}

// done reports whether the acceptor has said how it ended.
func (r *Referral) done() bool { return slices.Contains([]Stage{Completed, Failed, Closed}, r.Stage) }

// thenShared changes nothing; it makes up the referral where only content of it
// is shown.
func thenShared(t *turn) {
	if t.f.Data.(schemas.ContentShared).Referral != "" {
		t.about()
	}
}

// thenScheduled changes nothing; it makes up the referral where it is not shown.
func thenScheduled(t *turn) { t.about() }

func thenMissed(t *turn) { r := t.about(); r.Missed = append(r.Missed, t.f) }

func thenMet(t *turn) { t.about().Met = true }

func thenStarted(t *turn) { t.about().Stage = InProgress }

func thenHeld(t *turn) { t.about().Stage = OnHold }

func thenCompleted(t *turn) { t.about().Stage = Completed }

func thenFailed(t *turn) { t.about().Stage = Failed }

func thenClosed(t *turn) { r := t.about(); r.Stage, r.closedAt = Closed, t.f.Sequence }

func thenCancelling(t *turn) { t.about().Cancelling = true }

func thenCancelled(t *turn) { t.about().Stage = Cancelled }

func thenRevoked(t *turn) { t.about().Stage = Revoked }

func thenWithdrawn(t *turn) { t.about().Stage = Withdrawn }

func thenRerouted(t *turn) {
	r := t.about()
	r.Stage, r.RoutedTo = Rerouted, t.f.Data.(schemas.ReferralRerouted).To
}

func thenInError(t *turn) { t.about().Stage = EnteredInError }
