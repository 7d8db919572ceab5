package natsbus

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// opTimeout is how long one operation on the broker may take when its caller
// sets no earlier end.
const opTimeout = 5 * time.Second

// Conn is a connection to a broker.
type Conn = nats.Conn

// Hub is everything that the hub's side of the bus consists of.
type Hub struct {
	Ledger    *Ledger
	Inbox     *Inbox
	Vault     *Vault
	Audit     *Audit
	Citations *Citations

	conn bus

	mu     sync.Mutex
	closed bool
	stops  []context.CancelFunc
	wg     sync.WaitGroup
}

// bus is a connection and JetStream over it.
type bus struct {
	nc *nats.Conn
	js jetstream.JetStream
}

// OpenHub opens the streams, and creates those that are missing. It fails when
// the broker does not answer, and when a stream has other settings than ours.
func OpenHub(ctx context.Context, nc *nats.Conn) (*Hub, error) {
	js, err := jetstream.New(nc)
	if err != nil {
		return nil, fmt.Errorf("open hub: %w", err)
	}
	streams, err := openStreams(ctx, js)
	if err != nil {
		return nil, fmt.Errorf("open hub: %w", err)
	}
	cited, err := openCitations(ctx, js)
	if err != nil {
		return nil, fmt.Errorf("open hub: %w", err)
	}
	b := bus{nc: nc, js: js}
	return &Hub{
		Ledger:    newLedger(b, streams[streamLedger]),
		Inbox:     &Inbox{bus: b, stream: streams[streamInbox]},
		Vault:     &Vault{bus: b, stream: streams[streamVault]},
		Audit:     &Audit{nc: nc},
		Citations: cited,
		conn:      b,
	}, nil
}

// Close stops serving, and waits until every request in hand is answered. It
// may be called twice, and leaves the connection to its owner.
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
