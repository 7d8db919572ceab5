package casefile_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
)

// wideWorld is a directory with two provinces, a line of command, an independent
// coordinator and somebody who has nothing to do with anything.
func wideWorld(t *testing.T) *world {
	w := newWorld(t)
	for _, line := range []string{
		"coordinator-free coordinator TH-10 independent",
		"coordinator-one coordinator TH-74",
		"coordinator-two coordinator TH-57",
		"labour-one labour_office TH-74 labour_rights/capacity/th",
		"labour-two labour_office TH-57",
		"panel-one panel TH-74 identification/capacity/th",
		"police-head police TH-74 investigation/capacity/th/duty",
		"police-unit police TH-74 investigation/ask/th/duty parent=police-head",
		"shelter-a shelter TH-74 shelter/capacity/my",
		"shelter-b shelter TH-74 shelter/ask/my",
		"shelter-c shelter TH-57,TH-74 shelter/waitlist/th",
		"stranger-one ngo TH-83 psychosocial/capacity/th",
	} {
		w.register(line)
	}
	return w
}

// history is one random case, its inspection and an agency of the directory, all
// in the making.
type history struct {
	*world
	rt    *rapid.T
	rand  *rand.Rand // rapid's own draws favour what comes first
	clock time.Time
	s     *casefile.State // of the case, now
}

// randomHistory files what is likely, and now and then what is not, as far as the
// rules let it.
func randomHistory(t *testing.T, rt *rapid.T) *history {
	w := wideWorld(t)
	seed := rapid.Uint64().Draw(rt, "seed")
	h := &history{world: w, rt: rt, rand: rand.New(rand.NewPCG(seed, 0)), clock: w.instant("09:00")}
	for _, m := range h.beginning() {
		h.try(m)
	}
	for range steps(rt) {
		h.s = w.caseState("P1")
		m := pick(h, h.likely())
		if h.chance(10) {
			m.who = pick(h, w.agencies).ID
		}
		h.try(m)
	}
	if h.chance(4) {
		h.withdrawInCare()
	}
	h.s = w.caseState("P1")
	return h
}

// withdrawInCare ends a history where chance alone seldom does: whoever has met
// the person hears that they do not want it any more.
func (h *history) withdrawInCare() {
	h.s = h.caseState("P1")
	for _, r := range h.s.Referrals {
		for _, o := range r.OpenOffers() {
			about := "referral=" + r.ID
			for _, typ := range []string{"referral.accepted", "referral.contact_made", "referral.withdrawn"} {
				h.try(move{o.To, typ, "P1", about})
			}
		}
	}
}

// steps draws how long a history is: mostly long, and shorter while a failure is
// narrowed down.
func steps(rt *rapid.T) int {
	one := rapid.IntRange(1, 150)
	return max(one.Draw(rt, "steps"), one.Draw(rt, "or"), one.Draw(rt, "or"))
}

func pick[T any](h *history, from []T) T { return from[h.rand.IntN(len(from))] }

func (h *history) chance(oneIn int) bool { return h.rand.IntN(oneIn) == 0 }

// move is one line of a story: who says what.
type move struct{ who, typ, scope, pairs string }

// try files a move and what routing makes of it; a refusal is fine.
func (h *history) try(m move) {
	gap := []time.Duration{time.Minute, 25 * time.Minute, 12 * 24 * time.Hour}
	h.clock = h.clock.Add(pick(h, gap))
	head := []string{m.who, m.typ, m.scope}
	d := schemas.Draft{
		Author: schemas.Party{Agency: m.who}, Type: m.typ, Subject: h.id(m.scope), Time: h.clock,
		Data: h.payload(head, strings.Fields(m.pairs)),
	}
	if service, ok := strings.CutPrefix(m.who, "hub:"); ok {
		d.Author = schemas.Party{Service: service}
	}
	fact, err := h.file(d)
	if services.KindOf(err) == services.Internal {
		h.rt.Fatalf("%s by %s: %v", m.typ, m.who, err)
	}
	if err == nil {
		h.settle(fact)
	}
}

