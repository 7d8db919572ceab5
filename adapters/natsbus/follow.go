package natsbus

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"
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

// Follow hands every fact of a kind after a sequence to apply, in ledger order
// and one at a time, until ctx ends or apply fails. A fact for which apply
// answers Later is handed to it again until it takes it: a broker that is busy
// ends nothing. Follow returns at once; Ready says when what was there has been
// handed over. Finding the first facts scans the ledger, about 50 ms a million
// events.
func (l *Ledger) Follow(ctx context.Context, kind schemas.ScopeKind, after uint64, apply func(context.Context, services.Fact) error) (*Follower, error) {
	filter, err := kindFilter(kind)
	if err != nil {
		return nil, err
	}
	c, err := l.js.OrderedConsumer(ctx, streamLedger, jetstream.OrderedConsumerConfig{
		FilterSubjects: []string{filter},
		DeliverPolicy:  jetstream.DeliverByStartSequencePolicy,
		OptStartSeq:    after + 1,
	})
	if err != nil {
		return nil, away("follow ledger", err)
	}
	waiting := c.CachedInfo().NumPending
	msgs, err := c.Messages()
	if err != nil {
		return nil, away("follow ledger", err)
	}
	f := &Follower{apply: apply, ready: make(chan struct{}), done: make(chan struct{})}
	if waiting == 0 {
		close(f.ready)
	}
	go f.run(ctx, msgs)
	return f, nil
}

// Ready is closed when every fact that was there at the start has been applied.
func (f *Follower) Ready() <-chan struct{} { return f.ready }

// Wait waits until following has ended, and returns why: nil when ctx ended.
func (f *Follower) Wait() error {
	<-f.done
	return f.err
}

// Done is closed when following has ended.
func (f *Follower) Done() <-chan struct{} { return f.done }

func (f *Follower) run(ctx context.Context, msgs jetstream.MessagesContext) {
	defer close(f.done)
	defer msgs.Stop()
	defer context.AfterFunc(ctx, msgs.Stop)() // Next does not see ctx end while it connects anew
	for {
		m, err := msgs.Next(jetstream.NextContext(ctx))
		if err == nil {
			err = f.take(ctx, m)
		}
		switch {
		case ctx.Err() != nil:
			return
		case err != nil && !errors.Is(err, nats.ErrTimeout):
			f.err = fmt.Errorf("follow ledger: %w", err)
			return
		}
	}
}

func (f *Follower) take(ctx context.Context, m jetstream.Msg) error {
	fact, err := ledgerFact(m)
	if err != nil {
		return err
	}
	if err := f.insist(ctx, fact); err != nil {
		return err
	}
	meta, err := m.Metadata()
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
	return nil
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
