package intake

import (
	"context"
	"errors"
	"time"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
)

// DefaultHourlyLimit is how many events an agency may file in one case (or
// inspection) within an hour. A person cannot type that fast; a program in a
// loop can fill a case so that nobody finds anything in it.
const DefaultHourlyLimit = 200

// maxRetries is how often an event is checked again after another gate wrote
// to its scope first.
const maxRetries = 5

// Config is what a gate needs. All of it is required unless said otherwise.
type Config struct {
	Directory casefile.Directory
	Ledger    Ledger
	Verifier  Verifier
	Sections  Sections
	Receipts  Receipts
	Audit     Audit // may be nil
	Now       func() time.Time
	// Pause waits a moment, with jitter, before try number attempt (from 1); nil
	// does not wait.
	Pause func(ctx context.Context, attempt int) error
	// HourlyLimit is DefaultHourlyLimit when 0, and none when negative.
	HourlyLimit int
}

// Service is the gate.
type Service struct {
	Config
	locks services.Locks[string] // by scope id, whatever the kind: see scopeIsFree
	pace  pace
}

var _ services.Gate = (*Service)(nil)

// New returns a gate.
func New(c Config) *Service {
	if c.HourlyLimit == 0 {
		c.HourlyLimit = DefaultHourlyLimit
	}
	return &Service{Config: c}
}

// Submit accepts raw and returns its receipt: the original one when the same
// bytes were accepted before, however long ago, even when the author has been
// suspended or has changed its keys since. Every refusal is a *services.Error.
func (s *Service) Submit(ctx context.Context, from services.Party, raw []byte) (services.Receipt, error) {
	c, err := read(from, raw)
	if err != nil {
		return services.Receipt{}, s.refuse(ctx, c, err)
	}
	stored, err := s.admit(ctx, c)
	if err != nil {
		return services.Receipt{}, s.refuse(ctx, c, err)
	}
	receipt, err := s.Receipts.Sign(stored)
	if err != nil {
		return services.Receipt{}, s.refuse(ctx, c, err)
	}
	return receipt, nil
}

// admit has the candidate tried until it is in or refused, alone in its scope.
func (s *Service) admit(ctx context.Context, c candidate) (services.Fact, error) {
	release, err := s.locks.Acquire(ctx, c.fact.Scope().ID)
	if err != nil {
		return services.Fact{}, err
	}
	defer release()
	for attempt := 1; ; attempt++ {
		stored, err := s.try(ctx, c)
		if !moved(err) || attempt > maxRetries {
			return stored, err
		}
		if s.Pause == nil {
			continue
		}
		if err := s.Pause(ctx, attempt); err != nil {
			return services.Fact{}, err
		}
	}
}

// try checks the candidate against the history as it is now, and appends it.
func (s *Service) try(ctx context.Context, c candidate) (services.Fact, error) {
	facts, err := s.Ledger.Read(ctx, c.fact.Scope())
	if err != nil {
		return services.Fact{}, err
	}
	if stored, ok := c.storedIn(facts); ok {
		return stored, nil
	}
	c = c.after(facts, s.Now())
	for _, step := range steps {
		if err := step(s, ctx, c); err != nil {
			return services.Fact{}, err
		}
	}
	return s.append(ctx, c)
}

func (s *Service) append(ctx context.Context, c candidate) (services.Fact, error) {
	stored, err := s.Ledger.Append(ctx, c.entry())
	switch {
	case err == nil:
		s.pace.note(c.from.Agency, c.now)
		return stored, nil
	case moved(err):
		return services.Fact{}, err
	}
	// The answer may be lost, and not the event; or another gate was first.
	facts, readErr := s.Ledger.Read(ctx, c.fact.Scope())
	if found, ok := c.storedIn(facts); readErr == nil && ok {
		return found, nil
	}
	return services.Fact{}, err
}

// moved reports whether the history may have changed since it was read.
func moved(err error) bool {
	var e *services.Error
	return errors.As(err, &e) && e.Kind == services.Later && e.Code == services.CodeMoved
}

// refuse turns err into a refusal and tells the audit.
func (s *Service) refuse(ctx context.Context, c candidate, err error) *services.Error {
	refusal := services.AsError(err)
	if s.Audit != nil {
		s.Audit.Refused(ctx, c.from, schemas.NameOf(c.fact.Event), refusal)
	}
	return refusal
}
