package natsbus

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// opTimeout is how long one operation on the broker may take when its caller
// sets no earlier end.
const opTimeout = 5 * time.Second

// Conn is a connection to a broker.
type Conn = nats.Conn

// Connect opens a connection to the broker as a user; the name is for the
// broker's lists. Server.Connect is one, within the process.
type Connect func(u User, name string) (*Conn, error)

// HubConfig is what a hub needs of the bus.
type HubConfig struct {
	Connect   Connect
	Authority *Authority
	// Agency tells whose an account is, as the directory says.
	Agency func(account string) (agency string, ok bool)
	// Instance tells this hub from others on the same bus: lower case letters,
	// digits and "-".
	Instance string
}

// Hub is the hub's side of the bus: a part for each service, the agencies'
// accounts, and all of their inboxes.
type Hub struct {
	Intake, Routing, Delivery, Vault, Directory *Part

	Accounts *Accounts
	Inboxes  *Inboxes

	authority *Authority
	connect   Connect
	agency    func(string) (string, bool)
	instance  string
	keeper    bus
	recent    *recent

	mu     sync.Mutex
	closed bool
	stops  []context.CancelFunc
	wg     sync.WaitGroup
}

// OpenHub opens the streams, and creates those that are missing. It fails when
// the broker does not answer, and when a stream has other settings than ours.
func OpenHub(ctx context.Context, c HubConfig) (*Hub, error) {
	h := &Hub{
		authority: c.Authority, connect: c.Connect, agency: c.Agency, instance: c.Instance,
		recent: newRecent(recentScopes, recentBytes),
	}
	if err := h.keep(); err != nil {
		return nil, fmt.Errorf("open hub: %w", err)
	}
	if err := openStreams(ctx, h.keeper.js); err != nil {
		return nil, fmt.Errorf("open hub: %w", err)
	}
	if err := h.connectParts(); err != nil {
		return nil, fmt.Errorf("open hub: %w", err)
	}
	operator, err := c.Authority.hub[accountSystem].newUser("authority")
	if err != nil {
		return nil, fmt.Errorf("open hub: %w", err)
	}
	system, err := c.Connect(operator, "authority")
	if err != nil {
		return nil, fmt.Errorf("open hub: %w", err)
	}
	h.Accounts = &Accounts{authority: c.Authority, system: system, keeper: h.keeper}
	return h, nil
}

// Close stops serving, and waits until every request in hand is answered. It
// may be called twice, and leaves the connections to whoever made them.
func (h *Hub) Close() {
	h.mu.Lock()
	h.closed = true
	stops := h.stops
	h.mu.Unlock()
	for _, stop := range stops {
		stop()
	}
	h.wg.Wait()
}
