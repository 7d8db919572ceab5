package desk

import (
	"context"
	"slices"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
)

// reactions are what the desk files by itself, by the type of the fact that it
// follows from. Each looks into the outbox first: what is there is done.
var reactions = map[string]func(*Service, context.Context, *casefile.State, services.Fact) error{
	referralOffered:  (*Service).onOffered,
	referralAccepted: (*Service).onAccepted,
}

func (s *Service) react(ctx context.Context, st *casefile.State, f services.Fact) error {
	on, ok := reactions[f.Name()]
	if !ok {
		return nil
	}
	return on(s, ctx, st, f)
}

// derive returns the id of a reaction.
func (s *Service) derive(cause services.Fact, typ string) string {
	return schemas.DeriveEventID(cause.Recorded, s.Agency, cause.ID(), typ, 0)
}

// onOffered confirms an offer to this agency, or sees to it that the agency that
// is asked by this one has the content.
func (s *Service) onOffered(ctx context.Context, st *casefile.State, f services.Fact) error {
	offered := f.Data.(schemas.ReferralOffered)
	if offered.To == s.Agency {
		return s.confirm(ctx, f, offered)
	}
	r := st.Referral(offered.Referral)
	if r == nil || r.Sender != s.Agency || s.sentAhead(ctx, r, offered.To) {
		return nil
	}
	kept, err := s.Store.OfEvent(ctx, r.Filed.ID())
	if err != nil {
		return err
	}
	return s.shareKept(ctx, f, share{referral: r.ID, to: offered.To}, kept)
}

// confirm files that the offer is stored here. It is not in question whether it
// was: the fact is in the view by now.
func (s *Service) confirm(ctx context.Context, f services.Fact, offered schemas.ReferralOffered) error {
	return s.once(ctx, s.derive(f, referralDelivered), func(id string) (filing, error) {
		row, err := s.write(schemas.Draft{
			ID: id, Type: referralDelivered, Subject: f.Scope().ID, Time: f.Recorded, Cause: f.ID(),
			Data: schemas.ReferralDelivered{InOffer: schemas.InOffer{
				InReferral: schemas.InReferral{Referral: offered.Referral}, Offer: f.ID(),
			}},
		})
		row.Post = id
		return filing{rows: []Row{row}}, err
	})
}

// sentAhead reports whether the request sent the content to the agency already.
func (s *Service) sentAhead(ctx context.Context, r *casefile.Referral, to string) bool {
	if r.Filed.Event.Context == nil {
		return true // the request is not shown, so there is nothing to send
	}
	row, err := s.Store.Row(ctx, s.shareID(r.Filed.ID(), to))
	return err == nil && row.Standing != Refused
}

// onAccepted gives the agency that accepted what the policy lets its kind have
// of what this agency, the sender, holds.
func (s *Service) onAccepted(ctx context.Context, st *casefile.State, f services.Fact) error {
	accepted := f.Data.(schemas.ReferralAccepted)
	r := st.Referral(accepted.Referral)
	if r == nil || r.Sender != s.Agency {
		return nil
	}
	to, ok := s.Directory.Agency(f.Author())
	if !ok {
		if err := s.refresh(ctx); err != nil {
			return err
		}
		to, _ = s.Directory.Agency(f.Author())
	}
	held, err := s.Store.OfCase(ctx, f.Scope().ID)
	if err != nil {
		return err
	}
	allowed := schemas.SectionsFor(to.Kind)
	latest := make(map[string]Kept)
	for _, k := range held {
		if _, filed := st.Fact(k.Event); filed && slices.Contains(allowed, k.Section) {
			latest[k.Section] = k
		}
	}
	kept := make([]Kept, 0, len(latest))
	for _, k := range latest {
		kept = append(kept, k)
	}
	return s.shareKept(ctx, f, share{referral: r.ID, to: f.Author()}, kept)
}

// shareKept files the sections as content for one agency, because of f.
func (s *Service) shareKept(ctx context.Context, f services.Fact, sh share, kept []Kept) error {
	if len(kept) == 0 {
		return nil
	}
	return s.once(ctx, s.derive(f, contentShared), func(id string) (filing, error) {
		sections, err := s.openKept(kept)
		if err != nil {
			return filing{}, err
		}
		sh.id, sh.post, sh.sections = id, id, sections
		sh.caseID, sh.cause, sh.time = f.Scope().ID, f.ID(), f.Recorded
		return s.sealShare(ctx, sh)
	})
}

// once puts what make returns into the outbox, unless an event with this id is
// there, and leaves it to the sender.
func (s *Service) once(ctx context.Context, id string, make func(id string) (filing, error)) error {
	_, err := s.Store.Row(ctx, id)
	if services.KindOf(err) != services.Unknown {
		return err
	}
	f, err := make(id)
	if err != nil {
		return err
	}
	err = s.Store.Append(ctx, f.rows, f.kept)
	if services.KindOf(err) == services.Conflict {
		return nil
	}
	s.nudge()
	return err
}
