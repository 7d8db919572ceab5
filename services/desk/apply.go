package desk

import (
	"context"
	"errors"
	"slices"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
)

// Apply stores a fact that was delivered, gives it its place in the feed, and does
// what follows from it by itself. It may be handed a fact twice: a reaction that failed is made up for.
// An event whose signature cannot be verified, even with a fresh directory, is
// refused with what the Verifier says, as Unknown: it comes again, and is a dead
// letter in the end.
func (s *Service) Apply(ctx context.Context, f services.Fact) error {
	if err := s.verify(ctx, f); err != nil {
		return err
	}
	if f.Scope().Kind == schemas.ScopeAgency {
		return s.View.Put(ctx, Change{Fact: f})
	}
	facts, err := s.facts(ctx, f.Scope().ID)
	if err != nil {
		return err
	}
	c := Change{Fact: f}
	if !slices.ContainsFunc(facts, func(o services.Fact) bool { return o.ID() == f.ID() }) {
		c.Withdrawn = withdrawn(facts, f)
		facts = append(without(facts, c.Withdrawn), f)
	}
	st := casefile.Fold(facts)
	if c.Case, err = s.summarise(ctx, st); err != nil {
		return err
	}
	if err := s.View.Put(ctx, c); err != nil {
		return err
	}
	if err := s.announce(ctx, f); err != nil || st.Scope.Kind != schemas.ScopeCase {
		return err
	}
	return s.react(ctx, st, f)
}

// summarise makes the row of the case, or of the inspection. What this agency keeps
// of the case is looked at only where it has asked somebody to act.
func (s *Service) summarise(ctx context.Context, st *casefile.State) (*Case, error) {
	if st.Scope.Kind == schemas.ScopeInspection {
		return s.tipRow(st), nil
	}
	asks := func(r *casefile.Referral) bool { return r.Sender == s.Agency && r.IsOpen() }
	if !slices.ContainsFunc(st.Referrals, asks) {
		return s.summary(st, nil), nil
	}
	held, err := s.held(ctx, st)
	if err != nil {
		return nil, err
	}
	return s.summary(st, held), nil
}

// withdrawn finds what the end of access takes away among the facts.
func withdrawn(facts []services.Fact, f services.Fact) []Location {
	ended, ok := f.Data.(schemas.AccessEnded)
	if !ok {
		return nil
	}
	var places []Location
	for _, o := range facts {
		if slices.Contains(ended.Events, o.ID()) {
			places = append(places, Location{Scope: o.Scope(), Event: o.ID()})
		}
	}
	return places
}

func without(facts []services.Fact, places []Location) []services.Fact {
	return slices.DeleteFunc(facts, func(f services.Fact) bool {
		return slices.Contains(places, Location{Scope: f.Scope(), Event: f.ID()})
	})
}

// verify checks who signed. A key that is not known yet may be new.
func (s *Service) verify(ctx context.Context, f services.Fact) error {
	if s.signed(f) == nil {
		return nil
	}
	if err := s.refresh(ctx); err != nil {
		return err
	}
	if err := s.signed(f); err != nil {
		return services.Because(services.Unknown, codeSignature, err)
	}
	return nil
}

var errAuthor = errors.New("the type has another author")

// signed checks that its source signed the fact, and may say such a thing: a
// service of the hub cannot speak for another one, nor an agency for the hub.
func (s *Service) signed(f services.Fact) error {
	t, _ := schemas.TypeOf(f.Event)
	p, _ := schemas.ParseSource(f.Event.Source())
	if p.Service != t.Author {
		return errAuthor
	}
	return s.Verifier.Verify(f.Event)
}
