package casefile

import (
	"cmp"
	"slices"

	"github.com/saphan-project/saphan/schemas"
)

// audience names agencies that see a fact; the column "sees" of the table. Those
// of a referral stand in a file of their own.
type audience func(*turn) []string

// siteSides see what was found at a site.
var siteSides = to(author, siteCoordinators, citingAcceptors, citingLead)

func author(t *turn) []string { return []string{t.who} }

// lead is the agency that leads the case, and those that led it when the event
// was filed.
func lead(t *turn) []string { return append(t.former(), t.s.Owner) }

// former are the earlier leads, as far as the event is from their time.
func (t *turn) former() []string {
	var who []string
	for _, f := range t.s.Former {
		if t.stored() && t.f.Sequence <= f.Until {
			who = append(who, f.Agency)
		}
	}
	return who
}

func coordinators(t *turn) []string {
	if t.watching == nil {
		t.watching = t.s.Watching(t.d)
	}
	return t.watching
}

// siteCoordinators are those of the province of an inspection.
func siteCoordinators(t *turn) []string {
	area, ok := siteOf(t)
	if !ok {
		return nil
	}
	return Coordinators(t.d, []schemas.Area{area})
}

// siteOf is where an inspection event is about: its own area, or that of the
// event that it speaks of.
func siteOf(t *turn) (schemas.Area, bool) {
	switch data := t.f.Data.(type) {
	case schemas.VisitRecorded:
		return data.Area, true
	case schemas.FindingRecorded:
		return data.Area, true
	case schemas.FindingAmended:
		return data.Area, true
	case schemas.TipReceived:
		return data.Area, true
	}
	about := cmp.Or(amends(t.f), tipOf(t.f.Data))
	f, ok := t.s.Fact(about)
	if !ok || about == t.f.ID() {
		return schemas.Area{}, false
	}
	return siteOf(t.s.turn(t.d, f))
}

// acceptors are the agencies that have taken on a referral of the case.
func acceptors(t *turn) []string {
	var who []string
	for _, r := range t.s.Referrals {
		if r.Acceptor != "" && !r.Ended() {
			who = append(who, r.Acceptor)
		}
	}
	return who
}

// otherAcceptors are those whom a milestone of one referral tells of it: whoever
// has taken on another one in the same time between an opening and a closing of
// the case, as long as what was reached still stands.
func otherAcceptors(t *turn) []string {
	cause, _ := t.s.Fact(schemas.Extension(t.f.Event, schemas.ExtCause))
	in, ok := cause.Data.(interface{ ReferralID() string })
	if !ok {
		return t.s.toldOfClosing(cause.ID())
	}
	own := t.s.Referral(in.ReferralID())
	if own == nil || !own.taken() || own.Since != cause.Sequence {
		return nil
	}
	var who []string
	for _, r := range t.s.Referrals {
		if r != own && r.taken() && r.shutBy == own.shutBy {
			who = append(who, r.Acceptor)
		}
	}
	return who
}

// toldOfClosing are the agencies that had taken on something when an event
// closed the case.
func (s *State) toldOfClosing(closing string) []string {
	var who []string
	for _, r := range s.Referrals {
		if closing != "" && r.shutBy == closing && r.Acceptor != "" && !r.Ended() {
			who = append(who, r.Acceptor)
		}
	}
	return who
}

// citingAcceptors: the events of an inspection stand among the facts of a case
// only where the case cites them.
func citingAcceptors(t *turn) []string {
	if t.s.Scope.Kind != schemas.ScopeCase {
		return nil
	}
	return acceptors(t)
}

// citingLead is who took over a case that cites the event: it relies on what it
// did not find itself. Who opened the case has cited what it knew.
func citingLead(t *turn) []string {
	if len(t.s.Former) == 0 {
		return nil
	}
	return []string{t.s.Owner}
}

// theLeadNow needs to know whom not to talk to, whoever filed it.
func theLeadNow(t *turn) []string { return []string{t.s.Owner} }

// holders are those who hold a referral of the case, or are asked, that was not
// closed when the lead moved: they answer to the new one from there.
func holders(t *turn) []string {
	var who []string
	for _, r := range t.s.Referrals {
		then := r.Filed.Sequence < t.f.Sequence && (r.closedAt == 0 || r.closedAt > t.f.Sequence)
		for _, o := range r.Offers {
			if then && r.Holds(o.To) {
				who = append(who, o.To)
			}
		}
	}
	return who
}

func independents(t *turn) []string { return Independents(t.d) }

// nextLead sees what kind of case it is asked to lead.
func nextLead(t *turn) []string {
	if t.s.Transfer == nil {
		return nil
	}
	return []string{t.s.Transfer.To}
}

func askedToLead(t *turn) []string {
	return []string{t.f.Data.(schemas.LeadTransferRequested).To}
}

// askedBefore is the agency whose question to lead was called off.
func askedBefore(t *turn) []string {
	f, ok := t.s.Fact(t.f.Data.(schemas.LeadDeclined).Request)
	if !ok {
		return nil
	}
	return []string{f.Data.(schemas.LeadTransferRequested).To}
}

// writer keeps what it wrote itself, and what was written for it: about a
// referral as long as that is not taken back.
func writer(t *turn) []string {
	if t.r != nil && t.r.Ended() {
		return nil
	}
	return slices.Compact([]string{t.who, t.acts})
}
