package casefile

import (
	"github.com/saphan-project/saphan/schemas"
)

// Entitlement says which agency may see which events: agency → event id.
type Entitlement map[string]map[string]bool

// Has reports whether the agency may see the event.
func (e Entitlement) Has(agency, event string) bool { return e[agency][event] }

func (e Entitlement) grant(agency, event string) {
	if agency == "" {
		return
	}
	if e[agency] == nil {
		e[agency] = make(map[string]bool)
	}
	e[agency][event] = true
}

// Entitled says who may see what of the history as it stands now. It is the one
// place that decides; delivery copies what it adds and withdraws what it ends.
func Entitled(s *State, d Directory) Entitlement {
	e := make(Entitlement)
	watching := Coordinators(d, s.areas(d)) // the same for every fact
	for _, f := range s.Facts {
		t := s.turn(d, f)
		t.watching = watching
		for _, who := range rules[f.Name()].sees {
			for _, agency := range who(t) {
				e.grant(agency, f.ID())
			}
		}
	}
	return e
}

// audience names agencies that see a fact; the column "sees" of the table.
type audience func(*turn) []string

func author(t *turn) []string { return []string{t.who} }

func lead(t *turn) []string { return []string{t.s.Owner} }

func sender(t *turn) []string { return []string{t.r.Sender} }

func coordinators(t *turn) []string {
	if t.watching == nil {
		t.watching = Coordinators(t.d, t.s.areas(t.d))
	}
	return t.watching
}

// siteCoordinators are those of the province of an inspection.
func siteCoordinators(t *turn) []string {
	switch data := t.f.Data.(type) {
	case schemas.VisitRecorded:
		return Coordinators(t.d, []schemas.Area{data.Area})
	case schemas.FindingRecorded:
		return Coordinators(t.d, []schemas.Area{data.Area})
	}
	return nil
}

// acceptors are the agencies that have taken on a referral of the case.
func acceptors(t *turn) []string {
	var who []string
	for _, r := range t.s.Referrals {
		if r.Acceptor != "" && r.Stage != Revoked {
			who = append(who, r.Acceptor)
		}
	}
	return who
}

func citingAcceptors(t *turn) []string {
	if !t.s.Cites(t.f.ID()) {
		return nil
	}
	return acceptors(t)
}

func acceptor(t *turn) []string {
	if t.r.Stage == Revoked {
		return nil
	}
	return []string{t.r.Acceptor}
}

// offerees are all who were ever offered the referral: what was asked of them
// stays with them as long as it is not taken back.
func offerees(t *turn) []string {
	var who []string
	for _, o := range t.r.Offers {
		if t.r.Stage != Revoked {
			who = append(who, o.To)
		}
	}
	return who
}

// offeree sees all events of its offer while the offer is open or accepted.
// After that only the bare offer and what it wrote itself remain.
func offeree(t *turn) []string {
	o := t.o
	if f, ok := t.f.Data.(schemas.ReferralOffered); ok {
		o = t.r.OfferTo(f.To)
	}
	if o == nil || t.r.Stage == Revoked {
		return nil
	}
	bare := t.f.ID() == o.ID || t.who == o.To
	if bare || o.Stage == Open || o.Stage == Accepted {
		return []string{o.To}
	}
	return nil
}

func sharedWith(t *turn) []string {
	data := t.f.Data.(schemas.ContentShared)
	if !t.r.Holds(data.To) {
		return nil
	}
	return []string{data.To}
}
