package casefile_test

import (
	"testing"
	"time"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
)

// TestFirstAcceptanceWins: where a policy lets offers overlap, one acceptance
// closes the others, without an event. Fold takes what the ledger holds; when one
// offer may go out beside another is Check's business.
func TestFirstAcceptanceWins(t *testing.T) {
	t.Parallel()
	w := sixAgencies(t)
	w.tell("09:00 labour-one case.opened P1 origin=self")
	w.tell("09:02 labour-one referral.requested P1 referral=R1 to=shelter-a")
	first := w.offer(w.id("R1"), "shelter-a")
	second := w.unchecked("referral.offered", schemas.ReferralOffered{
		InReferral: schemas.InReferral{Referral: w.id("R1")}, To: "shelter-b", Why: []string{"service"},
	})
	w.tell("09:03 shelter-b referral.accepted P1 referral=R1")
	r := w.state(schemas.Scope{Kind: schemas.ScopeCase, ID: w.id("P1")}).Referral(w.id("R1"))
	if r.Acceptor != "shelter-b" || r.Offer(second.ID()).Stage != casefile.Accepted {
		t.Errorf("acceptor %q, its offer %s", r.Acceptor, r.Offer(second.ID()).Stage)
	}
	if got := r.Offer(first).Stage; got != casefile.Lost {
		t.Errorf("the other offer is %s, want lost", got)
	}
	w.tell("09:04 shelter-a referral.accepted P1 referral=R1 => conflict offer_closed lost")
}

// unchecked adds a hub event without asking the rules.
func (w *world) unchecked(typ string, data any) services.Fact {
	w.t.Helper()
	raw := w.write(schemas.Draft{
		Author: schemas.Party{Service: schemas.Routing}, Type: typ, Subject: w.id("P1"),
		Time: time.Date(2026, 11, 23, 2, 2, 30, 0, time.UTC), Data: data,
	})
	f, err := services.NewFact(raw, uint64(len(w.facts)+1), time.Date(2026, 11, 23, 2, 2, 30, 0, time.UTC), "")
	if err != nil {
		w.t.Fatal(err)
	}
	w.facts = append(w.facts, f)
	return f
}

// TestTheSearchGoesOn: whoever is not told that the case is kept from an acceptor
// sees that the search goes on, and does not take it for the acceptor any more.
func TestTheSearchGoesOn(t *testing.T) {
	t.Parallel()
	w := sixAgencies(t)
	w.tell("09:00 labour-one case.opened P1 origin=self")
	w.tell("09:01 labour-one referral.requested P1 referral=R1 to=shelter-a")
	w.tell("09:02 shelter-a referral.accepted P1 referral=R1")
	w.tell("09:03 labour-one case.restricted P1 exclude=shelter-a")
	r := casefile.Fold(w.visible("coordinator-one")).Referral(w.id("R1"))
	if r.Acceptor != "" || r.Stage != casefile.Offered || r.OfferTo("shelter-a").Stage != casefile.Lost {
		t.Errorf("to the coordinator it is %s, the acceptor %q, its offer %s", r.Stage, r.Acceptor, r.OfferTo("shelter-a").Stage)
	}
}

// TestTheDeniedMeeting: that somebody has not met the person, as was recorded for it,
// says nothing of whoever has taken the referral on since: it keeps what care needs.
func TestTheDeniedMeeting(t *testing.T) {
	t.Parallel()
	w := sixAgencies(t)
	w.tell("09:00 labour-one case.opened P1 origin=self")
	w.tell("09:01 labour-one referral.requested P1 referral=R1 to=shelter-a")
	w.tell("09:02 labour-one referral.accepted P1 referral=R1 on_behalf_of=shelter-a")
	w.tell("09:03 labour-one referral.contact_made P1 referral=R1 on_behalf_of=shelter-a")
	denied := w.latest(w.id("P1"), "referral.contact_made")
	w.tell("09:04 shelter-a referral.declined P1 referral=R1")
	w.tell("09:05 shelter-b referral.accepted P1 referral=R1")
	w.tell("09:06 shelter-b referral.contact_made P1 referral=R1")
	w.tell("09:07 shelter-a referral.confirmed P1 referral=R1 correct=no answer=" + denied)
	w.tell("09:08 shelter-b referral.withdrawn P1 referral=R1")
	if r := w.caseState("P1").Referral(w.id("R1")); !r.Cares("shelter-b") {
		t.Errorf("%s: shelter-b has met the person: %v", r.Acceptor, r.Met)
	}
}

// TestTheFormerLeadIsAsked: what it saw as the lead of an earlier acceptor's work is
// not its own, once it has taken the referral on itself. It was not shown why the
// search went on.
func TestTheFormerLeadIsAsked(t *testing.T) {
	t.Parallel()
	w := sixAgencies(t)
	w.register("labour-two labour_office TH-74 shelter/ask/my")
	w.tell("09:00 labour-two case.opened P1 origin=self")
	w.tell("09:01 labour-two referral.requested P1 referral=R1 to=labour-two")
	w.tell("09:02 hub:deadline referral.lapsed P1 referral=R1 offer=labour-two")
	w.tell("09:03 shelter-a referral.accepted P1 referral=R1")
	w.tell("09:04 shelter-a referral.contact_made P1 referral=R1")
	w.tell("09:05 labour-two lead.transfer_requested P1 to=labour-one")
	w.tell("09:06 labour-one lead.transferred P1 request=lead.transfer_requested")
	w.tell("09:07 shelter-a referral.declined P1 referral=R1")
	w.tell("09:08 labour-two referral.accepted P1 referral=R1")
	r := casefile.Fold(w.visible("labour-two")).Referral(w.id("R1"))
	if r.Acceptor != "labour-two" || r.Met || r.OfferTo("shelter-a").Stage != casefile.Lost {
		t.Errorf("to %s: met %v, the offer to shelter-a %s", r.Acceptor, r.Met, r.OfferTo("shelter-a").Stage)
	}
}
