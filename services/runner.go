package services

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/saphan-project/saphan/schemas"
)

// Reactor is a service that decides: it is handed every fact of the types it
// handles, and returns what follows. It may be handed a fact twice.
type Reactor interface {
	// Name is the service's name; what it decides is signed as "urn:saphan:hub:<name>".
	Name() string
	// Handles lists short names of event types, as in "referral.declined".
	Handles() []string
	// Handle returns what follows from the fact. Asked again, it decides alike or
	// nothing.
	Handle(ctx context.Context, f Fact) ([]Decision, error)
}

// Projector is a service that keeps something in step with the ledger, through
// a port of its own. It may be handed a fact twice.
type Projector interface {
	// Name is the service's name, for the log.
	Name() string
	// Apply takes the fact in.
	Apply(ctx context.Context, f Fact) error
}

// Answerer is a service that is asked. Its decisions pass the gate before the
// reply leaves.
type Answerer interface {
	// Name is the service's name; what it decides is signed as "urn:saphan:hub:<name>".
	Name() string
	// Answer returns the reply to a party, and what follows from having given it.
	Answer(ctx context.Context, from Party, r Request) (Reply, []Decision, error)
}

// Source hands out facts in ledger order, each until it is settled.
type Source interface {
	// Next waits for a fact. It fails when ctx ends or the source is closed.
	Next(ctx context.Context) (Delivery, error)
}

// Delivery is one fact, to be settled by exactly one of its three methods.
type Delivery interface {
	// Fact returns the fact; an error when the bytes are none, which is a bug or
	// damage, and ends as a dead letter.
	Fact() (Fact, error)
	// Tries is how often the fact has been handed out, this time included.
	Tries() int
	// Ack says that the fact is dealt with.
	Ack(ctx context.Context) error
	// Nak hands it back, to be handed out again after the delay.
	Nak(ctx context.Context, delay time.Duration) error
	// Term gives up; code says why, and is all that the dead letter holds.
	Term(ctx context.Context, code string) error
}

// Runner is the one loop in which services run: in, decide, through the gate,
// acknowledge.
type Runner struct {
	Gate   Gate
	Author Author
	// Observe is told how each fact ended; may be nil. The error is nil, or a
	// refusal without any value from an event.
	Observe func(ctx context.Context, service string, f Fact, err error)
}

// retryDelay is how long a fact rests that could not be handled yet.
const retryDelay = time.Second

// MaxTries is how often a fact is handed out that fails for a reason which time
// alone may not mend. After that it is a dead letter: one fact that nobody can
// handle must not hold up all the others behind it.
const MaxTries = 30

// React runs a reactor until ctx ends. A Conflict about a decision means that
// another copy of the service decided first, or that the case has moved on:
// settled either way.
func (r Runner) React(ctx context.Context, src Source, s Reactor) error {
	return r.Run(ctx, src, r.Reacting(s))
}

// Project runs a projector until ctx ends.
func (r Runner) Project(ctx context.Context, src Source, s Projector) error {
	return r.Run(ctx, src, Projecting(s))
}

// Loop is what a service does with each fact.
type Loop struct {
	Name   string
	handle func(context.Context, Fact) error
}

// Reacting is the loop of a reactor.
func (r Runner) Reacting(s Reactor) Loop {
	return Loop{s.Name(), func(ctx context.Context, f Fact) error {
		if !slices.Contains(s.Handles(), f.Name()) {
			return nil
		}
		decided, err := s.Handle(ctx, f)
		if err != nil {
			return err
		}
		for _, d := range decided {
			if err := r.publish(ctx, s.Name(), d); err != nil && KindOf(err) != Conflict {
				return err
			}
		}
		return nil
	}}
}

// Projecting is the loop of a projector.
func Projecting(s Projector) Loop { return Loop{s.Name(), s.Apply} }

// Again hands a service one fact out of its turn, as its loop would, and returns
// the reason for which the loop would not have settled it: "" when it is dealt
// with. The fact has been handed out before; a service takes one twice. Nothing
// keeps the loop from running meanwhile: whoever calls it does.
func (r Runner) Again(ctx context.Context, l Loop, f Fact) string {
	err := r.take(ctx, l, f)
	if err == nil || AsError(err).Kind.Outcome().Fate == Done {
		return ""
	}
	return reason(err)
}