// beginning is what every history may begin with.
func (h *history) beginning() []move {
	begin := []move{
		{"labour-one", "visit.recorded", "I1", ""},
		{"labour-one", "finding.recorded", "I1", "visit=visit.recorded"},
		{"labour-one", "tip.received", "I1", "sealed=account"},
		{"labour-one", "case.opened", "P1", "from=I1 sealed=contact batch=B1"},
		{"labour-one", "case.opened", "P2", "from=I1 batch=B1"},
		{"labour-one", "referral.requested", "P1", "referral=R1 batch=B1"},
		{"labour-one", "referral.requested", "P1", "referral=R2 batch=B1 service=investigation"},
	}
	if h.chance(5) {
		begin = slices.Insert(begin, 3, move{"labour-one", "case.restricted", "P1", "exclude=police-head"})
	}
	return begin
}

// likely are the moves that the present state suggests, about one thing or
// another; what leads on stands among them more than once, what ends something
// once.
func (h *history) likely() []move {
	topics := []func() []move{h.ofTheSite, h.ofTheLead, h.ofTheLead, h.ofTheRequests, h.ofTheTransfer, h.ofTheDirectory}
	for _, r := range h.s.Referrals {
		topic := func() []move { return h.ofTheReferral(r) }
		topics = append(topics, topic)
		if r.IsOpen() || r.Stage == casefile.Completed || r.Stage == casefile.Failed {
			topics = append(topics, topic, topic, topic)
		}
	}
	if moves := pick(h, topics)(); len(moves) > 0 {
		return moves
	}
	return h.ofTheSite()
}

func (h *history) ofTheDirectory() []move {
	if len(h.history(schemas.Scope{Kind: schemas.ScopeAgency, ID: "shelter-new"})) == 0 {
		return []move{{"hub:operator", "agency.registered", "shelter-new", `services=[{"service":"shelter","capacity":"ask"}]`}}
	}
	return []move{
		{"hub:operator", "agency.changed", "shelter-new", "status=active"},
		{"shelter-new", "agency.capacity_changed", "shelter-new", "service=shelter capacity=none"},
	}
}

func (h *history) ofTheSite() []move {
	return []move{
		{"labour-one", "finding.amended", "I1", "finding=finding.recorded"},
		{"labour-one", "finding.retracted", "I1", "finding=finding.amended reason=other"},
		{"labour-one", "tip.triaged", "I1", "tip=tip.received outcome=opened"},
		{"labour-one", "tip.closed", "I1", "tip=tip.received reason=other"},
	}
}

func (h *history) ofTheLead() []move {
	lead, about := h.s.Owner, pick(h, h.s.Facts)
	if h.s.Closed { // it mostly stays so for a while, or few histories would end closed
		told := move{lead, "person.told", "P1", "told=yes about=" + about.ID()}
		return []move{{lead, "case.reopened", "P1", ""}, {"coordinator-one", "case.reopened", "P1", ""}, told, told, told, told}
	}
	next := pick(h, append(schemas.NextStages(h.s.Stage), "identified"))
	moves := []move{
		{lead, "screening.completed", "P1", ""},
		{lead, "screening.amended", "P1", "screening=" + h.s.Screening},
		{lead, "screening.decided", "P1", "decision=refer screening=" + h.s.Screening},
		{lead, "content.recorded", "P1", ""},
		{lead, "case.linked", "P1", "case=P2"}, {lead, "case.unlinked", "P1", "case=P2"},
		{lead, "case.stage_changed", "P1", "stage=" + next},
		{lead, "status.asserted", "P1", "status=possible"},
		{lead, "person.told", "P1", "told=yes about=" + about.ID()},
		{lead, "case.closed", "P1", "person_told=yes"}, {lead, "case.closed", "P1", "person_told=yes"},
		{lead, "case.closed", "P1", "person_told=no reason=lost_contact"},
		{"coordinator-one", "duplicate.asked", "P1", "case=P2 with=labour-two"},
		{lead, "duplicate.answered", "P1", "answer=same asked=duplicate.asked"},
		{h.anybody(), "case.opened", "P1", "origin=self"},
	}
	if !slices.ContainsFunc(h.s.Referrals, (*casefile.Referral).IsOpen) {
		moves = append(moves, slices.Repeat([]move{{lead, "case.closed", "P1", "person_told=yes"}}, 10)...)
	}
	if screening := h.s.Screening; screening == "" {
		moves = slices.DeleteFunc(moves, func(m move) bool { return strings.HasSuffix(m.pairs, "screening=") })
	}
	if h.chance(10) {
		out := pick(h, []string{"police-head", "shelter-a", "coordinator-one", "shelter-c"})
		by := pick(h, []string{lead, "coordinator-free"})
		moves = append(moves, move{by, "case.restricted", "P1", "exclude=" + out})
	}
	return moves
}

