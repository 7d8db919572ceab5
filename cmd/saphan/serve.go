package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/saphan-project/saphan/adapters/httpapi"
	"github.com/saphan-project/saphan/adapters/natsbus"
)

// drain is how long requests in hand may take when a node stops. After it they
// are told to end, and have as long again to say so.
const drain = 5 * time.Second

// site is a node with its HTTP API on one address.
type site struct {
	*node
	URL    string
	drain  time.Duration
	server *http.Server
	cut    context.CancelFunc // tells requests in hand to end
	served chan struct{}      // closed when the server has ended
	ended  error              // why it has
}

// openSite serves the desks of a node and its operator on a listener, and writes each
// agency's desk file and the operator's, with the URL under which clients reach the listener: when it is
// empty, the listener's own. When it fails, the listener is still the caller's.
func openSite(ctx context.Context, n *node, l net.Listener, url string) (*site, error) {
	s := &site{node: n, URL: cmp.Or(url, urlOf(l.Addr())), drain: drain, served: make(chan struct{})}
	if err := n.desks.serve(ctx, s.URL); err != nil {
		return nil, err
	}
	config := httpapi.Config{
		Desks: n.desks, Tokens: n.desks, Version: programVersion(), AsyncAPI: natsbus.AsyncAPI,
		Log: n.world.log, Now: time.Now, Limits: n.world.limits,
		Ready: func(context.Context) error { return n.world.fault.Err() },
	}
	if err := n.desks.count(&config); err != nil {
		return nil, err
	}
	if n.operator != nil {
		operator, err := openOperator(n.dir, s.URL)
		if err != nil {
			return nil, err
		}
		config.Operator, config.Tokens = n.operator, httpapi.TokenSources{n.desks, operator}
	}
	open, end := context.WithCancel(context.Background()) // the streams
	config.Closing = open.Done()
	s.serve(l, httpapi.New(config))
	s.server.RegisterOnShutdown(end)
	return s, nil
}

// urlOf is where a listener is reached from its own machine.
func urlOf(at net.Addr) string {
	tcp, ok := at.(*net.TCPAddr)
	if ok && tcp.IP.IsUnspecified() {
		return fmt.Sprintf("http://127.0.0.1:%d", tcp.Port)
	}
	return "http://" + at.String()
}

// serve answers requests until Close.
func (s *site) serve(l net.Listener, h http.Handler) {
	ctx, cut := context.WithCancel(context.Background())
	s.cut = cut
	s.server = httpapi.Server(h, l.Addr().String())
	s.server.BaseContext = func(net.Listener) context.Context { return ctx }
	go func() {
		defer close(s.served)
		s.ended = s.server.Serve(l)
	}()
}

// Wait returns nil when ctx ends, and earlier with an error when a part of the
// node has failed: the others are worth nothing without it.
func (s *site) Wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case <-s.world.fault.down:
		return broken(s.world.fault.Err())
	case <-s.served:
		return broken(fmt.Errorf("http: %w", s.ended))
	}
}

// broken words the failure of a part, unless that says by itself what to do.
func broken(err error) error {
	if f := (*failure)(nil); errors.As(err, &f) {
		return f
	}
	return &failure{
		"a part of the node has failed, so all of it has stopped: " + err.Error(),
		"what was acknowledged is on the disk; start it again", exitUnexpected,
	}
}

// Close stops serving, then the node. It may be called twice.
func (s *site) Close() error { return errors.Join(s.stopServing(), s.node.Close()) }

// stopServing ends the streams, and lets other requests in hand come to their end.
// Nothing of the node is closed under one that has not.
func (s *site) stopServing() error {
	err := s.shutdown()
	s.cut()
	if errors.Is(err, context.DeadlineExceeded) {
		err = s.shutdown()
	}
	if errors.Is(err, context.DeadlineExceeded) {
		err = s.server.Close()
	}
	<-s.served
	return err
}

// shutdown takes no new requests, and waits for those in hand.
func (s *site) shutdown() error {
	ctx, cancel := context.WithTimeout(context.Background(), s.drain)
	defer cancel()
	return s.server.Shutdown(ctx)
}
