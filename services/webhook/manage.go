package webhook

import (
	"context"
	"slices"
	"time"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// maxEndpoints is how many endpoints a desk has at most, those that were removed
// aside.
// Source: our choice; each is asked about at every event.
const maxEndpoints = 20

// idLength is how much of a random id names an endpoint, in hex digits.
const idLength = 12

// EndpointInput is what somebody says to add an endpoint.
type EndpointInput struct {
	// URL is an https address on port 443 or from 1024 on, without user, password and
	// fragment, that leads to a public machine.
	URL string `json:"url"`
	// Types are names of types of event, as in "referral.offered", or "referral.*" for
	// all of a noun; every type when there are none.
	Types []string `json:"types,omitempty"`
	// Full sends events as they are stored, and not only what happened where.
	Full bool `json:"full,omitempty"`
}

// EndpointSecret is an endpoint with a new secret, which is shown this once.
type EndpointSecret struct {
	Endpoint
	// Secret is as in "whsec_…": what stands behind "whsec_" is the key of the HMAC in base64.
	Secret string `json:"secret"`
	// Asked is what its receiver said to the question whether it wants events.
	Asked *Outcome `json:"asked,omitempty"`
}

// Checked is an endpoint, and how what was tried with it ended.
type Checked struct {
	Endpoint
	Outcome Outcome `json:"outcome"` // how it ended
}

// EndpointStatus is an endpoint, and how many of its deliveries stand how.
type EndpointStatus struct {
	Endpoint
	Deliveries Counts `json:"deliveries"` // how many, by their state
}

// Add adds an endpoint that gets what is shown from now on, and asks its receiver
// whether it wants that. Unless it does, the endpoint stays unverified: Verify asks
// again. An address that nothing may be sent to is Invalid.
func (s *Service) Add(ctx context.Context, in EndpointInput) (EndpointSecret, error) {
	if err := checkTypes(in.Types); err != nil {
		return EndpointSecret{}, err
	}
	if err := s.Sender.Check(ctx, in.URL); err != nil {
		return EndpointSecret{}, err
	}
	all, err := s.Store.All(ctx)
	if err != nil {
		return EndpointSecret{}, err
	}
	gone := func(e Endpoint) bool { return e.State == Disabled }
	if len(slices.DeleteFunc(all, gone)) >= maxEndpoints {
		return EndpointSecret{}, services.Refuse(services.Conflict, CodeTooMany)
	}
	last, err := s.Feed.Last(ctx)
	if err != nil {
		return EndpointSecret{}, err
	}
	now := s.now()
	e := Endpoint{
		ID: s.IDs.ID()[:idLength], URL: in.URL, Types: in.Types, Full: in.Full,
		State: Unverified, Made: now, Changed: now, Cursor: last,
		Keys: []SigningKey{newKey(s.IDs.Fill, now)},
	}
	if err := s.Store.Add(ctx, e); err != nil {
		return EndpointSecret{}, err
	}
	asked, err := s.Verify(ctx, e.ID)
	return EndpointSecret{Endpoint: asked.Endpoint, Secret: e.Keys[0].shown(), Asked: &asked.Outcome}, err
}

// Verify asks the receiver of an endpoint whether it wants events from here. When it
// does, an endpoint that was unverified is active from now on, and the rate that the
// receiver allows counts.
func (s *Service) Verify(ctx context.Context, id string) (Checked, error) {
	e, err := s.Store.Get(ctx, id)
	if err != nil {
		return Checked{}, err
	}
	if e.State == Disabled {
		return Checked{}, refuseState(&e)
	}
	rate, o := s.Sender.Ask(ctx, e.URL)
	if !o.OK() {
		return Checked{e, o}, nil
	}
	e, err = s.change(ctx, id, func(e *Endpoint) (*Move, error) {
		if e.State == Disabled {
			return nil, refuseState(e)
		}
		e.Rate = rate
		if e.State == Unverified {
			e.put(Active, "", s.now())
		}
		return nil, nil
	})
	return Checked{e, o}, err
}

// Pause has what comes to an active endpoint wait.
func (s *Service) Pause(ctx context.Context, id string) (Endpoint, error) {
	return s.change(ctx, id, func(e *Endpoint) (*Move, error) {
		if e.State != Active {
			return nil, refuseState(e)
		}
		e.put(Paused, ByPerson, s.now())
		return nil, nil
	})
}

// Resume sends what waited for a paused endpoint, in order, each by a new schedule.
func (s *Service) Resume(ctx context.Context, id string) (Endpoint, error) {
	return s.change(ctx, id, func(e *Endpoint) (*Move, error) {
		if e.State != Paused {
			return nil, refuseState(e)
		}
		e.put(Active, "", s.now())
		e.recovered()
		return s.again(Pick{States: []DeliveryState{Waiting}, Tried: true}), nil // the others are due
	})
}

// KeyInput says how long the key before signs on.
type KeyInput struct {
	// Overlap is in seconds, at most seven days; a day when not given, 0 ends it at once.
	Overlap *int `json:"overlap,omitempty"`
}

// Rotate gives an endpoint a new key. For the overlap every event is signed with the
// one before as well.
func (s *Service) Rotate(ctx context.Context, id string, in KeyInput) (EndpointSecret, error) {
	seconds := int(DefaultOverlap / time.Second)
	if in.Overlap != nil {
		seconds = *in.Overlap
	}
	if seconds < 0 || seconds > int(MaxOverlap/time.Second) {
		return EndpointSecret{}, services.Refuse(services.Invalid, CodeOverlap)
	}
	k := newKey(s.IDs.Fill, s.now())
	e, err := s.change(ctx, id, func(e *Endpoint) (*Move, error) {
		if e.State == Disabled {
			return nil, refuseState(e)
		}
		e.rotate(k, time.Duration(seconds)*time.Second)
		return nil, nil
	})
	return EndpointSecret{Endpoint: e, Secret: k.shown()}, err
}

// Remove ends an endpoint for good: nothing more is sent, what waited is given up,
// and its keys are forgotten. Its log stays for as long as any delivery's.
func (s *Service) Remove(ctx context.Context, id string) (Endpoint, error) {
	return s.change(ctx, id, func(e *Endpoint) (*Move, error) {
		if e.State == Disabled {
			return nil, refuseState(e)
		}
		now := s.now()
		e.put(Disabled, "", now)
		e.Keys = nil
		return &Move{
			Pick: Pick{States: []DeliveryState{Waiting, Failed}},
			To:   func(d *Delivery) { d.move(Skipped, Removed, now) },
		}, nil
	})
}

// ExampleInput says what to try an endpoint with.
type ExampleInput struct {
	Type string `json:"type"` // short name, as in "referral.offered"
}

// Test sends an endpoint the example of a type, once, whatever types it gets. It is
// in no feed and in no log, and changes nothing.
func (s *Service) Test(ctx context.Context, id string, in ExampleInput) (Checked, error) {
	e, err := s.Store.Get(ctx, id)
	if err != nil {
		return Checked{}, err
	}
	if !e.Open() {
		return Checked{}, refuseState(&e)
	}
	m, found := e.exampleOf(in.Type, s.IDs.EventID(), s.now())
	if !found {
		return Checked{}, services.RefuseInput(schemas.Problems{{Pointer: "/type", Code: schemas.CodeUnknownType}})
	}
	now := s.now()
	return Checked{e, s.Sender.Send(ctx, Request{URL: e.URL, Keys: e.Signing(now), At: now, Message: m})}, nil
}

// Show returns an endpoint; Unknown when there is none.
func (s *Service) Show(ctx context.Context, id string) (EndpointStatus, error) {
	e, err := s.Store.Get(ctx, id)
	if err != nil {
		return EndpointStatus{}, err
	}
	counts, err := s.Store.Count(ctx)
	return statusOf(e, counts), err
}

func statusOf(e Endpoint, counts map[string]Counts) EndpointStatus {
	if counts[e.ID] == nil {
		return EndpointStatus{e, Counts{}}
	}
	return EndpointStatus{e, counts[e.ID]}
}

// List returns every endpoint in the order in which they were added.
func (s *Service) List(ctx context.Context) ([]EndpointStatus, error) {
	all, err := s.Store.All(ctx)
	if err != nil {
		return nil, err
	}
	counts, err := s.Store.Count(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]EndpointStatus, len(all))
	for i, e := range all {
		list[i] = statusOf(e, counts)
	}
	return list, nil
}

// change changes an endpoint by somebody's word, and has Run look at it.
func (s *Service) change(ctx context.Context, id string, do func(*Endpoint) (*Move, error)) (Endpoint, error) {
	e, _, err := s.Store.Change(ctx, id, do)
	if err == nil {
		s.nudge()
	}
	return e, err
}

// again has deliveries begin a new round of the schedule now.
func (s *Service) again(p Pick) *Move {
	now := s.now()
	return &Move{Pick: p, To: func(d *Delivery) { d.move(Waiting, "", now) }}
}
