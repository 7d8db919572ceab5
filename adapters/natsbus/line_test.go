package natsbus_test

import (
	"net"
	"sync"

	"github.com/nats-io/nats.go"
)

// heldLine is where connections come from on which nothing comes from the broker
// while it is locked, and which can be cut.
type heldLine struct {
	sync.Mutex
	to nats.InProcessConnProvider

	mu   sync.Mutex
	open []net.Conn
}

func (l *heldLine) InProcessConn() (net.Conn, error) {
	c, err := l.to.InProcessConn()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open = append(l.open, c)
	return &heldConn{Conn: c, line: l}, err
}

func (l *heldLine) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.open {
		c.Close()
	}
	l.open = nil
}

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
