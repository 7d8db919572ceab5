package casefile

import (
	"slices"

	"github.com/saphan-project/saphan/schemas"
)

// sender is who answers for the referral: now, and when the event was filed. Only
// leads send.
func sender(t *turn) []string { return append(t.former(), t.r.Sender) }

// acceptor sees the referral's events from its acceptance on. What came before
// is between the sender and whoever held it then.
func acceptor(t *turn) []string {
	earlier := t.stored() && t.f.Sequence < t.r.Since
	if earlier || t.r.Ended() && !t.r.Cares(t.r.Acceptor) {
		return nil
	}
	return []string{t.r.Acceptor}
}

// carer is who still looks after a person that has withdrawn.
func carer(t *turn) []string {
	if !t.r.Cares(t.r.Acceptor) {
		return nil
	}
	return []string{t.r.Acceptor}
}

// stillAsked are those whose offers were open when the referral ended.
func stillAsked(t *turn) []string {
	if t.r.Ended() {
		return nil
	}
	var who []string
	for _, o := range t.r.OpenOffers() {
		who = append(who, o.To)
	}
	return who
}

// offerees are all who were ever offered the referral: what was asked of them
// stays with them as long as it is not taken back.
func offerees(t *turn) []string {
	if t.r.Ended() {
		return carer(t)
	}
	who := make([]string, 0, len(t.r.Offers))
	for _, o := range t.r.Offers {
		who = append(who, o.To)
	}
	return who
}

// offeree sees all events of its offer while the offer is open or accepted.
// After that only the bare offer, what it wrote itself, and that it was too late
// remain.
func offeree(t *turn) []string {
	o := t.o
	if t.f.Name() == "referral.offered" {
		o = t.r.Offer(t.f.ID())
	}
	if o == nil || t.r.Ended() && !t.r.Cares(o.To) {
		return nil
	}
	bare := t.f.ID() == o.ID || t.acts == o.To || t.f.Name() == "referral.lapsed"
	if bare || o.Stage == Open || o.Stage == Accepted {
		return []string{o.To}
	}
	return nil
}

// sharedWith is the agency that content is for, while it is. Whoever cares for a
// person that has withdrawn keeps what care needs.
func sharedWith(t *turn) []string {
	data := t.f.Data.(schemas.ContentShared)
	if data.Referral == "" {
		if data.To != t.s.Owner {
			return nil
		}
		return []string{data.To}
	}
	needs := func(schemas.Sealed) bool { return true }
	switch {
	case t.r.Cares(data.To):
		needs = careNeeds
	case !t.r.Holds(data.To):
		return nil
	case t.r.Acceptor != data.To:
		needs = offerNeeds
	}
	if len(data.Sealed) > 0 && !slices.ContainsFunc(data.Sealed, needs) {
		return nil
	}
	return []string{data.To}
}

// offerNeeds are the sections that go ahead of acceptance.
func offerNeeds(sealed schemas.Sealed) bool { return sealed.Section == "offer" }

// careNeeds are the sections that stay with whoever cares for a person that has
// withdrawn.
func careNeeds(sealed schemas.Sealed) bool { return schemas.CareNeeds(sealed.Section) }
