package casefile

import (
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
	t := s.turn(d, f)
	if err := t.isThere(); err != nil {
		return err
	}
	if err := t.mayFile(r.by); err != nil {
		return err
	}
	for _, holds := range r.when {
		if err := holds(t); err != nil {
			return err
		}
	}
	return nil
}

// isThere refuses a fact about a case, referral or offer that is not there.
func (t *turn) isThere() error {
	opening := t.f.Name() == "case.opened"
	if t.f.Scope().Kind == schemas.ScopeCase && !opening && t.s.Opened.Kind == "" {
		return notVisible()
	}
	if t.f.Name() == "referral.requested" {
		return nil
	}
	if _, about := t.f.Data.(interface{ ReferralID() string }); about && t.r == nil {
		return notVisible()
	}
	if _, about := t.f.Data.(interface{ OfferID() string }); about && t.o == nil {
		return notVisible()
	}
	return nil
}

// mayFile refuses an author in none of the roles.
func (t *turn) mayFile(by []role) error {
	for _, has := range by {
		if has(t) {
			return nil
		}
	}
	if !t.isParty() {
		return notVisible()
	}
	return services.Refuse(services.Forbidden, "role")
}

// isParty reports whether the author already has something to do with the
// history: it would learn nothing from being told that its role is wrong.
func (t *turn) isParty() bool {
	if len(t.s.Facts) == 0 {
		return true
	}
	if t.who == t.s.Owner || aCoordinator(t) {
		return true
	}
	for _, r := range t.s.Referrals {
		if r.OfferTo(t.who) != nil {
			return true
		}
	}
	return false
}

func notVisible() error { return services.Refuse(services.Unknown, services.CodeNotVisible) }