// maxAnswers is how often a question is answered anew because a decision of the
// answer was overtaken.
const maxAnswers = 3

// Ask has an answerer answer, and files what it decided before it returns. A
// Conflict about a decision means that the answer was made from a history that
// is no longer the present one: it is made anew, and never leaves with a
// decision that was not filed.
func (r Runner) Ask(ctx context.Context, s Answerer, from Party, req Request) (Reply, error) {
	var reply Reply
	err := guard(func() error {
		var err error
		for range maxAnswers {
			if reply, err = r.answer(ctx, s, from, req); !errors.Is(err, errOvertaken) {
				return err
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return reply, nil
}

func (r Runner) answer(ctx context.Context, s Answerer, from Party, req Request) (Reply, error) {
	reply, decided, err := s.Answer(ctx, from, req)
	if err != nil {
		return nil, err
	}
	for _, d := range decided {
		err := r.publish(ctx, s.Name(), d)
		if KindOf(err) == Conflict {
			return nil, Because(Later, CodeMoved, errOvertaken)
		}
		if err != nil {
			return nil, err
		}
	}
	return reply, nil
}

// Run runs a loop until ctx ends.
func (r Runner) Run(ctx context.Context, src Source, l Loop) error {
	for {
		d, err := src.Next(ctx)
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("run %s: %w", l.Name, err)
		}
		f, err := d.Fact()
		if err != nil {
			r.observe(ctx, l, f, err)
		} else {
			err = r.take(ctx, l, f)
		}
		if err := settle(ctx, d, err); err != nil && ctx.Err() == nil {
			return fmt.Errorf("run %s: settle: %w", l.Name, err)
		}
	}
}

// take has the service handle a fact.
func (r Runner) take(ctx context.Context, l Loop, f Fact) error {
	err := guard(func() error { return l.handle(ctx, f) })
	r.observe(ctx, l, f, err)
	return err
}

func (r Runner) observe(ctx context.Context, l Loop, f Fact, err error) {
	if r.Observe != nil {
		r.Observe(ctx, l.Name, f, err)
	}
}

// settle does with a delivery what the table of kinds says.
func settle(ctx context.Context, d Delivery, err error) error {
	if err == nil {
		return d.Ack(ctx)
	}
	if errors.Is(err, errPanic) {
		return d.Term(ctx, reason(err))
	}
	switch AsError(err).Kind.Outcome().Fate {
	case Done:
		return d.Ack(ctx)
	case Wait:
		return d.Nak(ctx, retryDelay)
	case Retry:
		if d.Tries() < MaxTries {
			return d.Nak(ctx, retryDelay)
		}
	}
	return d.Term(ctx, reason(err))
}

// reason is what a dead letter says of an error: kind and code, or that the
// handler panicked.
func reason(err error) string {
	if errors.Is(err, errPanic) {
		return "panic"
	}
	e := AsError(err)
	return string(e.Kind) + "." + e.Code
}

// publish files a decision: it adds id, time, cause and signature.
func (r Runner) publish(ctx context.Context, service string, d Decision) error {
	author := Party{Service: service}
	raw, err := r.Author.Write(schemas.Draft{
		ID:     schemas.DeriveEventID(d.Cause.Recorded, service, d.Cause.ID(), d.Type, d.Ordinal),
		Author: author, Type: d.Type, Subject: d.Subject,
		Time: d.Cause.Recorded, Cause: d.Cause.ID(), Data: d.Data,
	})
	if err != nil {
		return fmt.Errorf("write %s: %w", d.Type, err)
	}
	_, err = r.Gate.Submit(ctx, author, raw)
	switch KindOf(err) {
	case "", Conflict, Later:
		return err
	}
	// The fact that led here is in order; what the service made of it is not,
	// perhaps only until it knows more. So it is tried again.
	return Because(Internal, "decision_refused", err)
}

// guard turns a panic into a bug that one message dies of, not the process. The
// panic's value may hold anything, so only its having happened is kept.
func guard(f func() error) (err error) {
	defer func() {
		if recover() != nil {
			err = Because(Internal, "panic", errPanic)
		}
	}()
	return f()
}

var (
	errPanic     = errors.New("handler panicked")
	errOvertaken = errors.New("decision overtaken")
)
