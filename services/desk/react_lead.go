package desk

import (
	"context"
	"slices"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
)

// onTransferred hands what this agency holds of a case that it led to the new
// lead: the offer of each open referral, with the request as its cause so that the
// new lead's desk can tell them apart, the sections of the inspections that the
// case cites, and of the case the latest of each section.
func (s *Service) onTransferred(ctx context.Context, st *casefile.State, f services.Fact) error {
	led := func(l casefile.Former) bool { return l.Agency == s.Agency && l.Until == f.Sequence }
	if !slices.ContainsFunc(st.Former, led) || f.Author() == s.Agency {
		return nil
	}
	to, err := s.agency(ctx, f.Author())
	if err != nil {
		return err
	}
	held, err := s.held(ctx, st)
	if err != nil {
		return err
	}
	may := func(k Kept) bool {
		return k.Section != sectionOffer && schemas.SectionAllowed(to.Kind, k.Section, true) &&
			slices.Contains(schemas.SectionsOf(contentShared), k.Section)
	}
	for event, kept := range citedOf(st, held, may) {
		if err := s.shareKept(ctx, f, share{to: to.ID, about: event, cause: event}, kept); err != nil {
			return err
		}
	}
	if err := s.shareKept(ctx, f, share{to: to.ID}, latestOf(st, held, may)); err != nil {
		return err
	}
	for _, r := range st.Referrals {
		k, ok := offerOf(st, r, held)
		if !ok || !r.IsOpen() || r.Filed.Event.Context == nil || !schemas.SectionAllowed(to.Kind, sectionOffer, true) {
			continue
		}
		sh := share{to: to.ID, about: r.ID, cause: r.Filed.ID()}
		if err := s.shareKept(ctx, f, sh, []Kept{k}); err != nil {
			return err
		}
	}
	return nil
}

// onHandedOver keeps what the last lead handed over, so that this desk can do what
// a lead's desk does: seal it for whoever is asked or has accepted, and hand it on.
// It is opened once, from the vault, where that is recorded.
func (s *Service) onHandedOver(ctx context.Context, st *casefile.State, f services.Fact) error {
	shared := f.Data.(schemas.ContentShared)
	if shared.Referral != "" || shared.To != s.Agency || st.Owner != s.Agency {
		return nil
	}
	there, err := s.Store.OfEvent(ctx, f.ID())
	if err != nil {
		return err
	}
	if len(there) > 0 {
		return s.afterHandOver(ctx, st, f)
	}
	recipients, err := s.recipients(ctx, s.Agency)
	if err != nil {
		return err
	}
	var kept []Kept
	for _, sealed := range shared.Sealed {
		plaintext, err := s.unseal(ctx, f, sealed, "follow_up")
		switch services.KindOf(err) {
		case "":
		case services.Later, services.Internal:
			return err
		default:
			continue // not for us any more, or damaged: whoever opens it is told
		}
		k := Kept{Case: f.Scope().ID, Event: f.ID(), Section: sealed.Section}
		if k.Ciphertext, err = s.Sealer.Seal(s.header(k), plaintext, recipients); err != nil {
			return err
		}
		kept = append(kept, k)
	}
	err = s.Store.Append(ctx, nil, kept)
	if err != nil && services.KindOf(err) != services.Conflict {
		return err
	}
	return s.afterHandOver(ctx, st, f)
}

// afterHandOver shares an offer that has come with whoever is asked already and
// has nothing: the offer may have been made while it was on its way.
func (s *Service) afterHandOver(ctx context.Context, st *casefile.State, f services.Fact) error {
	for _, r := range st.Referrals {
		if !offers(st, r, f.ID()) || r.Sender != s.Agency {
			continue
		}
		for _, o := range r.OpenOffers() {
			if o.Made.Event.Context == nil || !s.contentMissing(st, r) || wasSent(st, r, o.To) {
				continue
			}
			if err := s.onOffered(ctx, st, o.Made); err != nil {
				return err
			}
		}
	}
	return nil
}

// unseal opens a section of another agency from the vault, and holds it against
// what the event names and against its schema.
func (s *Service) unseal(ctx context.Context, f services.Fact, sealed schemas.Sealed, purpose string) ([]byte, error) {
	reply, err := s.Bus.Open(ctx, services.OpenRequest{
		Case: f.Scope().ID, Event: f.ID(), Section: sealed.Section, Purpose: purpose,
	})
	if err != nil {
		return nil, err
	}
	return s.plain(f, sealed, reply.Ciphertext)
}

// plain opens a ciphertext that an event names.
func (s *Service) plain(f services.Fact, sealed schemas.Sealed, ciphertext []byte) ([]byte, error) {
	if schemas.Digest(ciphertext) != sealed.Digest {
		return nil, services.Refuse(services.Internal, "section_digest")
	}
	h := SectionHeader{Case: f.Scope().ID, Event: f.ID(), Section: sealed.Section, Sender: f.Author()}
	plaintext, err := s.Sealer.Open(h, ciphertext)
	if err != nil {
		return nil, err
	}
	if err := schemas.CheckSection(sealed.Section, plaintext); err != nil {
		return nil, services.RefuseInput(err)
	}
	return plaintext, nil
}
