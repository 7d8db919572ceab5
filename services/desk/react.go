package desk

import (
	"context"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
)

// reactions are what the desk files by itself, by the type of the fact that it
// follows from. Each looks into the outbox first: what is there is done.
var reactions = map[string]func(*Service, context.Context, *casefile.State, services.Fact) error{
	referralOffered:  (*Service).onOffered,
	referralAccepted: (*Service).onAccepted,
	referralAssigned: (*Service).onAssigned,
	referralRerouted: (*Service).onRerouted,
	contentRecorded:  (*Service).onRecorded,
	contentShared:    (*Service).onHandedOver,
	leadTransferred:  (*Service).onTransferred,
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
// is asked by this one has the content: the latest offer that this desk holds.
func (s *Service) onOffered(ctx context.Context, st *casefile.State, f services.Fact) error {
	offered := f.Data.(schemas.ReferralOffered)
	if offered.To == s.Agency {
		return s.confirm(ctx, f, offered)
	}
	r := st.Referral(offered.Referral)
	if r == nil || r.Sender != s.Agency || r.Filed.Event.Context == nil {
		return nil
	}
	held, err := s.held(ctx, st)
	if err != nil {
		return err
	}
	k, ok := offerOf(st, r, held)
	if !ok || !s.postedOffer(st, r, k) && s.sentAhead(ctx, r, offered.To) {
		return nil
	}
	return s.shareKept(ctx, f, share{referral: r.ID, to: offered.To}, []Kept{k})
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
	row, err := s.Store.Row(ctx, s.shareID(r.Filed.ID(), to))
	return err == nil && row.Standing != Refused
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
