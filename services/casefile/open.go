package casefile

import (
	"slices"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// addressees says for whom the sections of an event are sealed, by its type.
// Coordinators see events; no section is for them.
var addressees = map[string][]audience{
	"finding.recorded": to(author), "finding.amended": to(author), "tip.received": to(author),

	"case.opened": to(author), "screening.completed": to(author), "screening.amended": to(author),
	"content.recorded": to(author), "case.closed": to(author),
	"content.shared": to(author, sharedWith),

	"referral.information_requested":  to(offeree, sender),
	"referral.information_provided":   to(offeree, sender),
	"referral.declined":               to(offeree, sender),
	"referral.held":                   to(acceptor, sender),
	"referral.completed":              to(acceptor, sender),
	"referral.failed":                 to(acceptor, sender),
	"referral.rerouted":               to(author, sender),
	"referral.cancellation_requested": to(acceptor, sender),
	"referral.outcome_acknowledged":   to(acceptor, sender),
}

// SealedAt says where a sealed section lies: who put it into the vault, under
// which event and name, and the SHA-256 of its ciphertext.
type SealedAt struct {
	Author, Event, Section, Digest string
}

// MayOpen says whether the vault may hand a section to an agency. It answers
// Unknown alike when there is no such section and when the agency is none of
// those whom it is for, now.
func MayOpen(s *State, d Directory, agency string, r services.OpenRequest) (SealedAt, error) {
	s = s.enforced(d)
	f, ok := s.Fact(r.Event)
	if !ok || !s.isFor(d, f, agency) {
		return SealedAt{}, notVisible()
	}
	for _, sealed := range Sections(f) {
		if sealed.Section == r.Section && s.stillNeeded(f, agency, sealed) {
			return SealedAt{Author: f.Author(), Event: f.ID(), Section: sealed.Section, Digest: sealed.Digest}, nil
		}
	}
	return SealedAt{}, notVisible()
}

// isFor: a section is for whom it was sealed for, as long as that agency may see
// the event that names it.
func (s *State) isFor(d Directory, f services.Fact, agency string) bool {
	return s.admits(d, agency) && slices.Contains(s.addressees(f), agency) &&
		slices.Contains(s.audience(d, f, nil), agency)
}

// stillNeeded keeps from whoever cares for a person that has withdrawn what care
// does not need, and from whoever is only asked what waits for acceptance: it may
// have been shared when somebody said by mistake that the agency had accepted.
func (s *State) stillNeeded(f services.Fact, agency string, sealed schemas.Sealed) bool {
	r := s.turn(nil, f).r
	_, shared := f.Data.(schemas.ContentShared)
	switch {
	case r == nil || f.Author() == agency:
		return true
	case r.Cares(agency):
		return careNeeds(sealed)
	}
	return !shared || r.Acceptor == agency || offerNeeds(sealed)
}

// Sections returns the sealed sections that a fact names; none when it names none.
func Sections(f services.Fact) []schemas.Sealed {
	if in, ok := f.Data.(interface{ SealedSections() []schemas.Sealed }); ok {
		return in.SealedSections()
	}
	return nil
}

// Addressees are the agencies that the sections of a fact are sealed for, sorted,
// given what happened before it. Content that goes ahead of an offer is sealed
// for an agency that may not open it yet.
func Addressees(s *State, f services.Fact) []string {
	who := s.addressees(f)
	if shared, ok := f.Data.(schemas.ContentShared); ok {
		who = append(who, shared.To)
	}
	slices.Sort(who)
	return slices.DeleteFunc(slices.Compact(who), func(agency string) bool { return agency == "" })
}

func (s *State) addressees(f services.Fact) []string {
	t := s.turn(nil, f)
	if in, about := f.Data.(interface{ ReferralID() string }); about && in.ReferralID() != "" && t.r == nil {
		return nil // of a referral that is not there, or not shown
	}
	var who []string
	for _, in := range addressees[f.Name()] {
		who = append(who, in(t)...)
	}
	return slices.DeleteFunc(who, func(agency string) bool { return agency == "" })
}

// sectionIsStillFor refuses an opening that came too late: between the question
// and this fact the section stopped being for the opener.
func sectionIsStillFor(t *turn) error {
	data := t.f.Data.(schemas.ContentOpened)
	return refuseIf(t.s.ifAddressed(data.Event, data.By) == nil, "", "not_for_opener")
}

// opener sees that it opened a section for as long as the section is for it.
func opener(t *turn) []string {
	data := t.f.Data.(schemas.ContentOpened)
	return t.s.ifAddressed(data.Event, data.By)
}

// sectionAuthor sees who opened what it sealed.
func sectionAuthor(t *turn) []string {
	data := t.f.Data.(schemas.ContentOpened)
	named, ok := t.s.Fact(data.Event)
	if !ok {
		return nil
	}
	return t.s.ifAddressed(data.Event, named.Author())
}

func (s *State) ifAddressed(event, agency string) []string {
	named, ok := s.Fact(event)
	if !ok || !slices.Contains(s.addressees(named), agency) {
		return nil
	}
	return []string{agency}
}
