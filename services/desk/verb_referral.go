package desk

import (
	"context"
	"slices"

	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
)

// latestOffer is the offer that an agency answers.
var latestOffer = (*casefile.Referral).OfferTo

// verbs are the words about a referral.
var verbs = []verb{
	{name: "receive", typ: referralReceived, offer: latestOffer, behalf: true, once: true},
	{name: "claim", typ: "referral.claimed", offer: latestOffer, behalf: true, data: []string{"answer_by"}},
	{name: "ask", typ: "referral.information_requested", offer: latestOffer, behalf: true,
		feedback: "question", said: plainWords},
	{name: "answer", typ: "referral.information_provided", feedback: "answer", said: plainWords,
		offer: func(r *casefile.Referral, _ string) *casefile.Offer { return paused(r) }},
	{name: "share", typ: contentShared, data: []string{"to"}, shares: true, fill: fillHolder},
	{name: "accept", typ: referralAccepted, offer: latestOffer, behalf: true},
	{name: "decline", typ: "referral.declined", offer: latestOffer, behalf: true,
		data: []string{"reason", "suggests"}, needs: []string{"reason"},
		feedback: "reason", said: []string{"text", "real_reason", "person_told"}},
	{name: "assign", typ: referralAssigned, data: []string{"to"}, needs: []string{"to"}},
	{name: "confirm", typ: "referral.confirmed", data: []string{"answer", "correct"}, needs: []string{"correct"},
		fill: fillAnswer},
	{name: "schedule", typ: "referral.contact_scheduled", behalf: true},
	{name: "miss", typ: "referral.contact_unattended", behalf: true},
	{name: "meet", typ: "referral.contact_made", behalf: true},
	{name: "start", typ: "referral.started"},
	{name: "hold", typ: "referral.held", data: []string{"reason", "review_by"}, needs: []string{"reason", "review_by"},
		feedback: "reason", said: whyWords},
	{name: "resume", typ: "referral.resumed"},
	{name: "complete", typ: "referral.completed", behalf: true, feedback: "outcome", said: outcomeSaid},
	{name: "fail", typ: "referral.failed", behalf: true, feedback: "outcome", said: outcomeSaid},
	{name: "acknowledge", typ: "referral.outcome_acknowledged", feedback: "acknowledgement", said: plainWords},
	{name: "stop", typ: "referral.cancellation_requested", data: []string{"reason"}, needs: []string{"reason"},
		feedback: "reason", said: whyWords},
	{name: "cancel", typ: "referral.cancelled"},
	{name: "withdraw", typ: "referral.withdrawn"},
	{name: "reroute", typ: referralRerouted, data: []string{"to", "reason"}, needs: []string{"to", "reason"},
		feedback: "reason", said: whyWords},
	{name: "revoke", typ: "referral.revoked", data: []string{"reason"}, needs: []string{"reason"}},
	{name: "mistake", typ: "referral.entered_in_error"},
}

// fillHolder shares with whoever holds the referral when nobody is named: the
// acceptor, or the one agency that is asked.
func fillHolder(s *Service, _ context.Context, t target, in ActInput, data map[string]any) error {
	if in.To != "" {
		return nil
	}
	holders := holdersOf(t.r)
	if len(holders) != 1 {
		return services.RefuseIn(stateFor(t.r, s.Agency), codeNoAddressee)
	}
	data["to"] = holders[0]
	return nil
}

// holdersOf are the agencies for whom content of a referral is now: the acceptor,
// or those that are asked.
func holdersOf(r *casefile.Referral) []string {
	if r.Acceptor != "" && r.Holds(r.Acceptor) {
		return []string{r.Acceptor}
	}
	var who []string
	for _, o := range r.OpenOffers() {
		if r.Holds(o.To) && !slices.Contains(who, o.To) {
			who = append(who, o.To)
		}
	}
	return who
}

// fillAnswer takes the latest answer that somebody recorded for this agency and
// that it has not confirmed.
func fillAnswer(s *Service, _ context.Context, t target, in ActInput, data map[string]any) error {
	if in.Answer != "" {
		return nil
	}
	f, ok := unconfirmed(t.st, t.r.ID, s.Agency)
	if !ok {
		return services.RefuseIn(stateFor(t.r, s.Agency), codeNotAsked)
	}
	data["answer"] = f.ID()
	return nil
}

// unconfirmed finds the latest answer about a referral that was recorded for an
// agency and that it has neither confirmed nor denied.
func unconfirmed(st *casefile.State, referral, agency string) (services.Fact, bool) {
	for _, f := range slices.Backward(st.Facts) {
		in, about := f.Data.(interface{ ReferralID() string })
		if about && in.ReferralID() == referral && actsFor(f) == agency && st.Replaced[f.ID()] == "" {
			return f, true
		}
	}
	return services.Fact{}, false
}

// actsFor is the agency for which somebody else recorded the fact; "" when it
// speaks for itself.
func actsFor(f services.Fact) string {
	if in, ok := f.Data.(interface{ ActsFor() string }); ok {
		return in.ActsFor()
	}
	return ""
}
