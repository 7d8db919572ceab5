package webhook

import (
	"context"
	"time"

	"github.com/saphan-project/saphan/services"
)

// Told is one entry of the feed: a fact, at the place at which the desk was shown it.
type Told struct {
	Place uint64
	Fact  services.Fact
}

// Feed is what the desk was shown, in the order in which it was. What is withdrawn
// leaves it, and comes in a new place should it be given again.
type Feed interface {
	// Feed returns at most limit entries behind a place, and the place up to which it
	// has looked. While the desk reads its inbox anew, it ends before the first event
	// that has not come back.
	Feed(ctx context.Context, after uint64, limit int) (told []Told, last uint64, err error)
	// Last is the place of the newest entry; 0 when there is none.
	Last(ctx context.Context) (uint64, error)
	// News is closed when there is a newer entry than at the time of the call.
	News() <-chan struct{}
}

// Sender speaks HTTP with receivers.
type Sender interface {
	// Check refuses an address that nothing may be sent to, as Invalid; a name that
	// cannot be looked up now, as Later.
	Check(ctx context.Context, url string) error
	// Ask asks a receiver whether it wants events from here, and how many requests a
	// minute; 0: any number. The outcome is OK when it does.
	Ask(ctx context.Context, url string) (rate int, o Outcome)
	// Send makes one attempt, signed with the keys, at an instant.
	Send(ctx context.Context, r Request) Outcome
}

// Request is one attempt.
type Request struct {
	URL  string
	Keys []SigningKey
	At   time.Time
	Message
}

// Store keeps endpoints and deliveries.
type Store interface {
	Endpoints
	Deliveries
}

// Endpoints keeps endpoints, with their keys. Who can read it can sign as the desk.
type Endpoints interface {
	// Add adds an endpoint.
	Add(ctx context.Context, e Endpoint) error
	// All returns every endpoint in the order in which they were added.
	All(ctx context.Context) ([]Endpoint, error)
	// Get returns an endpoint; Unknown when there is none with the id.
	Get(ctx context.Context, id string) (Endpoint, error)
	// Change stores what change makes of an endpoint, and moves its deliveries as
	// change says, in one transaction: nothing when change fails. It returns the
	// endpoint, and how many deliveries were moved.
	Change(ctx context.Context, id string, change func(*Endpoint) (*Move, error)) (Endpoint, int, error)
}

// Deliveries keeps deliveries: one at most for an endpoint and a place.
type Deliveries interface {
	// Enqueue adds deliveries and moves the endpoint's cursor from one place to
	// another, in one transaction; nothing when the cursor is elsewhere by now, or
	// the endpoint is not open any more. A delivery that is there stays as it is.
	Enqueue(ctx context.Context, id string, rows []Delivery, from, to uint64) error
	// Heads returns the first delivery of each case that is not settled.
	Heads(ctx context.Context, id string) ([]Delivery, error)
	// Head returns that of one case; false when all are settled.
	Head(ctx context.Context, id, scope string) (Delivery, bool, error)
	// Settle stores what after makes of an endpoint and a delivery, in one
	// transaction. What is gone by now is left alone.
	Settle(ctx context.Context, d Delivery, after func(*Endpoint, *Delivery)) error
	// Find lists deliveries of an endpoint that a pick fits, the newest place first.
	Find(ctx context.Context, id string, p Pick, page Page) ([]Delivery, error)
	// Count counts the deliveries of every endpoint by their state.
	Count(ctx context.Context) (map[string]Counts, error)
	// Prune drops what was settled before an instant, and endpoints that were disabled
	// before it and of which nothing else is left.
	Prune(ctx context.Context, before time.Time) error
}

// Counts says how many deliveries stand how.
type Counts map[DeliveryState]int

// Pick picks deliveries of an endpoint. Its zero value picks all.
type Pick struct {
	Event  string          // id
	States []DeliveryState // any of them; empty: all
	Type   string          // short name
	Since  time.Time       // last tried at it or later
	From   uint64          // place
	Tried  bool            // in this round of the schedule, at least once
}

// Page is a part of a list.
type Page struct {
	Before uint64 // place; 0: from the newest
	Limit  int
}

// Move is what becomes of the deliveries that a pick fits.
type Move struct {
	Pick Pick
	To   func(*Delivery)
}
