package desk

import (
	"context"
	"slices"
	"strings"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
)

// namesSections reports whether the sections of a posted event become sealed
// sections of that event. The offer of a request does not: it is kept, and
// shared by events of its own.
func namesSections(typ string) bool { return typ != referralRequested }

// sealPost seals the sections of a post to those whom they are for.
func (s *Service) sealPost(ctx context.Context, o schemas.Open) ([]Kept, error) {
	if len(o.Sections) == 0 {
		return nil, nil
	}
	agencies, err := s.addressees(ctx, o)
	if err != nil {
		return nil, err
	}
	recipients, err := s.recipients(ctx, agencies...)
	if err != nil {
		return nil, err
	}
	kept := make([]Kept, 0, len(o.Sections))
	for _, name := range sectionsIn(o) {
		k := Kept{Case: o.Subject, Event: o.ID, Section: name, Vault: namesSections(o.Type)}
		if k.Ciphertext, err = s.Sealer.Seal(s.header(k), o.Sections[name], recipients); err != nil {
			return nil, err
		}
		kept = append(kept, k)
	}
	return kept, nil
}

// addressees are the agencies that the sections of a post are for, the own one
// first: what it says about a referral is for another one as well. It is Unknown
// for a referral that is not in the view, and a Conflict when nobody else is on
// the other side: sealed to the own agency alone, nobody there could read it.
func (s *Service) addressees(ctx context.Context, o schemas.Open) ([]string, error) {
	own := []string{s.Agency}
	if !namesSections(o.Type) {
		return own, nil
	}
	f, err := s.candidate(o)
	if err != nil {
		return nil, err
	}
	facts, err := s.facts(ctx, o.Subject)
	if err != nil {
		return nil, err
	}
	st := casefile.Fold(facts)
	in, about := f.Data.(interface{ ReferralID() string })
	if about && st.Referral(in.ReferralID()) == nil {
		return nil, notVisible()
	}
	others := slices.DeleteFunc(casefile.Addressees(st, f), func(agency string) bool { return agency == s.Agency })
	if shared, ok := f.Data.(schemas.ContentShared); ok && shared.To == s.Agency {
		return nil, services.RefuseInput(schemas.Problems{{Pointer: "/data/to", Code: "self"}})
	}
	if about && len(others) == 0 {
		return nil, services.RefuseIn(stateFor(st.Referral(in.ReferralID()), s.Agency), codeNoAddressee)
	}
	return append(own, others...), nil
}

// candidate is the fact that a post would become, before anything is sealed.
func (s *Service) candidate(o schemas.Open) (services.Fact, error) {
	e, err := schemas.Draft{
		ID: o.ID, Author: s.party(), Type: o.Type, Subject: o.Subject, Time: o.Time, Cause: o.Cause, Data: o.Data,
	}.Event()
	if err != nil {
		return services.Fact{}, services.Because(services.Internal, "draft", err)
	}
	t, _ := schemas.TypeNamed(o.Type)
	data, err := t.Payload(o.Data)
	if err != nil {
		return services.Fact{}, services.Because(services.Internal, "data", err)
	}
	return services.Fact{Event: e, Data: data}, nil
}

// header returns where a section of this agency belongs.
func (s *Service) header(k Kept) SectionHeader {
	return SectionHeader{Case: k.Case, Event: k.Event, Section: k.Section, Sender: s.Agency}
}

// sealedOf lists what an event names: section and digest of what the vault gets.
func sealedOf(kept []Kept) []schemas.Sealed {
	var sealed []schemas.Sealed
	for _, k := range kept {
		if k.Vault {
			sealed = append(sealed, schemas.Sealed{Section: k.Section, Digest: schemas.Digest(k.Ciphertext)})
		}
	}
	return sealed
}

// recipients returns the sealing and recovery keys of agencies. When one of them
// is not known, the directory is asked once. It is Unknown when there is no such
// agency even then; Later when it has no key, since one may come, and when the
// hub is away.
func (s *Service) recipients(ctx context.Context, agencies ...string) ([]string, error) {
	var keys []string
	for _, agency := range agencies {
		found := s.sealingKeys(agency)
		if len(found) == 0 {
			if err := s.refresh(ctx); err != nil {
				return nil, err
			}
			found = s.sealingKeys(agency)
		}
		if _, there := s.Directory.Agency(agency); !there {
			return nil, notVisible()
		}
		if len(found) == 0 {
			return nil, services.Refuse(services.Later, codeKeys)
		}
		keys = append(keys, found...)
	}
	return keys, nil
}

// sealingKeys returns nothing for an agency without a sealing key: its recovery
// key alone would let nobody there read.
func (s *Service) sealingKeys(agency string) []string {
	a, _ := s.Directory.Agency(agency)
	var keys []string
	current := false
	for _, k := range a.Keys {
		if k.Use == "sealing" || k.Use == "recovery" {
			keys = append(keys, k.Key)
			current = current || k.Use == "sealing"
		}
	}
	if !current {
		return nil
	}
	return keys
}

