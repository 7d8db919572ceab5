package desk

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
)

// about is what a payload is about; empty where it does not say.
type about struct {
	Referral string `json:"referral"`
	Offer    string `json:"offer"`
	To       string `json:"to"`
}

// otherSides says for whom, beside the own agency, the sections of a posted
// event are: a row for each type whose sections leave the agency. The sections
// of the other types stay with it.
var otherSides = map[string]func(about, *casefile.Referral) string{
	contentShared:                    func(a about, _ *casefile.Referral) string { return a.To },
	"referral.information_requested": sender,
	"referral.information_provided":  offeree,
	"referral.declined":              sender,
	"referral.completed":             sender,
	"referral.outcome_acknowledged":  acceptor,
}

func sender(_ about, r *casefile.Referral) string   { return r.Sender }
func acceptor(_ about, r *casefile.Referral) string { return r.Acceptor }

func offeree(a about, r *casefile.Referral) string {
	if o := r.Offer(a.Offer); o != nil {
		return o.To
	}
	return ""
}

// namesSections reports whether the sections of a posted event become sealed
// sections of that event. The offer of a request does not: it is kept, and
// shared by events of its own.
func namesSections(typ string) bool { return typ != referralRequested }

// sealPost seals the sections of a post to the own agency and to the other side.
func (s *Service) sealPost(ctx context.Context, o schemas.Open) ([]Kept, error) {
	if len(o.Sections) == 0 {
		return nil, nil
	}
	agencies := []string{s.Agency}
	if side, ok := otherSides[o.Type]; ok {
		other, err := s.otherSide(ctx, o, side)
		if err != nil {
			return nil, err
		}
		agencies = append(agencies, other)
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

func (s *Service) otherSide(ctx context.Context, o schemas.Open, side func(about, *casefile.Referral) string) (string, error) {
	var a about
	if err := json.Unmarshal(o.Data, &a); err != nil {
		return "", services.Refuse(services.Internal, "data")
	}
	st, err := s.state(ctx, o.Subject)
	if err != nil {
		return "", err
	}
	if r := st.Referral(a.Referral); r != nil {
		if other := side(a, r); other != "" {
			return other, nil
		}
	}
	return "", notVisible()
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
// is not known, the directory is asked once; it is Unknown when it has no key
// even then, Later when the hub is away.
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
		if len(found) == 0 {
			return nil, services.Refuse(services.Unknown, codeKeys)
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
	Case    string `json:"case"`    // id, or reference
	Event   string `json:"event"`   // that names the section; empty: the latest that does
	Section string `json:"section"` // as in "offer"
	Purpose string `json:"purpose"` // a code of the list purpose
}

// OpenSection returns the plaintext of a section, a JSON object that fits the
// section's schema. What this agency sealed is opened from its own store. All
// else comes from the vault, where it is recorded that it was opened; opening
// the offer of a referral that nobody here has opened yet files
// referral.received first. It is Unknown when there is no such section or it is
// not for this agency, Later when the hub is away.
func (s *Service) OpenSection(ctx context.Context, in OpenInput) ([]byte, error) {
	id, err := s.one(ctx, in.Case)
	if err != nil {
		return nil, err
	}
	st, err := s.state(ctx, id)
	if err != nil {
		return nil, err
	}
	f, sealed, ok := find(st, in)
	if !ok {
		return nil, notVisible()
	}
	ciphertext, err := s.ciphertext(ctx, st, f, services.OpenRequest{
		Case: id, Event: f.ID(), Section: in.Section, Purpose: in.Purpose,
	})
	if err != nil {
		return nil, err
	}
	if schemas.Digest(ciphertext) != sealed.Digest {
		return nil, services.Refuse(services.Internal, "section_digest")
	}
	h := SectionHeader{Case: id, Event: f.ID(), Section: in.Section, Sender: f.Author()}
	plaintext, err := s.Sealer.Open(h, ciphertext)
	if err != nil {
		return nil, err
	}
	if err := schemas.CheckSection(in.Section, plaintext); err != nil {
		return nil, services.RefuseInput(err)
	}
	return plaintext, nil
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
	_, err := s.Act(ctx, "receive", r.ID, ActInput{Offer: o.ID})
	if services.KindOf(err) == services.Conflict {
		return nil
	}
	return err
}
