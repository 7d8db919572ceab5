package httpapi

import (
	"net"
	"net/http"
	"net/netip"
	"sync"
)

// LimitConnections has a server that was not started close each connection that is
// too many, in all or from one address, before anything is read: whoever opens
// connections and says nothing keeps out few but themselves. Server does so with the
// default limits.
func LimitConnections(s *http.Server, limits Limits) {
	limits = limits.withDefaults()
	d := &door{
		all:  newTurnstile[struct{}](limits.Connections),
		each: newTurnstile[netip.Addr](limits.PerAddress),
		in:   make(map[net.Conn]func()),
	}
	s.ConnState = d.watch
}

// door counts connections.
type door struct {
	all  *turnstile[struct{}]
	each *turnstile[netip.Addr]
	mu   sync.Mutex
	in   map[net.Conn]func() // how each is counted out
}

// watch is told how connections fare.
func (d *door) watch(c net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		leave, ok := d.enter(c.RemoteAddr())
		if !ok {
			_ = c.Close()
			return
		}
		d.mu.Lock()
		d.in[c] = leave
		d.mu.Unlock()
	case http.StateClosed, http.StateHijacked:
		d.mu.Lock()
		leave := d.in[c]
		delete(d.in, c)
		d.mu.Unlock()
		if leave != nil {
			leave()
		}
	}
}

// enter counts a connection in; leave counts it out.
func (d *door) enter(from net.Addr) (leave func(), ok bool) {
	out, ok := d.all.enter(struct{}{})
	if !ok {
		return nil, false
	}
	at, err := netip.ParseAddrPort(from.String())
	if err == nil && at.Addr().Unmap().IsLoopback() {
		return out, true
	}
	away, ok := d.each.enter(networkOf(at.Addr()))
	if !ok {
		out()
		return nil, false
	}
	return func() { away(); out() }, true
}
