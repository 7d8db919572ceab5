package main

import (
	"slices"
	"strings"

	"github.com/saphan-project/saphan/services/casefile"
)

// telling is a step on its way to a note: with what came before and after it.
type telling struct {
	steps []casefile.Step
	at    int
	lang  string
}

func (t telling) step() casefile.Step { return t.steps[t.at] }

// notes says what the last column of a trace tells, by type of event. A type
// without a row has no note.
var notes = map[string]func(telling) string{
	"finding.recorded":               telling.found,
	"finding.amended":                telling.found,
	"tip.received":                   telling.codes,
	"screening.completed":            telling.sealed,
	"referral.requested":             telling.asked,
	"referral.offered":               telling.offered,
	"referral.received":              telling.afterOffer,
	"referral.claimed":               telling.afterOffer,
	"referral.declined":              telling.declined,
	"referral.information_requested": telling.paused,
	"referral.accepted":              telling.accepted,
	"referral.contact_made":          telling.met,
	"referral.completed":             telling.outcome,
	"referral.outcome_acknowledged":  telling.closed,
	"referral.failed":                telling.outcome,
}

// coded are the types whose note is what their codes say, beside those that notes
// tells more of.
var coded = []string{
	"finding.retracted", "tip.triaged", "tip.closed", "screening.decided",
	"case.unlinked", "case.stage_changed", "case.milestone", "case.closed", "case.reopened", "status.asserted",
	"referral.confirmed", "referral.held", "referral.cancellation_requested", "referral.revoked", "referral.rerouted",
	"person.told", "lead.declined", "duplicate.answered",
}

// note returns the note of a step, or "". What somebody recorded for an agency says
// who did, and how they were told.
func note(steps []casefile.Step, at int, lang string) string {
	t := telling{steps, at, lang}
	said := ""
	if tell, ok := notes[steps[at].Type]; ok {
		said = tell(t)
	} else if slices.Contains(coded, steps[at].Type) {
		said = t.codes()
	}
	parts := slices.DeleteFunc([]string{t.recordedBy(), said, t.to()}, func(s string) bool { return s == "" })
	return strings.Join(parts, " · ")
}

// to is the agency that the step names beside its own.
func (t telling) to() string {
	switch {
	case t.step().To == "":
		return ""
	case t.step().Type == "referral.declined":
		return say(t.lang, "suggests", t.step().To)
	}
	return "→ " + t.step().To
}

func (t telling) recordedBy() string {
	if t.step().By == "" {
		return ""
	}
	return say(t.lang, "by", t.step().By, label("channel", t.step().Channel, t.lang))
}

func (t telling) codes() string { return strings.Join(labels(t.step().Codes, t.lang), ", ") }

func (t telling) found() string { return strings.Join(t.of("violation"), ", ") }

func (t telling) sealed() string {
	if len(t.step().Sealed) == 0 {
		return ""
	}
	return say(t.lang, "sealed")
}

// of returns the labels of the step's codes from one list.
func (t telling) of(list string) []string {
	var refs []casefile.CodeRef
	for _, r := range t.step().Codes {
		if r.List == list {
			refs = append(refs, r)
		}
	}
	return labels(refs, t.lang)
}

// asked says what was asked for: "shelter, Burmese spoken · emergency".
func (t telling) asked() string {
	what := t.of("service")
	for _, l := range t.of("language") {
		what = append(what, say(t.lang, "spoken", l))
	}
	parts := append([]string{strings.Join(what, ", ")}, t.of("priority")...)
	for _, may := range t.of("permitted_action") {
		parts = append(parts, say(t.lang, "permitted", may))
	}
	return strings.Join(parts, " · ")
}

// offered says why it was offered there. Where that is the same as for the
// offer before, it is not said again.
func (t telling) offered() string {
	now := t.step()
	for _, st := range slices.Backward(t.steps[:t.at]) {
		if st.Type == now.Type && st.Referral == now.Referral {
			if slices.Equal(st.Codes, now.Codes) {
				return ""
			}
			break
		}
	}
	why := []string{t.service()}
	for _, list := range []string{"area", "language", "match"} {
		why = append(why, t.of(list)...)
	}
	return strings.Join(slices.DeleteFunc(why, func(s string) bool { return s == "" }), ", ")
}

// service names the service and its kind: "shelter for children".
func (t telling) service() string {
	service, kind := strings.Join(t.of("service"), ", "), strings.Join(t.of("service_subtype"), ", ")
	if service == "" || kind == "" {
		return service + kind
	}
	for _, r := range t.step().Codes {
		if phrase := "kind." + r.Code; r.List == "service" && say(t.lang, phrase) != "" {
			return say(t.lang, phrase, service, kind)
		}
	}
	return say(t.lang, "kind", service, kind)
}

// afterOffer says how long the receiver took, once for what it did in one minute.
func (t telling) afterOffer() string {
	now := t.step()
	for _, st := range slices.Backward(t.steps[:t.at]) {
		if !minute(st).Equal(minute(now)) {
			break
		}
		if st.Type == "referral.received" && st.Agency == now.Agency && st.Referral == now.Referral {
			return ""
		}
	}
	return t.took("after_offer")
}

// took says how long it took, where the beginning is known.
func (t telling) took(phrase string) string {
	if t.step().Took <= 0 {
		return ""
	}
	return say(t.lang, phrase, span(t.lang, t.step().Took))
}

// declined says why, and that somebody else was asked.
func (t telling) declined() string {
	now := t.step()
	for _, st := range t.steps[t.at+1:] {
		if st.Type == "referral.offered" && st.Referral == now.Referral {
			return say(t.lang, "next", t.codes())
		}
	}
	return t.codes()
}

func (t telling) paused() string {
	if !t.step().Paused {
		return ""
	}
	return say(t.lang, "paused")
}

func (t telling) accepted() string { return join(t.took("after_filing"), t.limit()) }

func (t telling) met() string { return join(say(t.lang, "first_contact"), t.limit()) }

func (t telling) limit() string {
	p := t.step().Limit
	if p == nil {
		return ""
	}
	return say(t.lang, "limit", limit(t.lang, *p))
}

func (t telling) outcome() string {
	if len(t.step().Sealed) == 0 {
		return ""
	}
	return say(t.lang, "outcome")
}

func (t telling) closed() string { return t.took("loop") }

// join puts a space between what there is.
func join(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " ")
}
