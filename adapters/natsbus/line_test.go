package natsbus_test

import (
	"net"
	"sync"
	"sync/atomic"

	"github.com/nats-io/nats.go"
)

// heldLine is a connection on which nothing comes from the broker while it is
// locked, and which can be cut.
type heldLine struct {
	sync.Mutex
	to   nats.InProcessConnProvider
	last atomic.Pointer[net.Conn]
}

func (l *heldLine) InProcessConn() (net.Conn, error) {
	c, err := l.to.InProcessConn()
	l.last.Store(&c)
	return &heldConn{Conn: c, line: l}, err
}

func (l *heldLine) cut() { (*l.last.Load()).Close() }

type heldConn struct {
	net.Conn
	line *heldLine
}

func (c *heldConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.line.Lock()
	defer c.line.Unlock()
	return n, err
}
