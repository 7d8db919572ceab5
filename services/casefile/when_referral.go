package casefile

import (
	"slices"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

func referralIsNew(t *turn) error {
	if t.r == nil {
		return nil
	}
	return services.RefuseIn(string(t.r.Stage), "exists")
}

// receiverIsKnown lets a sender name whoever may be offered referrals, and its
// own agency where that gives the service itself: a labour office that finds
// unpaid wages is the one to recover them.
func receiverIsKnown(t *turn) error {
	asked := t.f.Data.(schemas.ReferralRequested)
	if asked.To == t.who && gives(t.d, t.who, asked.Service) {
		return nil
	}
	return t.mayReceive(asked.To, "/data/to")
}

func gives(d Directory, agency, service string) bool {
	a, ok := find(d, agency)
	return ok && slices.ContainsFunc(a.Services, func(l schemas.ServiceLine) bool { return l.Service == service })
}

// mayReceive refuses, beside what mayBeAsked does, a kind of agency that is
// never offered a referral.
func (t *turn) mayReceive(agency, pointer string) error {
	if err := t.mayBeAsked(agency, pointer); err != nil || agency == "" {
		return err
	}
	if a, _ := find(t.d, agency); !schemas.MayReceive(a.Kind) || t.s.tooEarlyFor(a.Kind) {
		return invalid(pointer, "receiver")
	}
	return nil
}

// tooEarlyFor reports whether the case does not go to a kind of agency yet.
func (s *State) tooEarlyFor(kind string) bool { return schemas.TooEarly(s.Stage, kind) }

// followsAReferral holds replaces and part_of to referrals of the same case that
// have ended.
func followsAReferral(t *turn) error {
	asked := t.f.Data.(schemas.ReferralRequested)
	for _, row := range []struct{ pointer, id string }{
		{"/data/replaces", asked.Replaces}, {"/data/part_of", asked.PartOf},
	} {
		if row.id == "" {
			continue
		}
		r := t.s.Referral(row.id)
		if r == nil {
			return invalid(row.pointer, "referral")
		}
		if r.IsOpen() {
			return services.RefuseIn(string(r.Stage), "referral_open")
		}
	}
	return t.notSentBack(asked)
}

// notSentBack: what was passed on is not named to whoever was asked before. Who
// passes it on does not learn who that was; its sender knows.
func (t *turn) notSentBack(asked schemas.ReferralRequested) error {
	if before := t.s.Referral(asked.PartOf); before != nil && asked.To != "" && t.s.asked(before, asked.To) {
		return invalid("/data/to", "asked_before")
	}
	return nil
}

// suggestionIsKnown lets a decliner name only somebody who is there. Whether the
// case is kept from the agency is not for the decliner to learn.
func suggestionIsKnown(t *turn) error {
	suggests := t.f.Data.(schemas.ReferralDeclined).Suggests
	if suggests == "" {
		return nil
	}
	if suggests == t.acts {
		return invalid("/data/suggests", "self")
	}
	if !t.mightReceive(suggests) {
		return invalid("/data/suggests", "receiver")
	}
	return nil
}

// mightReceive reports whether an agency is of a kind that is offered referrals,
// whatever this case is kept from.
func (t *turn) mightReceive(agency string) bool {
	a, _ := find(t.d, agency)
	return t.isThere(agency) && schemas.MayReceive(a.Kind)
}

func rerouteIsKnown(t *turn) error {
	to := t.f.Data.(schemas.ReferralRerouted).To
	if !t.mightReceive(to) {
		return invalid("/data/to", "receiver")
	}
	if to == t.who || to == t.r.Sender {
		return invalid("/data/to", "self")
	}
	return nil
}

func assigneeIsKnown(t *turn) error {
	return t.mayReceive(t.f.Data.(schemas.ReferralAssigned).To, "/data/to")
}

// sectionsAreAllowed lets the offer go ahead to anybody who may be asked; every
// other section waits for acceptance, and goes only to a kind of agency that the
// policy names for it. A new lead gets whatever its kind may have.
func sectionsAreAllowed(t *turn) error {
	data := t.f.Data.(schemas.ContentShared)
	if data.Referral == "" && data.To != t.s.Owner {
		return invalid("/data/to", "lead")
	}
	if err := t.mayBeAsked(data.To, "/data/to"); err != nil {
		return err
	}
	to, _ := find(t.d, data.To)
	for _, sealed := range data.Sealed {
		if sealed.Section != "offer" && t.r != nil && t.r.Acceptor != data.To {
			return services.RefuseIn(string(t.r.Stage), "not_accepted")
		}
		if !schemas.SectionAllowed(to.Kind, sealed.Section, true) {
			return services.Refuse(services.Forbidden, "section")
		}
	}
	return nil
}

// notTakenBack: nothing is shared for a referral that is over, nor for one of
// before the case was closed.
func notTakenBack(t *turn) error {
	return refuseIf(t.r != nil && (t.r.Ended() || t.r.shutBy != ""), t.stage(), "ended")
}

func (t *turn) stage() Stage {
	if t.r == nil {
		return Open
	}
	return t.r.Stage
}

// somebodyKnows: a person may withdraw from what is done as well, since whoever did
// it still knows of it.
func somebodyKnows(t *turn) error {
	return refuseIf(!t.r.IsOpen() && !t.r.taken() && t.r.Stage != Failed, t.r.Stage, "ended")
}

func referralIsOpen(t *turn) error { return refuseIf(!t.r.IsOpen(), t.r.Stage, "ended") }
func accepted(t *turn) error       { return refuseIf(t.r.Stage != Accepted, t.r.Stage, "not_accepted") }
func held(t *turn) error           { return refuseIf(t.r.Stage != OnHold, t.r.Stage, "not_held") }
func notHeld(t *turn) error        { return refuseIf(t.r.Stage == OnHold, t.r.Stage, "done_before") }
func notMet(t *turn) error         { return refuseIf(t.r.Met, t.r.Stage, "done_before") }
func notNoReceiver(t *turn) error  { return refuseIf(t.r.Stage == NoReceiver, t.r.Stage, "done_before") }
func notInError(t *turn) error {
	return refuseIf(t.r.Stage == EnteredInError, t.r.Stage, "done_before")
}
func nobodyIsAsked(t *turn) error { return refuseIf(len(t.r.asked(t.d)) > 0, t.r.Stage, "offer_open") }
func notCancelling(t *turn) error { return refuseIf(t.r.Cancelling, t.r.Stage, "done_before") }

// active wants somebody who has accepted and not ended it.
func active(t *turn) error {
	switch {
	case t.r.Active():
		return nil
	case t.r.done() && t.r.Acceptor == t.acts:
		return services.RefuseIn(string(t.r.Stage), "done_before")
	case t.r.IsOpen():
		return services.RefuseIn(string(t.r.Stage), "not_accepted")
	}
	return services.RefuseIn(string(t.r.Stage), "ended")
}

func completed(t *turn) error {
	return refuseIf(t.r.Stage != Completed && t.r.Stage != Failed, t.r.Stage, "not_completed")
}

func unaccepted(t *turn) error {
	if t.r.Active() {
		return refuseIf(true, t.r.Stage, "accepted")
	}
	return refuseIf(!t.r.IsOpen() || t.r.Acceptor != "", t.r.Stage, "ended")
}

// mayCancel: before anybody accepts it is the sender's to cancel; afterwards the
// acceptor's, once it was asked to: it may have done the work already.
func mayCancel(t *turn) error {
	if t.r.Acceptor == "" && theSender(t) {
		return nil
	}
	if t.r.Acceptor != t.who {
		return refuseIf(true, t.r.Stage, "accepted")
	}
	return refuseIf(!t.r.Cancelling, t.r.Stage, "not_asked")
}

// notBound: what a coordinator has assigned cannot be declined or passed on by
// whom it was assigned to.
func notBound(t *turn) error {
	return refuseIf(t.r.Assigned && t.r.Acceptor == t.acts, "assigned", "assigned")
}

// searchWasLong: a coordinator decides when asking has led nowhere: after so many
// wrong addresses or offers as the policy says, or when nobody is left. To pass it
// on is to say that the address was wrong.
func searchWasLong(t *turn) error {
	wrong, offers := 0, 0
	for _, r := range t.s.journey(t.r) {
		offers += len(r.Offers)
		if r.Stage == Rerouted {
			wrong++
		}
		for _, o := range r.Offers {
			if o.Stage == Declined && o.Reason == "wrong_receiver" {
				wrong++
			}
		}
	}
	wrongAfter, offersAfter := schemas.AssignAfter()
	short := wrong < wrongAfter && offers < offersAfter && t.r.Stage != NoReceiver
	return refuseIf(short, t.r.Stage, "too_early")
}
