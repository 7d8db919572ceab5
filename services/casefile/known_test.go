package casefile_test

import (
	"slices"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
)

// mayKnow says once more, and in other words than the table of rules, who may
// know of a fact of a case: by what the agency has to do with it now.
func (h *history) mayKnow(agency string, f services.Fact, coordinates bool) bool {
	leads := agency == h.s.Owner || slices.ContainsFunc(h.s.Former, func(l casefile.Former) bool {
		return l.Agency == agency && f.Sequence <= l.Until
	})
	wrote := f.Author() == agency
	switch data := f.Data.(type) {
	case schemas.ContentShared:
		r := h.s.Referral(data.Referral)
		ahead := slices.ContainsFunc(data.Sealed, func(s schemas.Sealed) bool { return s.Section == "offer" })
		return wrote || data.To == agency && (r == nil && agency == h.s.Owner ||
			r != nil && (r.Holds(agency) && (ahead || r.Acceptor == agency) || r.Cares(agency)))
	case schemas.ContentOpened:
		sealed, _ := h.s.Fact(data.Event)
		return data.By == agency || sealed.Author() == agency
	case schemas.ReferralConfirmed:
		return leads || coordinates || wrote && !h.s.Referral(data.Referral).Ended()
	case schemas.CaseRestricted:
		return wrote || agency == h.s.Owner || slices.Contains(casefile.Independents(h), agency)
	case schemas.CaseMilestone:
		return leads || coordinates || slices.ContainsFunc(h.s.Referrals, func(r *casefile.Referral) bool { return r.Acceptor == agency && !r.Ended() })
	case schemas.CaseOpened:
		asked := h.s.Transfer != nil && h.s.Transfer.To == agency
		return leads || coordinates || asked || slices.ContainsFunc(h.s.Referrals, func(r *casefile.Referral) bool { return r.Acceptor == agency && !r.Ended() })
	case schemas.LeadTransferRequested:
		return leads || coordinates || data.To == agency
	case schemas.LeadTransferred:
		return leads || coordinates || slices.ContainsFunc(h.s.Referrals, func(r *casefile.Referral) bool {
			return r.Filed.Sequence < f.Sequence && r.Holds(agency)
		})
	case schemas.LeadDeclined:
		asked, _ := h.s.Fact(data.Request)
		return leads || coordinates || wrote || asked.Data.(schemas.LeadTransferRequested).To == agency
	}
	if in, ok := f.Data.(interface{ ReferralID() string }); ok {
		return leads || coordinates || h.isParty(agency, f, h.s.Referral(in.ReferralID()))
	}
	return leads || coordinates || wrote
}

// isParty: of a referral's facts an agency sees the request that was offered to
// it, those of its own offer, what it wrote or what was written for it, and from
// its acceptance on what comes.
func (h *history) isParty(agency string, f services.Fact, r *casefile.Referral) bool {
	if r.Ended() && !r.Cares(agency) {
		return false
	}
	acts := f.Author()
	if by, ok := f.Data.(interface{ ActsFor() string }); ok && by.ActsFor() != "" {
		acts = by.ActsFor()
	}
	if f.Author() == agency || acts == agency || r.Acceptor == agency && f.Sequence >= r.Since {
		own, about := f.Data.(interface{ OfferID() string })
		return !about || acts == agency || f.Author() == agency || r.Offer(own.OfferID()).To == agency
	}
	switch data := f.Data.(type) {
	case schemas.ReferralRequested, schemas.ReferralCancelled:
		return r.OfferTo(agency) != nil
	case schemas.ReferralOffered:
		return data.To == agency
	case interface{ OfferID() string }:
		return r.Offer(data.OfferID()).To == agency
	}
	return false
}
