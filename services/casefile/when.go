package casefile

import (
	"slices"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// condition says what must hold for a fact to be the next one; the column
// "when" of the table. It returns nil or a refusal.
type condition func(*turn) error

// refuseIf refuses with the present state when something stands against it.
func refuseIf(bad bool, state Stage, code string) error {
	if bad {
		return services.RefuseIn(string(state), code)
	}
	return nil
}

func historyIsNew(t *turn) error   { return refuseIf(len(t.s.Facts) > 0, Open, "exists") }
func historyIsThere(t *turn) error { return refuseIf(len(t.s.Facts) == 0, "", "not_registered") }

func coordinatorsAreThere(t *turn) error {
	opened := t.f.Data.(schemas.CaseOpened)
	state := &State{Opened: opened, Owner: opened.Lead}
	if len(Coordinators(t.d, state.areas(t.d))) == 0 {
		return services.Refuse(services.Later, "no_coordinator")
	}
	return nil
}

func visitIsThere(t *turn) error {
	visit := t.f.Data.(schemas.FindingRecorded).Visit
	if visit == "" {
		return nil
	}
	if f, ok := t.s.Fact(visit); !ok || f.Name() != "visit.recorded" {
		return notVisible()
	}
	return nil
}

func linksElsewhere(t *turn) error {
	other := t.f.Data.(schemas.CaseLinked).Case
	if other == t.s.Scope.ID {
		return invalid("/data/case", "self")
	}
	return refuseIf(slices.Contains(t.s.PartOf, other), "linked", "exists")
}

func isPerson(t *turn) error { return refuseIf(t.s.Opened.Kind != "person", "situation", "kind") }

func referralIsNew(t *turn) error {
	if t.r == nil {
		return nil
	}
	return services.RefuseIn(string(t.r.Stage), "exists")
}

func receiverIsKnown(t *turn) error {
	return t.mayBeAsked(t.f.Data.(schemas.ReferralRequested).To, "/data/to")
}

// suggestionIsKnown lets a decliner name only somebody who can be asked.
func suggestionIsKnown(t *turn) error {
	return t.mayBeAsked(t.f.Data.(schemas.ReferralDeclined).Suggests, "/data/suggests")
}

// mayBeAsked refuses to name an agency that is not registered and active, or the
// author itself. To name nobody is fine.
func (t *turn) mayBeAsked(agency, pointer string) error {
	if agency == "" {
		return nil
	}
	if a, ok := find(t.d, agency); !ok || !a.Active() || agency == schemas.HubAgency {
		return invalid(pointer, "receiver")
	}
	if agency == t.who {
		return invalid(pointer, "self")
	}
	return nil
}

// sectionsAreAllowed lets the offer go ahead to anybody who may be asked; every
// other section waits for acceptance, and goes only to a kind of agency that the
// policy names for it.
func sectionsAreAllowed(t *turn) error {
	data := t.f.Data.(schemas.ContentShared)
	if err := t.mayBeAsked(data.To, "/data/to"); err != nil {
		return err
	}
	to, _ := find(t.d, data.To)
	for _, sealed := range data.Sealed {
		if sealed.Section == "offer" {
			continue
		}
		if t.r.Acceptor != data.To {
			return services.RefuseIn(string(t.r.Stage), "not_accepted")
		}
		if !slices.Contains(schemas.SectionsFor(to.Kind), sealed.Section) {
			return services.Refuse(services.Forbidden, "section")
		}
	}
	return nil
}

func referralIsOpen(t *turn) error { return refuseIf(!t.r.IsOpen(), t.r.Stage, "ended") }
func notTakenBack(t *turn) error   { return refuseIf(t.r.Stage == Revoked, t.r.Stage, "ended") }
func accepted(t *turn) error       { return refuseIf(t.r.Stage != Accepted, t.r.Stage, "not_accepted") }
func completed(t *turn) error      { return refuseIf(t.r.Stage != Completed, t.r.Stage, "not_completed") }
func notMet(t *turn) error         { return refuseIf(t.r.Met, t.r.Stage, "done_before") }
func nobodyIsAsked(t *turn) error  { return refuseIf(t.r.HasOpenOffer(), t.r.Stage, "offer_open") }
func notNoReceiver(t *turn) error  { return refuseIf(t.r.Stage == NoReceiver, t.r.Stage, "done_before") }

func unaccepted(t *turn) error {
	return refuseIf(!t.r.IsOpen() || t.r.Acceptor != "", t.r.Stage, "ended")
}

func notAskedBefore(t *turn) error {
	to := t.f.Data.(schemas.ReferralOffered).To
	if err := t.mayBeAsked(to, "/data/to"); err != nil {
		return err
	}
	return refuseIf(t.r.OfferTo(to) != nil, t.r.Stage, "done_before")
}

// present is what a refusal tells an offeree: how its offer stands, or how the
// referral ended.
func (t *turn) present() Stage {
	if !t.r.IsOpen() || t.r.Acceptor != "" {
		return t.r.Stage
	}
	return t.o.Stage
}

func offerIsOpen(t *turn) error {
	return refuseIf(!t.r.IsOpen() || t.o.Stage != Open, t.present(), "offer_closed")
}

func offerIsOpenOrAccepted(t *turn) error {
	return refuseIf(!t.r.IsOpen() || t.o.Stage != Open && t.o.Stage != Accepted, t.present(), "offer_closed")
}

func notDelivered(t *turn) error { return refuseIf(t.o.Delivered, "delivered", "done_before") }
func notReceived(t *turn) error  { return refuseIf(t.o.Received, "received", "done_before") }
func notClaimed(t *turn) error   { return refuseIf(t.o.Claimed, "claimed", "done_before") }
func notPaused(t *turn) error    { return refuseIf(t.o.Paused, "information_requested", "done_before") }
func paused(t *turn) error       { return refuseIf(!t.o.Paused, t.present(), "not_asked") }

func mayStillAsk(t *turn) error {
	return refuseIf(t.o.Questions >= schemas.MaxPauses(), t.present(), "asked_enough")
}

func invalid(pointer, code string) error {
	return &services.Error{Kind: services.Invalid, Code: "rule",
		Problems: []schemas.Problem{{Pointer: pointer, Code: code}}}
}
