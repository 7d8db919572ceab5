package casefile

import (
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// condition says what must hold for a fact to be the next one; the column
// "when" of the table. It returns nil or a refusal. Those of the inspection, the
// case and the referral stand in files of their own.
type condition func(*turn) error

// refuseIf refuses with the present state when something stands against it.
func refuseIf(bad bool, state Stage, code string) error {
	if bad {
		return services.RefuseIn(string(state), code)
	}
	return nil
}

func invalid(pointer, code string) error {
	return &services.Error{Kind: services.Invalid, Code: "rule",
		Problems: []schemas.Problem{{Pointer: pointer, Code: code}}}
}

func historyIsNew(t *turn) error   { return refuseIf(len(t.s.Facts) > 0, Open, "exists") }
func historyIsThere(t *turn) error { return refuseIf(len(t.s.Facts) == 0, "", "not_registered") }

// mayBeAsked refuses to name an agency that is not registered and active, or
// from which the case is kept, or the author itself. The answer is the same for
// all of the first: nobody learns from it who is kept out. To name nobody is fine.
func (t *turn) mayBeAsked(agency, pointer string) error {
	if agency == "" {
		return nil
	}
	if !t.isThere(agency) || t.s.Barred(t.d, agency) {
		return invalid(pointer, "receiver")
	}
	if agency == t.who {
		return invalid(pointer, "self")
	}
	return nil
}

// isThere reports whether an agency is registered and active.
func (t *turn) isThere(agency string) bool {
	a, ok := find(t.d, agency)
	return ok && a.Active() && agency != schemas.HubAgency
}
