package webhook

import (
	"context"
	"slices"
	"time"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// Limits of one page of the log.
const (
	defaultPage = 100
	maxPage     = 500
)

// LogInput says which deliveries to list.
type LogInput struct {
	State DeliveryState // empty: any
	Type  string        // short name; empty: any
	Page
}

// DeliveryLog is one page of the deliveries of an endpoint, the newest first.
type DeliveryLog struct {
	Deliveries []Delivery `json:"deliveries"` // of the page
	// Next is what to ask with for the page behind this one; 0 when it is the last.
	Next uint64 `json:"next,omitempty"`
}

// checkFilter refuses a state or a type that there is none of.
func checkFilter(s DeliveryState, typ string) error {
	var found schemas.Problems
	if s != "" && !slices.Contains(DeliveryStates(), s) {
		found = append(found, schemas.Problem{Pointer: "/state", Code: "enum", List: deliveryStates})
	}
	if _, known := schemas.TypeNamed(typ); typ != "" && !known {
		found = append(found, schemas.Problem{Pointer: "/type", Code: schemas.CodeUnknownType})
	}
	if len(found) > 0 {
		return services.RefuseInput(found)
	}
	return nil
}

// Deliveries lists what was sent to an endpoint or is to be.
func (s *Service) Deliveries(ctx context.Context, id string, in LogInput) (DeliveryLog, error) {
	if err := checkFilter(in.State, in.Type); err != nil {
		return DeliveryLog{}, err
	}
	if _, err := s.Store.Get(ctx, id); err != nil {
		return DeliveryLog{}, err
	}
	pick := Pick{Type: in.Type}
	if in.State != "" {
		pick.States = []DeliveryState{in.State}
	}
	if in.Limit <= 0 {
		in.Limit = defaultPage
	}
	in.Limit = min(in.Limit, maxPage)
	found, err := s.Store.Find(ctx, id, pick, in.Page)
	l := DeliveryLog{Deliveries: found}
	if len(found) == in.Limit {
		l.Next = found[len(found)-1].Place
	}
	return l, err
}

// RetryInput says which deliveries to send again: one, by its event, however it
// stands; or those that stand so, the failed ones when nothing is said.
type RetryInput struct {
	Event string        `json:"event,omitempty"` // id of the one
	State DeliveryState `json:"state,omitempty"` // of those that stand so
	Type  string        `json:"type,omitempty"`  // of this type of event alone, by its short name
	Since time.Time     `json:"since,omitzero"`  // those alone that were last tried at it or later
}

// Moved says how many deliveries somebody's word was about.
type Moved struct {
	Count int `json:"count"` // of deliveries
}

// Retry sends deliveries again now, by a new schedule. It is Unknown when the event
// of Event was never to be sent to the endpoint.
func (s *Service) Retry(ctx context.Context, id string, in RetryInput) (Moved, error) {
	if err := checkFilter(in.State, in.Type); err != nil {
		return Moved{}, err
	}
	p := Pick{Event: in.Event, Type: in.Type, Since: in.Since}
	switch {
	case in.State != "":
		p.States = []DeliveryState{in.State}
	case in.Event == "":
		p.States = []DeliveryState{Failed}
	}
	return s.move(ctx, id, in.Event, s.again(p))
}

// SkipInput names the delivery that is given up.
type SkipInput struct {
	Event string `json:"event"` // its id
}

// SkipDelivery gives up a delivery that waits or has failed, so that the next one of
// its case may go.
func (s *Service) SkipDelivery(ctx context.Context, id string, in SkipInput) (Moved, error) {
	if in.Event == "" {
		return Moved{}, services.RefuseInput(schemas.Problems{{Pointer: "/event", Code: "required"}})
	}
	now := s.now()
	return s.move(ctx, id, in.Event, &Move{
		Pick: Pick{Event: in.Event, States: []DeliveryState{Waiting, Failed}},
		To:   func(d *Delivery) { d.move(Skipped, ByPerson, now) },
	})
}

// ReplayInput says from where: one of the two.
type ReplayInput struct {
	Place uint64    `json:"place,omitempty"` // the first, in the feed
	Since time.Time `json:"since,omitzero"`  // the first event that was recorded at it or later
}

// Replay sends everything again from a place on, in order: also what was delivered
// or given up, and what the log has forgotten. What was withdrawn is not.
func (s *Service) Replay(ctx context.Context, id string, in ReplayInput) (Moved, error) {
	if (in.Place == 0) == in.Since.IsZero() {
		return Moved{}, services.RefuseInput(schemas.Problems{{Pointer: "/since", Code: "required"}})
	}
	from, err := s.placeOf(ctx, in)
	if err != nil {
		return Moved{}, err
	}
	_, n, err := s.Store.Change(ctx, id, func(e *Endpoint) (*Move, error) {
		if !e.Open() {
			return nil, refuseState(e)
		}
		e.Cursor = min(e.Cursor, from-1)
		e.recovered()
		return s.again(Pick{From: from}), nil
	})
	s.nudge()
	return Moved{n}, err
}

// placeOf finds the place in the feed from which to replay.
func (s *Service) placeOf(ctx context.Context, in ReplayInput) (uint64, error) {
	if in.Place > 0 {
		return in.Place, nil
	}
	for after := uint64(0); ; {
		told, last, err := s.Feed.Feed(ctx, after, fillSize)
		if err != nil {
			return 0, err
		}
		for _, t := range told {
			if !t.Fact.Recorded.Before(in.Since) {
				return t.Place, nil
			}
		}
		if last <= after {
			return last + 1, s.whole(ctx, last)
		}
		after = last
	}
}

// move moves deliveries of an endpoint by somebody's word; Unknown when it names an
// event and no delivery fits.
func (s *Service) move(ctx context.Context, id, event string, m *Move) (Moved, error) {
	_, n, err := s.Store.Change(ctx, id, func(e *Endpoint) (*Move, error) {
		if !e.Open() {
			return nil, refuseState(e)
		}
		e.recovered()
		return m, nil
	})
	if err == nil && event != "" && n == 0 {
		err = services.Refuse(services.Unknown, services.CodeNotVisible)
	}
	s.nudge()
	return Moved{n}, err
}
