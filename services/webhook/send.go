package webhook

import (
	"context"
	"time"

	"github.com/saphan-project/saphan/services"
)

// maxRun is how many deliveries of one case are sent before others have their turn.
const maxRun = 20

// sendCase sends what is due of a case, one after the other, as long as the receiver
// takes it.
func (s *Service) sendCase(ctx context.Context, l *lane, scope string) error {
	for range maxRun {
		if err := s.pace(ctx, l); err != nil {
			return err
		}
		if went, err := s.sendNext(ctx, l, scope); err != nil || !went {
			return err
		}
	}
	return nil
}

// pace waits until the rate of an endpoint allows a request.
func (s *Service) pace(ctx context.Context, l *lane) error {
	if d := l.wait(s.now()); d > 0 {
		return s.Wait(ctx, d)
	}
	return ctx.Err()
}

// sendNext sends the next delivery of a case, if it is due by now: between choosing a
// case and having a turn somebody may have said something. It reports whether the
// next one may follow.
func (s *Service) sendNext(ctx context.Context, l *lane, scope string) (bool, error) {
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-ctx.Done():
		return false, ctx.Err()
	}
	e, err := s.Store.Get(ctx, l.endpoint)
	if err != nil {
		return false, err
	}
	d, found, err := s.Store.Head(ctx, l.endpoint, scope)
	if err != nil || !found {
		return false, err
	}
	if due, _ := Due(e, []Delivery{d}, s.now()); len(due) == 0 {
		return false, nil
	}
	told, err := s.told(ctx, d)
	switch {
	case err != nil:
		return false, err
	case told == nil:
		return true, s.withdraw(ctx, d)
	case !l.turn(e.Rate, s.now()):
		return true, nil
	}
	o, err := s.send(ctx, e, *told)
	if err != nil || ctx.Err() != nil && !o.OK() {
		return false, err // broken off: not an attempt
	}
	return o.OK(), s.settle(ctx, d, o)
}

// told reads the event of a delivery; nil when it was withdrawn. It is Later while the
// desk reads its inbox anew and the event has not come back yet.
func (s *Service) told(ctx context.Context, d Delivery) (*services.Fact, error) {
	told, _, err := s.Feed.Feed(ctx, d.Place-1, 1)
	switch {
	case err != nil:
		return nil, err
	case len(told) > 0 && told[0].Place == d.Place:
		return &told[0].Fact, nil
	case len(told) > 0:
		return nil, nil
	}
	return nil, s.whole(ctx, d.Place-1)
}

// whole checks that nothing stands in the feed behind a place at which it ended.
func (s *Service) whole(ctx context.Context, end uint64) error {
	last, err := s.Feed.Last(ctx)
	if err == nil && last > end {
		err = services.Refuse(services.Later, codeRebuilt)
	}
	return err
}

// withdraw gives up a delivery that may not be sent any more. That it failed until now
// counts against nobody.
func (s *Service) withdraw(ctx context.Context, d Delivery) error {
	now := s.now()
	return s.Store.Settle(ctx, d, func(e *Endpoint, d *Delivery) {
		e.FailingSince = time.Time{}
		d.move(Skipped, Withdrawn, now)
	})
}

func (s *Service) send(ctx context.Context, e Endpoint, f services.Fact) (Outcome, error) {
	m, err := e.message(f)
	if err != nil {
		return Outcome{}, err
	}
	now := s.now()
	return s.Sender.Send(ctx, Request{URL: e.URL, Keys: e.Signing(now), At: now, Message: m}), nil
}

// settle stores how an attempt ended, also when ctx has ended meanwhile: what was
// taken must not be sent again.
func (s *Service) settle(ctx context.Context, d Delivery, o Outcome) error {
	ctx = context.WithoutCancel(ctx)
	now, jitter := s.now(), s.Jitter()
	made := Attempt{Endpoint: d.Endpoint, Outcome: o}
	err := s.Store.Settle(ctx, d, func(e *Endpoint, d *Delivery) {
		e.after(o, now)
		d.after(o, now, jitter)
		made.State = e.State
	})
	if err == nil && s.Observe != nil {
		s.Observe(ctx, made)
	}
	return err
}
