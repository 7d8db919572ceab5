package natsbus

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/saphan-project/saphan/services"
)

const (
	// pullWait is how long one request for a fact stands at the broker.
	pullWait = 20 * time.Second
	// pullBeat is how often the broker says that the request still stands. When
	// it has been silent for two beats the request is made anew.
	pullBeat = time.Second
	// pullPause lies between a request that failed and the next one.
	pullPause = 250 * time.Millisecond
)

// source pulls from a durable consumer. A fact is asked for when Next is called
// and not before: a batch of one leaves nothing behind that nobody works on.
type source struct {
	consumer jetstream.Consumer
	batch    int
	read     func(jetstream.Msg) (services.Fact, error)
	beat     time.Duration        // how often a fact in hand is spoken for
	waiting  <-chan jetstream.Msg // the rest of the last batch, closed at its end
}

var _ services.Source = (*source)(nil)

func newSource(c jetstream.Consumer, batch int, read func(jetstream.Msg) (services.Fact, error)) *source {
	return &source{consumer: c, batch: batch, read: read, beat: c.CachedInfo().Config.AckWait / 2}
}

// Next waits for a fact. A broker that is away is waited for; Next fails when
// ctx ends, the connection is closed or the consumer is gone.
func (s *source) Next(ctx context.Context) (services.Delivery, error) {
	m, err := s.next(ctx)
	if err != nil {
		return nil, err
	}
	return m, nil
}

func (s *source) next(ctx context.Context) (*pulled, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		m, err := s.take(ctx)
		switch {
		case m != nil:
			return hold(ctx, s, m), nil
		case final(err):
			return nil, fmt.Errorf("next fact: %w", err)
		case err != nil && !errors.Is(err, nats.ErrTimeout):
			pause(ctx, pullPause)
		}
	}
}

// take returns the next message: of the last batch, else of a new one of what
// is there, else the next that comes.
func (s *source) take(ctx context.Context) (jetstream.Msg, error) {
	if m, ok := <-s.ready(); ok {
		return m, nil
	}
	s.waiting = nil
	if s.batch > 1 {
		b, err := s.consumer.FetchNoWait(s.batch)
		if err != nil {
			return nil, err
		}
		if m, ok := <-b.Messages(); ok {
			s.waiting = b.Messages()
			return m, nil
		}
	}
	within, cancel := context.WithTimeout(ctx, pullWait)
	defer cancel()
	return s.consumer.Next(jetstream.FetchContext(within), jetstream.FetchHeartbeat(pullBeat))
}

// ready returns the rest of the last batch; a closed channel when there is none.
func (s *source) ready() <-chan jetstream.Msg {
	if s.waiting == nil {
		none := make(chan jetstream.Msg)
		close(none)
		return none
	}
	return s.waiting
}

// final reports an error that waiting does not mend.
func final(err error) bool {
	return errors.Is(err, nats.ErrConnectionClosed) ||
		errors.Is(err, jetstream.ErrConsumerDeleted) || errors.Is(err, jetstream.ErrConsumerNotFound)
}

// pause waits for d, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// pulled is one message that is to be settled. A settlement that the broker
// did not get is no error: the fact comes again, and whoever handles facts may
// be handed one twice. A ctx that has ended does not keep it from being sent.
type pulled struct {
	msg  jetstream.Msg
	read func(jetstream.Msg) (services.Fact, error)
	drop context.CancelFunc
	held sync.WaitGroup
}

var _ services.Delivery = (*pulled)(nil)

// hold takes a message in hand. Until it is settled, or ctx ends, the broker is
// told again and again that somebody works on it, so that it hands it to nobody
// else however long that takes.
func hold(ctx context.Context, s *source, m jetstream.Msg) *pulled {
	p := &pulled{msg: m, read: s.read}
	ctx, p.drop = context.WithCancel(ctx)
	p.held.Go(func() {
		for pause(ctx, s.beat); ctx.Err() == nil; pause(ctx, s.beat) {
			_ = m.InProgress() // if it is lost, the next one is not
		}
	})
	return p
}

// release ends hold: what is said after the settlement would take it back.
func (p *pulled) release() {
	p.drop()
	p.held.Wait()
}

func (p *pulled) Fact() (services.Fact, error) { return p.read(p.msg) }

func (p *pulled) Tries() int {
	meta, err := p.msg.Metadata()
	if err != nil {
		return 1
	}
	return int(meta.NumDelivered)
}

// Ack returns when the broker has confirmed it.
func (p *pulled) Ack(ctx context.Context) error {
	p.release()
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), opTimeout)
	defer cancel()
	return settled(p.msg.DoubleAck(within))
}

func (p *pulled) Nak(_ context.Context, delay time.Duration) error {
	p.release()
	return settled(p.msg.NakWithDelay(delay))
}

// reasonGrammar is how the reason of a dead letter is written: a code, so that
// no sentence, and no value in it, gets into the advisories.
var reasonGrammar = regexp.MustCompile(`^[a-z0-9_.]{1,64}$`)

func (p *pulled) Term(_ context.Context, code string) error {
	p.release()
	if !reasonGrammar.MatchString(code) {
		code = string(services.Internal)
	}
	return settled(p.msg.TermWithReason(code))
}

// settled keeps the errors that are mistakes of the program.
func settled(err error) error {
	if errors.Is(err, jetstream.ErrMsgAlreadyAckd) {
		return fmt.Errorf("settle fact: %w", err)
	}
	return nil
}
