package desk

import (
	"context"
	"sync"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// maxTold is how many entries one look into the feed returns at most.
const maxTold = 1000

// Told is one entry of the feed, with the fact as the desk still holds it.
type Told struct {
	// Place is where the entry stands: places ascend, have gaps, and none is ever
	// given again.
	Place uint64
	Fact  services.Fact
}

// The feed is the order in which this desk was first shown what it holds of cases
// and inspections; the directory is not in it. It is kept in the store, so that
// neither a fact that is handed over twice nor a view that is made again moves
// anything. What is withdrawn leaves it; should it be given again later, it comes
// again, in a new place.

// Feed returns up to limit entries behind a place, at most 1,000, which is also what
// 0 means, and the place up to which it looked: what was withdrawn meanwhile is left
// out. While the view is made again it ends before the first fact that has not come
// back yet.
func (s *Service) Feed(ctx context.Context, after uint64, limit int) (told []Told, last uint64, err error) {
	if limit <= 0 || limit > maxTold {
		limit = maxTold
	}
	entries, err := s.Store.Announced(ctx, after, limit)
	if err != nil {
		return nil, after, err
	}
	last = after
	for _, e := range entries {
		f, err := s.View.Fact(ctx, e.Location)
		if services.KindOf(err) == services.Unknown {
			break
		}
		if err != nil {
			return nil, after, err
		}
		told, last = append(told, Told{Place: e.Place, Fact: f}), e.Place
	}
	return told, last, nil
}

// Last returns the place of the newest entry, 0 when there is none.
func (s *Service) Last(ctx context.Context) (uint64, error) { return s.Store.LastPlace(ctx) }

// News is closed when there is a newer entry than at the time of the call: take it
// first, then look with Feed, and wait for it when there was nothing. It may be
// closed without one.
func (s *Service) News() <-chan struct{} { return s.news.now() }

// Event returns the fact that the desk holds of a case, by id or reference, or of an
// inspection, by id; Unknown when it holds none.
func (s *Service) Event(ctx context.Context, name, event string) (services.Fact, error) {
	if !schemas.ValidID(name) {
		c, err := s.Case(ctx, name)
		if err != nil {
			return services.Fact{}, err
		}
		name = c.ID
	}
	for _, kind := range []schemas.ScopeKind{schemas.ScopeCase, schemas.ScopeInspection} {
		f, err := s.View.Fact(ctx, Location{Scope: schemas.Scope{Kind: kind, ID: name}, Event: event})
		if services.KindOf(err) != services.Unknown {
			return f, err
		}
	}
	return services.Fact{}, notVisible()
}

// announce gives a fact that the view has its place in the feed, unless it has one,
// and takes out what it withdraws.
func (s *Service) announce(ctx context.Context, f services.Fact) error {
	ended, _ := f.Data.(schemas.AccessEnded)
	if err := s.Store.Announce(ctx, Location{Scope: f.Scope(), Event: f.ID()}, ended.Events); err != nil {
		return err
	}
	s.news.tell()
	return nil
}

// news wakes whoever waits for something new.
type news struct {
	mu      sync.Mutex
	channel chan struct{}
}

func (n *news) now() <-chan struct{} {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.channel == nil {
		n.channel = make(chan struct{})
	}
	return n.channel
}

func (n *news) tell() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.channel != nil {
		close(n.channel)
		n.channel = nil
	}
}
