package main

import (
	"context"
	"time"

	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/operator"
)

// lettersEvery is how often the hub looks for new dead letters.
const lettersEvery = time.Minute

// deadLetters tells of facts that somebody has given up on: at the start of all
// that are on record, and then of every one that comes.
type deadLetters struct {
	// read returns those behind a place, as operator.Record does.
	read  func(ctx context.Context, after uint64) ([]operator.DeadLetter, []operator.Replay, error)
	world world

	place uint64 // of the last one that was told
	total map[given]int
}

// given is who gave up on a fact, and why.
type given struct{ consumer, reason string }

// watch looks every minute, until ctx ends. A broker that does not answer is
// asked again; what it holds is not lost.
func (d *deadLetters) watch(ctx context.Context) error {
	d.total = make(map[given]int)
	for ctx.Err() == nil {
		if err := d.look(ctx); err != nil && ctx.Err() == nil {
			d.world.log.Warn().Str("code", services.AsError(err).Code).Msg("dead letters not read")
		}
		if d.world.rest(ctx, lettersEvery) != nil {
			return nil
		}
	}
	return nil
}

// look logs an alarm for each consumer and reason that has more than before. It
// names no event: its place in the record finds it, for who may read that.
func (d *deadLetters) look(ctx context.Context) error {
	letters, _, err := d.read(ctx, d.place)
	if err != nil {
		return err
	}
	fresh := make(map[given]int)
	for _, l := range letters {
		fresh[given{l.Consumer, l.Reason}]++
		d.place = l.Place
	}
	for by, n := range fresh {
		d.total[by] += n
		d.world.log.Error().Str("alarm", "dead_letters").Str("consumer", by.consumer).
			Str("reason", by.reason).Int("new", n).Int("total", d.total[by]).Msg("alarm")
	}
	return nil
}
