package desk

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// Config is everything a desk needs. All fields are required but Observe.
type Config struct {
	Agency    string // whose desk it is
	Bus       Bus
	Author    services.Author // signs with the agency's key
	Verifier  Verifier
	Receipts  Receipts
	Sealer    Sealer
	Directory Directory
	View      View
	Store     Store
	IDs       schemas.IDs
	// Key is the secret of the HMAC over posted bytes. It must stay the same as
	// long as the store is kept; at least 32 bytes.
	Key []byte
	// Wait returns after d, or with an error when ctx ends first.
	Wait func(ctx context.Context, d time.Duration) error
	// Observe is told how each attempt to send an event ended; may be nil. It gets
	// the short name of the event's type, and nil or a *services.Error that holds a
	// kind and a code and nothing else.
	Observe func(ctx context.Context, typ string, err error)
}

// Service is one agency's desk.
type Service struct {
	Config

	filing  services.Locks[string] // by scope id: one post is prepared and stored at a time
	sending services.Locks[string] // by scope id: one row is on its way at a time
	present roll                   // events whose posters wait for the answer
	away    atomic.Bool            // the hub did not answer last time
	wake    chan struct{}
	tokens  tokens
	news    news // of the feed

	known struct {
		sync.Mutex
		digests map[string]bool // of the directory's events that are stored
		// to is the sequence up to which nothing of the directory is missing. It
		// begins at 0 with every start: what is stored may have gaps, and a hub that
		// lost something may count anew.
		to uint64
	}

	life struct {
		sync.Mutex
		stop context.CancelFunc
		done sync.WaitGroup
	}
}

var _ services.Projector = (*Service)(nil)

// New returns a desk that does nothing by itself until Start.
func New(c Config) *Service {
	s := &Service{Config: c, wake: make(chan struct{}, 1)}
	s.known.digests = make(map[string]bool)
	return s
}

// Name returns "desk".
func (s *Service) Name() string { return "desk" }

// Recall reads the kept directory and the tokens. Without Start the desk knows what
// its tokens allow, and does nothing.
func (s *Service) Recall(ctx context.Context) error {
	if err := s.recall(ctx); err != nil {
		return err
	}
	return s.readTokens(ctx)
}

// Start is Recall, and then sends what waits in the outbox and keeps the directory
// fresh until Close. It does not need the hub.
func (s *Service) Start(ctx context.Context) error {
	if err := s.Recall(ctx); err != nil {
		return err
	}
	s.life.Lock()
	defer s.life.Unlock()
	if s.life.stop != nil {
		return nil
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.life.stop = stop
	s.life.done.Go(func() { s.sendAll(ctx) })
	s.life.done.Go(func() { s.follow(ctx) })
	return nil
}

// Close stops what Start started and waits for it. It may be called twice.
func (s *Service) Close() error {
	s.life.Lock()
	if s.life.stop != nil {
		s.life.stop()
	}
	s.life.Unlock()
	s.life.done.Wait()
	return nil
}

// nudge makes the sender look at the outbox.
func (s *Service) nudge() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// rest returns after d, when nudged, or when ctx ends; d = 0 waits for a nudge.
func (s *Service) rest(ctx context.Context, d time.Duration) {
	services.Rest(ctx, d, s.Wait, s.wake, nil)
}

// roll counts who is there, by event.
type roll struct {
	mu    sync.Mutex
	count map[string]int
}

func (r *roll) enter(event string) (leave func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.count == nil {
		r.count = make(map[string]int)
	}
	r.count[event]++
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.count[event]--; r.count[event] == 0 {
			delete(r.count, event)
		}
	}
}

func (r *roll) has(event string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.count[event] > 0
}
