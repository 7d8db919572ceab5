package desk

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
)

// onRerouted asks the agency that was named as the right one, by a referral of its
// own that is part_of the one that was passed on, if routing might choose it for
// the same request. Otherwise it is for a person to decide: NeedReroute.
func (s *Service) onRerouted(ctx context.Context, st *casefile.State, f services.Fact) error {
	rerouted := f.Data.(schemas.ReferralRerouted)
	r := st.Referral(rerouted.Referral)
	if r == nil || r.Sender != s.Agency || r.Filed.Event.Context == nil || st.Closed || followed(st, r) {
		return nil
	}
	fit := casefile.Candidates(s.Directory, casefile.Query{
		From: s.Agency, Asked: r.Asked, At: f.Recorded,
		Barred: func(agency string) bool { return st.Barred(s.Directory, agency) },
	})
	if !slices.ContainsFunc(fit, func(c services.Candidate) bool { return c.Agency == rerouted.To }) {
		return nil
	}
	held, err := s.held(ctx, st)
	if err != nil {
		return err
	}
	offer, _ := offerOf(st, r, held)
	return s.once(ctx, s.derive(f, referralRequested), func(id string) (filing, error) {
		asked := r.Asked
		asked.Referral = schemas.DeriveID(s.Agency, f.ID(), "referral")
		asked.To, asked.PartOf, asked.Replaces = rerouted.To, r.ID, ""
		o := schemas.Open{ID: id, Type: referralRequested, Subject: f.Scope().ID, Time: f.Recorded, Cause: f.ID()}
		if o.Data, err = json.Marshal(asked); err != nil {
			return filing{}, services.Because(services.Internal, "data", err)
		}
		return s.requestAgain(ctx, o, offer)
	})
}

// requestAgain lays out a request that the desk files by itself, with the offer that
// it keeps, if it keeps one.
func (s *Service) requestAgain(ctx context.Context, o schemas.Open, offer Kept) (filing, error) {
	if offer.Event != "" {
		plain, err := s.openKept([]Kept{offer})
		if err != nil {
			return filing{}, err
		}
		o.Sections = map[string]json.RawMessage{sectionOffer: plain[sectionOffer]}
	}
	kept, err := s.sealPost(ctx, o)
	if err != nil {
		return filing{}, err
	}
	row, err := s.write(schemas.Draft{
		ID: o.ID, Type: o.Type, Subject: o.Subject, Time: o.Time, Cause: o.Cause, Data: o.Data,
	})
	if err != nil {
		return filing{}, err
	}
	row.Post = o.ID
	f := filing{rows: []Row{row}, kept: kept}
	return f, s.shareAhead(ctx, o, &f)
}