// OpenInput says which section is to be opened, and what for.
type OpenInput struct {
	Case    string `json:"case"`    // id or reference, of an own inspection, too
	Event   string `json:"event"`   // that names the section; empty: the latest that does
	Section string `json:"section"` // as in "offer"
	Purpose string `json:"purpose"` // a code of the list purpose
}

// OpenSection returns the plaintext of a section, a JSON object that fits the
// section's schema. What this agency sealed is opened from its own store; that is
// how the sections of its inspections are read again. All else comes from the
// vault, where it is recorded that it was opened; opening the offer of a referral
// that nobody here has opened yet files referral.received first. It is Unknown when
// there is no such section or it is not for this agency, Later when the hub is away.
func (s *Service) OpenSection(ctx context.Context, in OpenInput) ([]byte, error) {
	st, err := s.opened(ctx, in.Case)
	if err != nil {
		return nil, err
	}
	f, sealed, ok := find(st, in)
	if !ok {
		return s.ownOffer(ctx, st, in)
	}
	ciphertext, err := s.ciphertext(ctx, st, f, services.OpenRequest{
		Case: st.Scope.ID, Event: f.ID(), Section: in.Section, Purpose: in.Purpose,
	})
	if err != nil {
		return nil, err
	}
	return s.plain(f, sealed, ciphertext)
}

// opened folds the case that a name means, or else the inspection.
func (s *Service) opened(ctx context.Context, name string) (*casefile.State, error) {
	c, err := s.Case(ctx, name)
	if err == nil {
		return s.state(ctx, c.ID)
	}
	prefix, ok := prefixOf(name)
	if services.KindOf(err) != services.Unknown || !ok {
		return nil, err
	}
	facts, err := s.View.Facts(ctx, schemas.Scope{Kind: schemas.ScopeInspection})
	if err != nil {
		return nil, err
	}
	var ids []string
	facts = slices.DeleteFunc(facts, func(f services.Fact) bool { return !strings.HasPrefix(f.Scope().ID, prefix) })
	for _, f := range facts {
		ids = append(ids, f.Scope().ID)
	}
	slices.Sort(ids)
	switch ids = slices.Compact(ids); len(ids) {
	case 0:
		return nil, notVisible()
	case 1:
		return casefile.Fold(facts), nil
	}
	return nil, services.Refuse(services.Conflict, codeAmbiguous)
}

// ownOffer opens the offer of a request of this agency, which names no section: it
// is kept here, and shared by events of its own.
func (s *Service) ownOffer(ctx context.Context, st *casefile.State, in OpenInput) ([]byte, error) {
	for _, f := range slices.Backward(st.Facts) {
		if f.Name() != referralRequested || f.Author() != s.Agency || in.Event != "" && in.Event != f.ID() {
			continue
		}
		kept, err := s.Store.OfEvent(ctx, f.ID())
		if err != nil {
			return nil, err
		}
		plain, err := s.openKept(kept)
		if err != nil {
			return nil, err
		}
		if section, ok := plain[in.Section]; ok {
			return section, nil
		}
	}
	return nil, notVisible()
}

// find picks the event and the section that the input means.
func find(st *casefile.State, in OpenInput) (services.Fact, schemas.Sealed, bool) {
	for _, f := range slices.Backward(st.Facts) {
		if in.Event != "" && f.ID() != in.Event {
			continue
		}
		for _, sealed := range casefile.Sections(f) {
			if sealed.Section == in.Section {
				return f, sealed, true
			}
		}
	}
	return services.Fact{}, schemas.Sealed{}, false
}

// ciphertext gets a section from the own store, or else from the vault.
func (s *Service) ciphertext(ctx context.Context, st *casefile.State, f services.Fact, r services.OpenRequest) ([]byte, error) {
	if f.Author() == s.Agency {
		kept, err := s.Store.OfEvent(ctx, f.ID())
		if err != nil {
			return nil, err
		}
		for _, k := range kept {
			if k.Section == r.Section {
				return k.Ciphertext, nil
			}
		}
	}
	if f.Scope().Kind != schemas.ScopeCase {
		return nil, notVisible() // what was found at a site is sealed to who found it
	}
	if err := s.receive(ctx, st, f); err != nil {
		return nil, err
	}
	reply, err := s.Bus.Open(ctx, r)
	return reply.Ciphertext, err
}

// receive files that the offer was opened, if the fact brings the content of an
// offer to this agency that nobody here has opened. That the offer is closed
// meanwhile is for the vault to say.
func (s *Service) receive(ctx context.Context, st *casefile.State, f services.Fact) error {
	shared, ok := f.Data.(schemas.ContentShared)
	if !ok || shared.To != s.Agency {
		return nil
	}
	r := st.Referral(shared.Referral)
	if r == nil {
		return nil
	}
	o := openTo(r, s.Agency)
	if o == nil || o.Received {
		return nil
	}
	_, err := s.Act(ctx, "receive", r.ID, ActInput{Case: st.Scope.ID, Offer: o.ID})
	if services.KindOf(err) == services.Conflict {
		return nil
	}
	return err
}
