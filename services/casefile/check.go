package casefile

import (
	"slices"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// Check says whether f may be the next fact of the history s. The answer is nil
// or a *services.Error: Unknown when what it is about is not there or its author
// is no party to it (the same answer, so that nothing can be guessed),
// Forbidden when a party's role may not do this, Conflict with the present
// state when it is too late or too early, Invalid for a receiver that cannot be
// one, Later while no coordinator is registered.
func Check(s *State, d Directory, f services.Fact) error {
	r, ok := rules[f.Name()]
	if !ok {
		return services.Refuse(services.Forbidden, "not_for_ledger")
	}
	t := s.enforced(d).turn(d, f)
	if err := t.mayFile(r); err != nil {
		return err
	}
	for _, holds := range r.when {
		if err := holds(t); err != nil {
			return err
		}
	}
	return nil
}

// mayFile refuses a fact about what is not there, an author from whom the case
// is kept, and one that has none of the roles.
func (t *turn) mayFile(r rule) error {
	if t.s.Barred(t.d, t.who) || !t.subjectIsThere() {
		return notVisible()
	}
	for _, has := range r.by {
		if has(t) {
			return t.mayActFor()
		}
	}
	return t.refuseRole()
}

// subjectIsThere reports whether the case, referral and offer that the fact is
// about are there.
func (t *turn) subjectIsThere() bool {
	begins := t.f.Name() == "case.opened" || t.f.Name() == "case.restricted"
	if t.f.Scope().Kind == schemas.ScopeCase && !begins && t.s.Opened.Kind == "" {
		return false
	}
	if t.f.Name() == "referral.requested" {
		return true
	}
	if in, about := t.f.Data.(interface{ ReferralID() string }); about && in.ReferralID() != "" && t.r == nil {
		return false
	}
	_, about := t.f.Data.(interface{ OfferID() string })
	return !about || t.o != nil
}

// refuseRole tells a party that its role is the wrong one, and everybody else
// that there is nothing.
func (t *turn) refuseRole() error {
	if !t.isParty() {
		return notVisible()
	}
	return services.Refuse(services.Forbidden, "role")
}

// isParty reports whether the author already has something to do with the
// history, or with the very referral that it speaks of: it would learn nothing
// from being told that its role is wrong.
func (t *turn) isParty() bool {
	if len(t.s.Facts) == 0 {
		return true
	}
	if t.who == t.s.Owner || theNextLead(t) || aCoordinator(t) {
		return true
	}
	asked := func(r *Referral) bool { return r.OfferTo(t.who) != nil }
	if t.r != nil {
		return asked(t.r)
	}
	return slices.ContainsFunc(t.s.Referrals, asked)
}

func notVisible() error { return services.Refuse(services.Unknown, services.CodeNotVisible) }
