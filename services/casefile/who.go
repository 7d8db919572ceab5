package casefile

import (
	"slices"

	"github.com/saphan-project/saphan/schemas"
)

// role says whether the author of a fact has one; the column "by" of the table.
// Who records an answer for another agency has the other agency's role.
type role func(*turn) bool

// theHub: that the right service signed is the gate's table of signers.
func theHub(t *turn) bool { return t.who == "" }

func owner(t *turn) bool { return t.s.Owner == "" || t.s.Owner == t.who }

func namedLead(t *turn) bool { return t.f.Data.(schemas.CaseOpened).Lead == t.who }

func theLead(t *turn) bool { return t.s.Owner == t.who }

// beforeOpening: whoever is about to open a case may restrict it first.
func beforeOpening(t *turn) bool { return t.s.Opened.Kind == "" && owner(t) }

func theNextLead(t *turn) bool { return t.s.Transfer != nil && t.s.Transfer.To == t.who }

// theLastLead hands over what it holds to the one who follows.
func theLastLead(t *turn) bool {
	n := len(t.s.Former)
	return t.r == nil && n > 0 && t.s.Former[n-1].Agency == t.who
}

func theSender(t *turn) bool { return t.r != nil && t.r.Sender == t.who }

func theOfferee(t *turn) bool { return t.o != nil && t.o.To == t.acts }

// anOfferee has an open offer of the referral.
func anOfferee(t *turn) bool {
	if t.r == nil {
		return false
	}
	o := t.r.OfferTo(t.acts)
	return o != nil && o.Stage == Open
}

func theAcceptor(t *turn) bool {
	return t.r != nil && t.r.Acceptor != "" && t.r.Acceptor == t.acts
}

// anAcceptor has taken on a referral of the case, and has neither given it up nor
// seen the case closed since.
func anAcceptor(t *turn) bool {
	return slices.ContainsFunc(t.s.Referrals, func(r *Referral) bool { return r.Stands() && r.Acceptor == t.who })
}

// aPanel has taken on to identify the person.
func aPanel(t *turn) bool {
	a, ok := find(t.d, t.who)
	return ok && a.Kind == kindPanel && anAcceptor(t)
}

// answeredFor is the agency for which somebody recorded an answer.
func answeredFor(t *turn) bool {
	answer, _ := t.s.Fact(t.f.Data.(schemas.ReferralConfirmed).Answer)
	return t.who != "" && actsFor(answer) == t.who
}

func aCoordinator(t *turn) bool { return slices.Contains(coordinators(t), t.who) }

// insteadOfTheLead is a coordinator whose case has lost its lead: that is not
// active any more, or the case is kept from it since it came to lie below an agency
// that is kept out. Somebody has to be able to ask the next one.
func insteadOfTheLead(t *turn) bool {
	a, ok := find(t.d, t.s.Owner)
	gone := !ok || !a.Active() || t.s.Barred(t.d, t.s.Owner)
	return gone && aCoordinator(t)
}

func theIndependent(t *turn) bool {
	return slices.Contains(Independents(t.d), t.who) && !t.s.Barred(t.d, t.who)
}

// writesAbout is the author of the event that the person was told of.
func writesAbout(t *turn) bool {
	about, ok := t.s.Fact(t.f.Data.(schemas.PersonTold).About)
	return ok && about.Author() == t.who
}

func find(d Directory, id string) (Agency, bool) {
	if d == nil {
		return Agency{}, false
	}
	return d.Agency(id)
}
