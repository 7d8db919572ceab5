package delivery_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
	"github.com/saphan-project/saphan/services/delivery"
)

// Whatever the history, however far the ledger is ahead, wherever delivery
// crashes and whatever it is handed again: in the end every inbox, and every
// desk that reads it now and then, holds exactly what its agency is entitled to.
func TestInboxEqualsEntitlement(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := randomHistory(t)
		boxes := newInboxes()
		runWithCrashes(t, l, boxes)

		l.visible, l.later = len(l.facts), nil
		want := l.entitled()
		for _, a := range everybody {
			if got := boxes.copies(a.ID); !slices.Equal(got, want[a.ID]) {
				t.Errorf("inbox of %s holds %s\nwant %s", a.ID, l.words(got), l.words(want[a.ID]))
			}
			if got := boxes.read(a.ID); !slices.Equal(got, want[a.ID]) {
				t.Errorf("desk of %s holds %s\nwant %s", a.ID, l.words(got), l.words(want[a.ID]))
			}
			l.checkNotices(t, a.ID, boxes.notices(a.ID))
		}
	})
}

// runWithCrashes hands every fact to delivery until it is settled. Meanwhile the
// ledger grows, writes fail, and old facts come again.
func runWithCrashes(t *rapid.T, l *ledger, boxes *inboxes) {
	chance := rapid.IntRange(0, 3)
	grow := func(l *ledger) {
		l.visible += rapid.IntRange(0, len(l.facts)-l.visible).Draw(t, "grow") * min(1, chance.Draw(t, "now"))
	}
	left := -1
	boxes.broken = func() error {
		if left == 0 {
			return services.Refuse(services.Later, services.CodeBusAway)
		}
		left--
		return nil
	}
	s := delivery.New(delivery.Config{History: l, Directory: everybody, Inbox: boxes, Author: writer{}, Citations: l})
	l.visible = 0
	for i := range l.facts {
		l.visible = max(l.visible, i+1)
		l.later = grow
		for crashes := chance.Draw(t, "crashes"); crashes > 0; crashes-- {
			left = rapid.IntRange(0, 4).Draw(t, "writes before the crash")
			again := l.facts[rapid.IntRange(0, i).Draw(t, "handed")]
			if err := s.Apply(t.Context(), again); err != nil && services.KindOf(err) != services.Later {
				t.Fatal(err)
			}
			boxes.read(rapid.SampledFrom(everybody).Draw(t, "reads").ID)
		}
		left = -1
		if err := s.Apply(t.Context(), l.facts[i]); err != nil {
			t.Fatal(err)
		}
	}
}

// checkNotices holds the words that access ended against the history: each
// names only what ended at its cause, and no cause is told of twice.
func (l *ledger) checkNotices(t *rapid.T, agency string, notices []services.Fact) {
	defer func(visible int) { l.visible = visible }(l.visible)
	told := make(map[string]bool)
	for _, n := range notices {
		data := n.Data.(schemas.AccessEnded)
		if told[data.Cause] || len(data.Events)+len(data.Offers) == 0 {
			t.Errorf("%s was told twice of one cause, or of nothing", agency)
		}
		told[data.Cause] = true
		l.visible = int(n.Sequence) - 1
		before := casefile.Entitled(l.state(n.Scope()), everybody)
		l.visible = int(n.Sequence)
		upon := casefile.Entitled(l.state(n.Scope()), everybody)
		for _, id := range data.Events {
			if !before.Has(agency, id) || upon.Has(agency, id) {
				t.Errorf("%s was told of an event to which its access did not end there", agency)
			}
		}
		for _, id := range data.Offers {
			if !l.overAt(n, agency, id) {
				t.Errorf("%s was told of an offer that did not end there", agency)
			}
		}
	}
}

// overAt reports whether an offer to the agency was open before a notice's cause
// and is not from there on.
func (l *ledger) overAt(n services.Fact, agency, offer string) bool {
	open := func(visible int) bool {
		l.visible = visible
		for _, r := range l.state(n.Scope()).Referrals {
			if o := r.Offer(offer); o != nil && o.To == agency {
				return r.IsOpen() && o.Stage == casefile.Open
			}
		}
		return false
	}
	return open(int(n.Sequence)-1) && !open(int(n.Sequence))
}