// ofTheRequests asks for one thing more, now and then instead of, or after, what
// was asked before.
func (h *history) ofTheRequests() []move {
	id := fmt.Sprintf("R%d", len(h.s.Referrals)+1)
	service := pick(h, []string{"shelter", "investigation", "identification", "labour_rights"})
	moves := []move{{h.s.Owner, "referral.requested", "P1", "service=" + service + " referral=" + id}}
	for _, r := range h.s.Referrals {
		link := pick(h, []string{" part_of=", " replaces="})
		moves = append(moves, move{h.s.Owner, "referral.requested", "P1", "service=" + service + " referral=" + id + link + r.ID})
	}
	return moves
}

func (h *history) anybody() string {
	return pick(h, h.agencies).ID
}

func (h *history) ofTheTransfer() []move {
	if h.s.Transfer == nil {
		to := pick(h, []string{"labour-one", "labour-two", "shelter-b"})
		moves := []move{{h.s.Owner, "lead.transfer_requested", "P1", "to=" + to}}
		if n := len(h.s.Former); n > 0 {
			moves = append(moves, move{h.s.Former[n-1].Agency, "content.shared", "P1", "sealed=identity to=" + h.s.Owner})
		}
		return moves
	}
	pairs := "request=" + h.s.Transfer.Request
	return []move{
		{h.s.Transfer.To, "lead.transferred", "P1", pairs},
		{h.s.Transfer.To, "lead.transferred", "P1", pairs},
		{h.s.Transfer.To, "lead.declined", "P1", pairs},
		{h.s.Owner, "lead.declined", "P1", pairs},
	}
}

// ofTheReferral are the moves about one referral.
func (h *history) ofTheReferral(r *casefile.Referral) []move {
	in := "referral=" + r.ID
	moves := []move{{r.Sender, "referral.entered_in_error", "P1", in}}
	if !h.chance(4) {
		moves = nil
	}
	if r.IsOpen() {
		end := pick(h, []string{"referral.revoked", "referral.withdrawn", "referral.cancelled"})
		moves = append(moves, move{r.Sender, end, "P1", in})
	}
	for _, o := range r.Offers {
		moves = append(moves, h.ofTheOffer(r, o)...)
	}
	moves = append(moves, h.ofTheAnswers(r)...)
	switch {
	case r.Active():
		moves = append(moves, h.ofTheAcceptor(r)...)
	case r.IsOpen():
		to := h.anybody()
		moves = append(moves,
			move{"coordinator-one", "referral.assigned", "P1", in + " to=" + to},
			move{"hub:routing", "referral.offered", "P1", in + " to=" + to},
			move{"hub:routing", "referral.no_receiver", "P1", in})
	case r.Stage == casefile.Completed || r.Stage == casefile.Failed:
		moves = append(moves, move{r.Sender, "referral.withdrawn", "P1", in}, move{r.Sender, "referral.outcome_acknowledged", "P1", in}, move{r.Sender, "referral.outcome_acknowledged", "P1", in})
	}
	return moves
}
