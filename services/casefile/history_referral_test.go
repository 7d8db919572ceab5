package casefile_test

import (
	"fmt"
	"slices"

	"github.com/saphan-project/saphan/services/casefile"
)

func (h *history) ofTheOffer(r *casefile.Referral, o *casefile.Offer) []move {
	in := fmt.Sprintf("referral=%s offer=%s", r.ID, o.ID)
	share := move{r.Sender, "content.shared", "P1", "referral=" + r.ID + " to=" + o.To}
	opened := move{"hub:vault", "content.opened", "P1", "event=content.shared section=offer purpose=decide by=" + o.To}
	if o.Stage != casefile.Open {
		return []move{share, opened, {o.To, "referral.accepted", "P1", in}}
	}
	moves := []move{
		share, opened,
		{o.To, "referral.delivered", "P1", in}, {o.To, "referral.received", "P1", in}, {o.To, "referral.claimed", "P1", in},
		{o.To, "referral.information_requested", "P1", in}, {o.To, "referral.information_requested", "P1", in},
		{o.To, "referral.accepted", "P1", in}, {o.To, "referral.accepted", "P1", in}, {o.To, "referral.accepted", "P1", in},
		{r.Sender, "referral.accepted", "P1", in + " on_behalf_of=" + o.To},
		{o.To, "referral.declined", "P1", in + " reason=wrong_receiver suggests=" + h.anybody()},
		{r.Sender, "referral.declined", "P1", in + " reason=other suggests=stranger-one on_behalf_of=" + o.To},
		{"hub:deadline", "referral.lapsed", "P1", in},
		{o.To, "referral.rerouted", "P1", "referral=" + r.ID + " sealed=feedback to=" + h.anybody()},
		{o.To, "referral.withdrawn", "P1", "referral=" + r.ID},
	}
	if o.Paused {
		provided := move{r.Sender, "referral.information_provided", "P1", in}
		moves = append(moves, provided, provided, provided)
	}
	return moves
}

func (h *history) ofTheAcceptor(r *casefile.Referral) []move {
	in := "referral=" + r.ID
	var moves []move
	verbs := []string{
		"contact_scheduled", "contact_unattended", "contact_unattended", "contact_made", "started", "held", "held", "held",
		"completed", "completed", "failed", "cancelled", "cancelled",
	}
	if r.Met {
		verbs = append(verbs, slices.Repeat([]string{"withdrawn"}, 6)...)
	}
	if r.Stage == casefile.OnHold {
		verbs = append(verbs, slices.Repeat([]string{"resumed"}, 15)...)
	}
	for _, verb := range verbs {
		moves = append(moves, move{r.Acceptor, "referral." + verb, "P1", in})
	}
	moves = append(moves,
		move{r.Sender, "referral.contact_made", "P1", in + " on_behalf_of=" + r.Acceptor},
		move{r.Sender, "referral.completed", "P1", in + " on_behalf_of=" + r.Acceptor},
		move{r.Acceptor, "referral.withdrawn", "P1", in},
		move{r.Acceptor, "referral.declined", "P1", in + " reason=other suggests=stranger-one offer=" + r.Acceptor},
		move{r.Sender, "referral.cancellation_requested", "P1", in},
		move{r.Sender, "content.shared", "P1", in + " sealed=account,contact to=" + r.Acceptor},
		move{r.Acceptor, "status.asserted", "P1", "status=actual"},
		move{r.Acceptor, "case.stage_changed", "P1", "stage=identified"},
		move{"hub:vault", "content.opened", "P1", "event=content.shared section=contact purpose=protect by=" + r.Acceptor})
	return moves
}

// ofTheAnswers confirms, or not, what was recorded for an agency.
func (h *history) ofTheAnswers(r *casefile.Referral) []move {
	var moves []move
	for _, f := range h.s.Facts {
		in, about := f.Data.(interface{ ReferralID() string })
		by, acts := f.Data.(interface{ ActsFor() string })
		if about && acts && in.ReferralID() == r.ID && by.ActsFor() != "" && h.s.Replaced[f.ID()] == "" {
			correct := pick(h, []string{"yes", "no"})
			pairs := fmt.Sprintf("referral=%s answer=%s correct=%s", r.ID, f.ID(), correct)
			moves = append(moves, move{by.ActsFor(), "referral.confirmed", "P1", pairs})
		}
	}
	return moves
}
