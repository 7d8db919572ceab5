package webhook

import (
	"context"
	"sync"
	"time"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// Config is everything that the webhooks of a desk need. All fields are required but
// Observe and Limits.
type Config struct {
	Feed   Feed
	Store  Store
	Sender Sender
	IDs    schemas.IDs
	// Jitter is chance, from 0 up to 1.
	Jitter func() float64
	// Wait returns after d, or with an error when ctx ends first.
	Wait func(ctx context.Context, d time.Duration) error
	// Observe is told how each attempt ended; may be nil.
	Observe func(ctx context.Context, a Attempt)
	Limits  Limits
}

// Attempt is one attempt to send an event, without the event.
type Attempt struct {
	Endpoint string        // its id
	State    EndpointState // of the endpoint, afterwards
	Outcome
}

// Limits says how much is sent at once. A zero means the default.
type Limits struct {
	Endpoint int // requests to one endpoint; 4
	Total    int // requests in all; 16
}

const (
	defaultPerEndpoint = 4
	defaultTotal       = 16
)

// Service is the webhooks of one desk. Run sends; the other methods are what people
// and programs say, and may be called beside it.
type Service struct {
	Config
	wake  chan struct{} // somebody said something, or an attempt has ended
	slots chan struct{} // one for each request on its way

	lanes struct {
		sync.Mutex
		of   map[string]*lane // by endpoint
		done sync.WaitGroup
	}
}

// New returns the webhooks of a desk, which send nothing until Run.
func New(c Config) *Service {
	if c.Limits.Endpoint <= 0 {
		c.Limits.Endpoint = defaultPerEndpoint
	}
	if c.Limits.Total <= 0 {
		c.Limits.Total = defaultTotal
	}
	s := &Service{Config: c, wake: make(chan struct{}, 1), slots: make(chan struct{}, c.Limits.Total)}
	s.lanes.of = make(map[string]*lane)
	return s
}

// nudge makes Run look again.
func (s *Service) nudge() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *Service) now() time.Time { return s.IDs.Now().UTC().Truncate(time.Millisecond) }

// Codes of refusals.
const (
	CodeState   = "webhook_state"   // Conflict: its state does not allow that
	CodeTooMany = "webhook_many"    // Conflict: the desk has as many as it can
	CodeURL     = "webhook_url"     // Invalid: not an address that is sent to
	CodeAddress = "webhook_address" // Invalid: leads to where nothing is sent
	CodeHost    = "webhook_host"    // Later: its name cannot be looked up now
	CodeOverlap = "webhook_overlap" // Invalid: longer than a key may sign on
	codeRebuilt = "rebuilding"      // Later: the desk reads its inbox from the beginning
)

// refuseState says that the state of an endpoint does not allow something.
func refuseState(e *Endpoint) error { return services.RefuseIn(string(e.State), CodeState) }
