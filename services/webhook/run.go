package webhook

import (
	"context"
	"time"

	"github.com/saphan-project/saphan/services"
)

const (
	fillSize   = 500 // entries of the feed that are read at once
	pruneEvery = time.Hour
	firstPause = time.Second // when the store or the feed fails; each twice the one before
	maxPause   = time.Minute
)

// Run makes deliveries of what the desk is shown and sends them, until ctx ends. What
// is on its way then is broken off, and counts as not tried. A fault of the store or
// of the feed is waited out. It returns when nothing runs any more.
func (s *Service) Run(ctx context.Context) error {
	defer s.lanes.done.Wait()
	pause, pruned := firstPause, time.Time{}
	for ctx.Err() == nil {
		news := s.Feed.News()
		if now := s.now(); now.Sub(pruned) >= pruneEvery && s.Store.Prune(ctx, now.Add(-Keep)) == nil {
			pruned = now
		}
		next, err := s.sweep(ctx)
		if err != nil {
			services.Rest(ctx, pause, s.Wait, nil, nil)
			pause = min(2*pause, maxPause)
			continue
		}
		pause = firstPause
		services.Rest(ctx, until(next, s.now()), s.Wait, s.wake, news)
	}
	return nil
}

// until is how long to rest from now on for what comes at an instant; when there is
// none, until it is time to prune.
func until(next, now time.Time) time.Duration {
	if next.IsZero() {
		return pruneEvery
	}
	return max(next.Sub(now), time.Millisecond)
}

// sweep makes the deliveries that are missing, and starts to send what is due. It
// returns the earliest instant at which there is more; zero when time alone brings
// no more.
func (s *Service) sweep(ctx context.Context) (time.Time, error) {
	all, err := s.Store.All(ctx)
	if err != nil || len(all) == 0 {
		return time.Time{}, err
	}
	last, err := s.Feed.Last(ctx)
	if err != nil {
		return time.Time{}, err
	}
	var first time.Time
	for _, e := range all {
		if !e.Open() {
			continue
		}
		if err := s.fill(ctx, e, last); err != nil {
			return time.Time{}, err
		}
		next, err := s.start(ctx, e)
		if err != nil {
			return time.Time{}, err
		}
		if first.IsZero() || !next.IsZero() && next.Before(first) {
			first = next
		}
	}
	return first, nil
}

// fill makes the deliveries of an endpoint up to a place in the feed.
func (s *Service) fill(ctx context.Context, e Endpoint, last uint64) error {
	for e.Cursor < last && ctx.Err() == nil {
		told, to, err := s.Feed.Feed(ctx, e.Cursor, fillSize)
		if err != nil || to <= e.Cursor {
			return err
		}
		now := s.now()
		var rows []Delivery
		for _, t := range told {
			if !e.Takes(t.Fact.Name()) {
				continue
			}
			rows = append(rows, Delivery{
				Endpoint: e.ID, Place: t.Place, Event: t.Fact.ID(), Type: t.Fact.Name(),
				Scope: t.Fact.Scope().ID, State: Waiting, Next: now,
			})
		}
		if err := s.Store.Enqueue(ctx, e.ID, rows, e.Cursor, to); err != nil {
			return err
		}
		e.Cursor = to
	}
	return nil
}

// start has what is due to an endpoint sent, as much at once as may be.
func (s *Service) start(ctx context.Context, e Endpoint) (time.Time, error) {
	if e.State != Active {
		return time.Time{}, nil
	}
	rows, err := s.Store.Heads(ctx, e.ID)
	if err != nil {
		return time.Time{}, err
	}
	due, next := Due(e, rows, s.now())
	l := s.lane(e.ID)
	for range l.queue(due, s.Limits.Endpoint) {
		s.lanes.done.Go(func() { s.work(ctx, l) })
	}
	return next, nil
}

// lane returns that of an endpoint.
func (s *Service) lane(endpoint string) *lane {
	s.lanes.Lock()
	defer s.lanes.Unlock()
	l := s.lanes.of[endpoint]
	if l == nil {
		l = &lane{endpoint: endpoint, busy: make(map[string]bool)}
		s.lanes.of[endpoint] = l
	}
	return l
}

// work sends one case of a lane after the other until none is due, and has Run look
// for more.
func (s *Service) work(ctx context.Context, l *lane) {
	defer s.nudge()
	for {
		scope, ok := l.take()
		if !ok {
			return
		}
		if s.sendCase(ctx, l, scope) != nil {
			_ = s.Wait(ctx, maxPause) // what was taken and could not be stored is sent again
		}
		l.release(scope)
	}
}
