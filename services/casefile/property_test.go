package casefile_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
)

// TestRandomHistories files whatever random agencies try, as far as Check lets
// them, and holds the outcome against what must always be true.
func TestRandomHistories(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		w := randomWorld(t)
		tries := rapid.IntRange(5, 40).Draw(rt, "tries")
		for range tries {
			w.try(rt)
		}
		s := w.state(schemas.Scope{Kind: schemas.ScopeCase, ID: w.id("P1")})
		seen := casefile.Entitled(s, w)
		onlyPartiesSee(rt, s, seen)
		viewsAgree(rt, s, seen)
		oneHolder(rt, s)
		anyPartIsRead(rt, s, w)
	})
}

// anyPartIsRead: whatever part of a history is shown, in whatever order it
// comes, it can be folded, traced, and asked who sees and opens what.
func anyPartIsRead(rt *rapid.T, s *casefile.State, w *world) {
	part := rapid.Permutation(s.Facts).Draw(rt, "order")
	part = part[:rapid.IntRange(0, len(part)).Draw(rt, "shown")]
	shown := casefile.Fold(part)
	if len(casefile.Trace(part)) != len(part) {
		rt.Fatal("the trace has not a step for each fact")
	}
	casefile.Entitled(shown, w)
	for _, f := range s.Facts {
		casefile.Addressees(shown, f)
	}
	for _, f := range part {
		for _, sealed := range casefile.Sections(f) {
			_, err := casefile.MayOpen(shown, w, f.Author(), services.OpenRequest{Event: f.ID(), Section: sealed.Section})
			if k := services.KindOf(err); k != "" && k != services.Unknown {
				rt.Fatalf("open %s of %s: %v", sealed.Section, f.Name(), err)
			}
		}
	}
}

func randomWorld(t *testing.T) *world {
	w := sixAgencies(t)
	w.tell("09:00 labour-one finding.recorded I1")
	w.tell("09:01 labour-one case.opened P1 from=I1")
	w.tell("09:02 labour-one referral.requested P1 referral=R1")
	return w
}

// sixAgencies is a world in which nothing has happened.
func sixAgencies(t *testing.T) *world {
	w := newWorld(t)
	for _, line := range []string{
		"coordinator-one coordinator TH-74",
		"labour-one labour_office TH-74",
		"police-one police TH-74 investigation/capacity/th",
		"shelter-a shelter TH-74 shelter/capacity/my",
		"shelter-b shelter TH-74 shelter/ask/my",
		"shelter-c shelter TH-75,TH-74 shelter/waitlist/th",
	} {
		w.register(line)
	}
	return w
}

// try has a random agency file a random event; a refusal is fine.
func (w *world) try(rt *rapid.T) {
	who := rapid.SampledFrom(w.agencies).Draw(rt, "who").ID
	typ := rapid.SampledFrom([]string{
		"referral.delivered", "referral.received", "referral.claimed",
		"referral.information_requested", "referral.information_provided",
		"referral.accepted", "referral.declined", "referral.contact_made",
		"referral.completed", "referral.outcome_acknowledged", "referral.revoked",
		"referral.requested", "content.shared", "screening.completed",
	}).Draw(rt, "type")
	pairs := []string{"referral=" + rapid.SampledFrom([]string{"R1", "R2"}).Draw(rt, "referral")}
	if typ == "content.shared" {
		pairs = append(pairs, "to="+rapid.SampledFrom(w.agencies).Draw(rt, "to").ID)
	}
	if typ == "screening.completed" {
		pairs = nil
	}
	fact, err := w.file(schemas.Draft{
		Author: schemas.Party{Agency: who}, Type: typ, Subject: w.id("P1"),
		Time: w.facts[len(w.facts)-1].Recorded, Data: w.payload([]string{who, typ, "P1"}, pairs),
	})
	if err == nil {
		w.settle(fact)
	} else if services.KindOf(err) == services.Internal {
		rt.Fatalf("%s by %s: %v", typ, who, err)
	}
}

// onlyPartiesSee: beside coordinators, nobody sees a fact of a referral that it
// neither sent nor was offered, and nobody but the two ends sees content.
func onlyPartiesSee(rt *rapid.T, s *casefile.State, seen casefile.Entitlement) {
	for agency, events := range seen {
		for _, f := range s.Facts {
			in, about := f.Data.(interface{ ReferralID() string })
			if !events[f.ID()] || !about {
				continue
			}
			r := s.Referral(in.ReferralID())
			party := r.Sender == agency || r.OfferTo(agency) != nil
			if !party && (f.Name() == "content.shared" || !strings.HasPrefix(agency, "coordinator-")) {
				rt.Fatalf("%s sees %s of a referral that it is no party to", agency, f.Name())
			}
		}
	}
}

// viewsAgree: what an agency folds from the events it may see says of its own
// offer exactly what the whole history says.
func viewsAgree(rt *rapid.T, s *casefile.State, seen casefile.Entitlement) {
	for agency, events := range seen {
		var part []services.Fact
		for _, f := range s.Facts {
			if events[f.ID()] {
				part = append(part, f)
			}
		}
		view := casefile.Fold(part)
		for _, r := range s.Referrals {
			o := r.OfferTo(agency)
			if o == nil || r.Stage == casefile.Revoked || o.Stage == casefile.Lost {
				continue
			}
			mine := view.Referral(r.ID).OfferTo(agency)
			if got, want := offerOf(mine), offerOf(o); got != want {
				rt.Fatalf("%s believes of its offer %s, it is %s", agency, got, want)
			}
		}
	}
}

func offerOf(o *casefile.Offer) string {
	if o == nil {
		return "not there"
	}
	if o.Stage == casefile.Declined { // of a closed offer only its end is shown
		return fmt.Sprintf("%s %s", o.ID, o.Stage)
	}
	return fmt.Sprintf("%s %s %v %v %v %v", o.ID, o.Stage, o.Delivered, o.Received, o.Claimed, o.Paused)
}

// oneHolder: a referral is with one agency at a time, and with none once it is
// taken back.
func oneHolder(rt *rapid.T, s *casefile.State) {
	for _, r := range s.Referrals {
		holders := 0
		for _, o := range r.Offers {
			if r.Holds(o.To) {
				holders++
			}
		}
		if holders > 1 || r.Stage == casefile.Revoked && holders > 0 {
			rt.Fatalf("referral %s has %d holders", r.Stage, holders)
		}
	}
}
