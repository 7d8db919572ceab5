package casefile

import (
	"cmp"
	"slices"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// Fold reads facts into a State. They may be any part of a history, in any
// order: what is missing counts as not shown, so that a desk and the hub fold
// alike. Inspection events may stand among the facts of the case that cites
// them.
func Fold(facts []services.Fact) *State {
	s := &State{index: make(map[string]int, len(facts))}
	for _, f := range inOrder(facts) {
		s.apply(f)
	}
	return s
}

// apply adds the next fact; only while a State is being made.
func (s *State) apply(f services.Fact) {
	s.index[f.ID()] = len(s.Facts)
	s.Facts = append(s.Facts, f)
	s.Scope = scopeWith(s.Scope, f)
	if r, ok := rules[f.Name()]; ok && r.then != nil {
		r.then(s.turn(nil, f))
	}
}

// inOrder sorts facts, unless they are in order, as they mostly are.
func inOrder(facts []services.Fact) []services.Fact {
	if slices.IsSortedFunc(facts, bySequence) {
		return facts
	}
	return slices.SortedStableFunc(slices.Values(facts), bySequence)
}

func bySequence(a, b services.Fact) int { return cmp.Compare(a.Sequence, b.Sequence) }

// scopeWith lets a case win over the inspections that it cites.
func scopeWith(s schemas.Scope, f services.Fact) schemas.Scope {
	if s.Kind == "" || f.Scope().Kind == schemas.ScopeCase {
		return f.Scope()
	}
	return s
}

// turn is one fact in its place: what the rules look at.
type turn struct {
	s   *State
	d   Directory // nil while folding, and where no coordinator is asked for
	f   services.Fact
	who string    // the agency that filed it; "" for a service of the hub
	r   *Referral // that the fact is about; nil when none, or not there
	o   *Offer    // likewise
	// watching are the coordinators of the case, once somebody asked for them.
	watching []string
}

func (s *State) turn(d Directory, f services.Fact) *turn {
	t := &turn{s: s, d: d, f: f, who: f.Author()}
	if in, ok := f.Data.(interface{ ReferralID() string }); ok {
		t.r = s.Referral(in.ReferralID())
	}
	if in, ok := f.Data.(interface{ OfferID() string }); ok && t.r != nil {
		t.o = t.r.Offer(in.OfferID())
	}
	return t
}

// The functions below are the column "then" of the table of rules. They never
// refuse: what is in the ledger is valid, and what a desk was not shown is
// made up for where a later fact needs it.

func thenOwned(t *turn) {
	if t.s.Owner == "" {
		t.s.Owner = t.who
	}
}

func thenRegistered(t *turn) { t.s.Owner = t.f.Event.Subject() }

func thenOpened(t *turn) {
	t.s.Opened = t.f.Data.(schemas.CaseOpened)
	t.s.Owner = t.s.Opened.Lead
}

func thenLinked(t *turn) {
	t.s.PartOf = append(t.s.PartOf, t.f.Data.(schemas.CaseLinked).Case)
}

func thenScreened(t *turn) { t.s.Screened = true }

func thenRequested(t *turn) {
	asked := t.f.Data.(schemas.ReferralRequested)
	t.s.Referrals = append(t.s.Referrals, &Referral{
		ID: asked.Referral, Sender: t.who, Asked: asked, Filed: t.f, Stage: Requested,
	})
}

func thenOffered(t *turn) {
	data := t.f.Data.(schemas.ReferralOffered)
	r := t.referral(data.Referral)
	r.Offers = append(r.Offers, &Offer{ID: t.f.ID(), To: data.To, Made: t.f, Stage: Open})
	r.Stage = Offered
}

func thenNoReceiver(t *turn) {
	t.referral(t.f.Data.(schemas.ReferralNoReceiver).Referral).Stage = NoReceiver
}

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
	for _, other := range r.Offers {
		if other != o && other.Stage == Open {
			other.Stage = Lost
		}
	}
	o.To, o.Stage, o.Received, o.Paused = t.who, Accepted, true, false
	r.Acceptor, r.Stage = t.who, Accepted
}

func thenDeclined(t *turn) {
	o, r := t.offer(), t.about()
	o.To, o.Stage, o.Received, o.Paused = t.who, Declined, true, false
	if r.Acceptor == t.who {
		r.Acceptor, r.Met = "", false
	}
	if !r.HasOpenOffer() && r.Acceptor == "" {
		r.Stage = Requested
	}
}

// thenShared changes nothing; it makes up the referral where only content of it
// is shown.
func thenShared(t *turn) { t.about() }

func thenMet(t *turn) { t.about().Met = true }

func thenCompleted(t *turn) { t.about().Stage = Completed }

func thenClosed(t *turn) { t.about().Stage = Closed }

func thenRevoked(t *turn) { t.about().Stage = Revoked }
