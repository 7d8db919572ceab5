package natsbus

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// Follower reads every fact of one kind of scope, from the start and on.
type Follower struct {
	apply func(context.Context, services.Fact) error
	ready chan struct{}
	done  chan struct{}
	err   error
}

// Follow hands every fact of a kind to apply, from the first one on, in ledger
// order and one at a time, until ctx ends or apply fails. A fact for which apply
// answers Later is handed to it again until it takes it: a broker that is busy
// ends nothing. Follow returns at once; Ready says when what was there has been
// handed over. Finding the first facts scans the ledger, about 50 ms a million
// events. Every hub follows by itself, through a consumer that the broker forgets
// an hour after the hub has gone.
func (l *Ledger) Follow(ctx context.Context, kind schemas.ScopeKind, apply func(context.Context, services.Fact) error) (*Follower, error) {
	filter, err := kindFilter(kind)
	if err != nil {
		return nil, err
	}
	src, err := l.source(ctx, jetstream.ConsumerConfig{
		FilterSubject: filter, MaxAckPending: followBatch, InactiveThreshold: time.Hour,
	}, followBatch)
	if err != nil {
		return nil, err
	}
	f := &Follower{apply: apply, ready: make(chan struct{}), done: make(chan struct{})}
	if src.consumer.CachedInfo().NumPending == 0 {
		close(f.ready)
	}
	go f.run(ctx, src)
	return f, nil
}

// followBatch is how many facts are fetched at once.
const followBatch = 64

// Ready is closed when every fact that was there at the start has been applied.
func (f *Follower) Ready() <-chan struct{} { return f.ready }

// Wait waits until following has ended, and returns why: nil when ctx ended.
func (f *Follower) Wait() error {
	<-f.done
	return f.err
}

// Done is closed when following has ended.
func (f *Follower) Done() <-chan struct{} { return f.done }

func (f *Follower) run(ctx context.Context, src *source) {
	defer close(f.done)
	for {
		m, err := src.next(ctx)
		if err == nil {
			err = f.take(ctx, m)
		}
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			f.err = fmt.Errorf("follow ledger: %w", err)
			return
		}
	}
}

func (f *Follower) take(ctx context.Context, m *pulled) error {
	fact, err := m.Fact()
	if err != nil {
		return err
	}
	if err := f.insist(ctx, fact); err != nil {
		return err
	}
	meta, err := m.msg.Metadata()
	if err != nil {
		return err
	}
	select {
	case <-f.ready:
	default:
		if meta.NumPending == 0 {
			close(f.ready)
		}
	}
	return m.Ack(ctx)
}

// insist applies a fact, again for as long as it is to be tried later.
func (f *Follower) insist(ctx context.Context, fact services.Fact) error {
	for {
		err := f.apply(ctx, fact)
		if services.KindOf(err) != services.Later || ctx.Err() != nil {
			return err
		}
		pause(ctx, pullPause)
	}
}
