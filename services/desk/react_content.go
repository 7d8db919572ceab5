package desk

import (
	"cmp"
	"context"
	"slices"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
)

// onAccepted gives the agency that accepted, whoever recorded it, what the policy
// lets its kind have of what this agency, the sender, holds.
func (s *Service) onAccepted(ctx context.Context, st *casefile.State, f services.Fact) error {
	accepted := f.Data.(schemas.ReferralAccepted)
	return s.shareHeld(ctx, st, f, share{referral: accepted.Referral, to: cmp.Or(accepted.ActsFor(), f.Author())})
}

// onAssigned does so for the agency to which a coordinator assigned the referral.
// It was perhaps never asked, and so has not even the offer.
func (s *Service) onAssigned(ctx context.Context, st *casefile.State, f services.Fact) error {
	assigned := f.Data.(schemas.ReferralAssigned)
	r := st.Referral(assigned.Referral)
	if r == nil || r.Sender != s.Agency || assigned.To == s.Agency {
		return nil
	}
	held, err := s.held(ctx, st)
	if err != nil {
		return err
	}
	k, ok := offerOf(st, r, held)
	if asked := r.OfferTo(assigned.To); ok && (asked == nil || asked.ID == f.ID()) {
		sh := share{referral: r.ID, to: assigned.To, about: sectionOffer}
		if err := s.shareKept(ctx, f, sh, []Kept{k}); err != nil {
			return err
		}
	}
	return s.shareHeld(ctx, st, f, share{referral: r.ID, to: assigned.To})
}

// shareHeld shares what the policy lets the agency have: of the case the latest of
// each section, and of the inspections that it cites each by itself, since a
// visit's account is not the person's.
func (s *Service) shareHeld(ctx context.Context, st *casefile.State, f services.Fact, sh share) error {
	r := st.Referral(sh.referral)
	if r == nil || r.Sender != s.Agency || sh.to == s.Agency {
		return nil
	}
	allowed, err := s.allowedFor(ctx, sh.to)
	if err != nil {
		return err
	}
	held, err := s.held(ctx, st)
	if err != nil {
		return err
	}
	may := func(k Kept) bool { return slices.Contains(allowed, k.Section) }
	for event, kept := range citedOf(st, held, may) {
		one := sh
		one.about = event
		if err := s.shareKept(ctx, f, one, kept); err != nil {
			return err
		}
	}
	return s.shareKept(ctx, f, sh, latestOf(st, held, may))
}

// allowedFor are the sections that an agency gets by itself once it has accepted.
func (s *Service) allowedFor(ctx context.Context, agency string) ([]string, error) {
	a, err := s.agency(ctx, agency)
	return schemas.SectionsFor(a.Kind), err
}

// agency finds an agency, if need be in a fresh directory.
func (s *Service) agency(ctx context.Context, id string) (casefile.Agency, error) {
	a, ok := s.Directory.Agency(id)
	if !ok {
		if err := s.refresh(ctx); err != nil {
			return a, err
		}
		a, _ = s.Directory.Agency(id)
	}
	return a, nil
}

// onRecorded shares what the lead wrote down later with everybody who has taken
// on a referral of this agency.
func (s *Service) onRecorded(ctx context.Context, st *casefile.State, f services.Fact) error {
	if f.Author() != s.Agency {
		return nil
	}
	recorded, err := s.Store.OfEvent(ctx, f.ID())
	if err != nil {
		return err
	}
	for _, r := range st.Referrals {
		if r.Sender != s.Agency || !r.Active() || r.Acceptor == s.Agency {
			continue
		}
		allowed, err := s.allowedFor(ctx, r.Acceptor)
		if err != nil {
			return err
		}
		kept := slices.DeleteFunc(slices.Clone(recorded), func(k Kept) bool { return !slices.Contains(allowed, k.Section) })
		if err := s.shareKept(ctx, f, share{referral: r.ID, to: r.Acceptor, about: r.ID}, kept); err != nil {
			return err
		}
	}
	return nil
}

// held are the sections that this agency keeps of a case and of the inspections
// that it cites, in the order in which they were kept, the case's last.
func (s *Service) held(ctx context.Context, st *casefile.State) ([]Kept, error) {
	var held []Kept
	read := map[string]bool{}
	for _, cited := range st.Opened.From {
		if read[cited.Inspection] {
			continue
		}
		read[cited.Inspection] = true
		site, err := s.Store.OfCase(ctx, cited.Inspection)
		if err != nil {
			return nil, err
		}
		held = append(held, site...)
	}
	own, err := s.Store.OfCase(ctx, st.Scope.ID)
	return append(held, own...), err
}

// latestOf picks the latest kept section of each name of the case itself, among
// what was filed, by name.
func latestOf(st *casefile.State, held []Kept, may func(Kept) bool) []Kept {
	latest := make(map[string]Kept)
	for _, k := range held {
		if f, filed := st.Fact(k.Event); filed && f.Scope() == st.Scope && may(k) {
			latest[k.Section] = k
		}
	}
	kept := make([]Kept, 0, len(latest))
	for _, k := range latest {
		kept = append(kept, k)
	}
	return kept
}

// citedOf picks the kept sections of the inspection events that the case cites and
// that still hold, by event.
func citedOf(st *casefile.State, held []Kept, may func(Kept) bool) map[string][]Kept {
	cited := make(map[string][]Kept)
	for _, k := range held {
		f, filed := st.Fact(k.Event)
		if !filed || f.Scope().Kind != schemas.ScopeInspection || !may(k) {
			continue
		}
		if _, tip := f.Data.(schemas.TipReceived); !tip && st.Replaced[f.ID()] != "" {
			continue // amended, or taken back
		}
		cited[f.ID()] = append(cited[f.ID()], k)
	}
	return cited
}

// shareKept files the sections as content for one agency, because of f.
func (s *Service) shareKept(ctx context.Context, f services.Fact, sh share, kept []Kept) error {
	if len(kept) == 0 {
		return nil
	}
	typ := contentShared
	if sh.about != "" {
		typ += ":" + sh.about
	}
	return s.once(ctx, s.derive(f, typ), func(id string) (filing, error) {
		sections, err := s.openKept(kept)
		if err != nil {
			return filing{}, err
		}
		sh.id, sh.post, sh.sections = id, id, sections
		sh.caseID, sh.cause, sh.time = f.Scope().ID, cmp.Or(sh.cause, f.ID()), f.Recorded
		return s.sealShare(ctx, sh)
	})
}

// contentMissing reports whether somebody who holds the referral has been sent
// nothing of it. Of holders from before a change of lead only the lead of that time
// knows.
func (s *Service) contentMissing(st *casefile.State, r *casefile.Referral) bool {
	since := uint64(0)
	if n := len(st.Former); n > 0 {
		since = st.Former[n-1].Until
	}
	for _, holder := range holdersOf(r) {
		from := r.Since
		if o := r.OfferTo(holder); r.Acceptor == "" && o != nil {
			from = o.Made.Sequence
		}
		tells := holder == s.Agency || r.Sender == s.Agency && from > since
		if tells && holder != r.Sender && !wasSent(st, r, holder) {
			return true
		}
	}
	return false
}

func wasSent(st *casefile.State, r *casefile.Referral, to string) bool {
	return slices.ContainsFunc(st.Facts, func(f services.Fact) bool {
		shared, ok := f.Data.(schemas.ContentShared)
		return ok && shared.Referral == r.ID && shared.To == to
	})
}