func (l *ledger) words(places []string) string {
	var words []string
	for _, at := range places {
		for i, f := range l.facts {
			if at == place(f.Scope().ID, f.ID()) {
				words = append(words, fmt.Sprintf("%d %s", i, f.Name()))
			}
		}
	}
	return strings.Join(words, ", ")
}

// randomHistory opens two cases from one inspection, asks twice in each,
// and then tries random events and keeps those that the rules allow.
func randomHistory(t *rapid.T) *ledger {
	l := &ledger{}
	l.try(guess{t, l, caseA, referral}, "finding.recorded")
	l.try(guess{t, l, caseA, referral}, "finding.recorded")
	for _, id := range []string{caseA, caseB} {
		l.try(guess{t, l, id, referral}, "case.opened")
		l.try(guess{t, l, id, referral}, "referral.requested")
		l.try(guess{t, l, id, second}, "referral.requested")
	}
	names := append(slices.Sorted(maps.Keys(tries)), // what leads on is tried more often
		slices.Repeat([]string{"referral.offered", "referral.accepted", "content.shared"}, 8)...)
	names = append(names, "lead.transferred", "lead.transferred", "referral.completed", "referral.completed")
	for range rapid.IntRange(15, 50).Draw(t, "tries") {
		name := rapid.SampledFrom(names).Draw(t, "type")
		id := rapid.SampledFrom([]string{caseA, caseB}).Draw(t, "case")
		in := rapid.SampledFrom([]schemas.InReferral{referral, second}).Draw(t, "referral")
		l.try(guess{t, l, id, in}, name)
	}
	return l
}

func (l *ledger) try(g guess, name string) {
	data, subject := tries[name](g), g.id
	if typ, _ := schemas.TypeNamed(name); typ.Scope == schemas.ScopeInspection {
		subject = site
	}
	if _, err := l.file(g.author(name, data), name, subject, data); services.KindOf(err) == services.Internal {
		g.t.Fatalf("file %s: %v", name, err)
	}
}

// guess draws what an event may say about one case.
type guess struct {
	t  *rapid.T
	l  *ledger
	id string
	in schemas.InReferral
}

// author is somebody who may file such a thing: a receiver about its offer, the
// acceptor or the lead about the rest.
func (g guess) author(name string, data any) services.Party {
	if typ, _ := schemas.TypeNamed(name); typ.Author != schemas.AnyAgency {
		return services.Party{Service: typ.Author}
	}
	r := g.referral()
	if in, ok := data.(interface{ OfferID() string }); ok && name != "referral.information_provided" && r != nil {
		if o := r.Offer(in.OfferID()); o != nil {
			return by(o.To)
		}
	}
	if slices.Contains([]string{"referral.contact_made", "referral.completed"}, name) && r != nil && r.Acceptor != "" {
		return by(r.Acceptor)
	}
	s := g.state()
	if name == "lead.transferred" && s.Transfer != nil {
		return by(s.Transfer.To)
	}
	if s.Owner != "" && name != "finding.amended" && name != "finding.retracted" && name != "finding.recorded" {
		return by(s.Owner)
	}
	return by(labour)
}

func (g guess) state() *casefile.State {
	return g.l.state(schemas.Scope{Kind: schemas.ScopeCase, ID: g.id})
}

func (g guess) referral() *casefile.Referral { return g.state().Referral(g.in.Referral) }

// request is the open question who leads the case from here; some event when
// there is none.
func (g guess) request() string {
	if s := g.state(); s.Transfer != nil {
		return s.Transfer.Request
	}
	return g.event(schemas.ScopeCase, g.id)
}

func (g guess) receiver() string {
	return rapid.SampledFrom([]string{shelter, shelter, harbour}).Draw(g.t, "receiver")
}

func (g guess) event(kind schemas.ScopeKind, id string) string {
	ids := []string{schemas.DeriveEventID(epoch, "test", "", "nowhere", 0)}
	for _, f := range g.l.read(schemas.Scope{Kind: kind, ID: id}) {
		ids = append(ids, f.ID())
	}
	return rapid.SampledFrom(ids).Draw(g.t, "event")
}

func (g guess) offer() schemas.InOffer {
	r := g.referral()
	if r == nil || len(r.Offers) == 0 {
		return schemas.InOffer{InReferral: g.in}
	}
	return schemas.InOffer{InReferral: g.in, Offer: rapid.SampledFrom(r.Offers).Draw(g.t, "offer").ID}
}

func (g guess) citations() []schemas.Citation {
	var from []schemas.Citation
	for _, f := range g.l.read(schemas.Scope{Kind: schemas.ScopeInspection, ID: site}) {
		if rapid.Bool().Draw(g.t, "cited") {
			from = append(from, schemas.Citation{Inspection: site, Event: f.ID()})
		}
	}
	return from
}

var tries = map[string]func(guess) any{
	"finding.recorded": func(guess) any { return schemas.FindingRecorded{Area: province} },
	"case.opened": func(g guess) any {
		return schemas.CaseOpened{Kind: "person", Lead: labour, Areas: []schemas.Area{province}, From: g.citations()}
	},
	"screening.completed": func(guess) any { return schemas.ScreeningCompleted{} },
	"content.shared": func(g guess) any {
		return schemas.ContentShared{InReferral: g.in, To: g.receiver(), Seals: offerSealed}
	},
	"content.opened": func(g guess) any {
		return schemas.ContentOpened{Event: g.event(schemas.ScopeCase, g.id), Section: "offer", By: g.receiver()}
	},
	"referral.requested": func(g guess) any { return schemas.ReferralRequested{InReferral: g.in} },
	"referral.offered": func(g guess) any {
		return schemas.ReferralOffered{InReferral: g.in, To: g.receiver()}
	},
	"referral.no_receiver": func(g guess) any { return schemas.ReferralNoReceiver{InReferral: g.in} },
	"referral.delivered":   func(g guess) any { return schemas.ReferralDelivered{InOffer: g.offer()} },
	"referral.received":    func(g guess) any { return schemas.ReferralReceived{InOffer: g.offer()} },
	"referral.information_requested": func(g guess) any {
		return schemas.ReferralInformationRequested{InOffer: g.offer()}
	},
	"referral.information_provided": func(g guess) any {
		return schemas.ReferralInformationProvided{InOffer: g.offer()}
	},
	"referral.accepted":     func(g guess) any { return schemas.ReferralAccepted{InOffer: g.offer()} },
	"referral.declined":     func(g guess) any { return schemas.ReferralDeclined{InOffer: g.offer()} },
	"referral.contact_made": func(g guess) any { return schemas.ReferralContactMade{InReferral: g.in} },
	"referral.completed":    func(g guess) any { return schemas.ReferralCompleted{InReferral: g.in} },
	"referral.revoked":      func(g guess) any { return schemas.ReferralRevoked{InReferral: g.in} },
	"referral.withdrawn":    func(g guess) any { return schemas.ReferralWithdrawn{InReferral: g.in} },
	"referral.cancelled":    func(g guess) any { return schemas.ReferralCancelled{InReferral: g.in} },
	"referral.lapsed":       func(g guess) any { return schemas.ReferralLapsed{InOffer: g.offer()} },
	"finding.amended": func(g guess) any {
		return schemas.FindingAmended{Finding: g.event(schemas.ScopeInspection, site), FindingRecorded: schemas.FindingRecorded{Area: province}}
	},
	"finding.retracted": func(g guess) any {
		return schemas.FindingRetracted{Finding: g.event(schemas.ScopeInspection, site), Reason: "other"}
	},
	"case.restricted":         func(g guess) any { return schemas.CaseRestricted{Exclude: []string{g.receiver()}} },
	"case.closed":             func(guess) any { return schemas.CaseClosed{Reason: "settled", PersonTold: "yes"} },
	"case.reopened":           func(guess) any { return schemas.CaseReopened{Reason: "person_asks"} },
	"lead.transfer_requested": func(g guess) any { return schemas.LeadTransferRequested{To: g.receiver()} },
	"lead.transferred":        func(g guess) any { return schemas.LeadTransferred{Request: g.request()} },
}

var _ services.History = (*ledger)(nil)
var _ delivery.Citations = (*ledger)(nil)
var _ casefile.Directory = agencies(nil)
