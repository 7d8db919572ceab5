package main

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/saphan-project/saphan/adapters/deskclient"
	"github.com/saphan-project/saphan/adapters/httpapi"
	"github.com/saphan-project/saphan/adapters/natsbus"
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/operator"
)

// hosted are the desks that run in this process, beside the hub. They come and go
// while it runs: the operator opens and shuts them, and the API finds them here.
type hosted struct {
	at    func(agency string) string // the folder of a desk
	root  ed25519.PublicKey          // of the hub
	world world
	// connect connects as a new user of an agency, and returns the account.
	connect func(agency string) (*natsbus.Conn, string, error)

	mu    sync.RWMutex
	url   string // under which clients reach them; empty until they do
	desks map[string]*hostedDesk
}

var (
	_ operator.Desks = (*hosted)(nil)
	_ httpapi.Desks  = (*hosted)(nil)
	_ httpapi.Tokens = (*hosted)(nil)
)

// hostedDesk is a desk, and the requests at it.
type hostedDesk struct {
	*deskNode
	open   bool
	ctx    context.Context // of its requests; ends when the desk stops
	stop   context.CancelFunc
	visits sync.WaitGroup
}

// shutWait is how long a desk that stops waits for the requests at it to end, once
// they are told to.
const shutWait = 2 * time.Second

// agencies lists whose desks there are, sorted.
func (h *hosted) agencies() []string {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return slices.Sorted(maps.Keys(h.desks))
}

// of returns the desk of an agency; nil when there is none.
func (h *hosted) of(agency string) *hostedDesk {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.desks[agency]
}

// running returns the desk of an agency; nil when it is frozen, or there is none.
func (h *hosted) running(agency string) *deskNode {
	h.mu.RLock()
	defer h.mu.RUnlock()
	if d := h.desks[agency]; d != nil && d.open {
		return d.deskNode
	}
	return nil
}

// Hosts reports whether an agency's desk is here.
func (h *hosted) Hosts(agency string) bool { return isDesk(h.at(agency)) }

// Found makes the folder and the keys of a desk, or finds them. A desk that was there
// before may get another key to sign with, and none in place of those that open what
// was sealed for it: that would be beyond it, and nobody would know.
func (h *hosted) Found(_ context.Context, agency string) ([]schemas.Key, error) {
	dir := h.at(agency)
	if err := makeFolder(dir); err != nil {
		return nil, err
	}
	open := openDeskKeys
	if _, err := os.Stat(filepath.Join(dir, "desk.db")); err == nil {
		open = renewSigning
	}
	keys, err := open(dir)
	if err != nil {
		return nil, err
	}
	return keys.public(), nil
}

// config is a desk without a connection, with the keys that were made for it.
func (h *hosted) config(agency string) (deskConfig, error) {
	dir := h.at(agency)
	keys, err := loadDeskKeys(dir)
	return deskConfig{agency: agency, dir: dir, keys: keys, root: h.root}, err
}

// Open has a desk take orders.
func (h *hosted) Open(ctx context.Context, agency string) (string, error) {
	file := filepath.Join(h.at(agency), "desk.json")
	if h.running(agency) != nil {
		return file, nil
	}
	c, err := h.config(agency)
	if err != nil {
		return "", err
	}
	if c.nc, c.account, err = h.connect(agency); err != nil {
		return "", err
	}
	d, err := startDesk(ctx, c, h.world.of(agency))
	if err != nil {
		c.nc.Close()
		return "", err
	}
	if err := h.put(ctx, agency, d, true); err != nil {
		return "", errors.Join(err, d.Close())
	}
	return file, nil
}

// put has a desk answer from now on. As soon as it is open, and clients can reach
// it, somebody can come in.
func (h *hosted) put(ctx context.Context, agency string, d *deskNode, open bool) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if open {
		if err := h.admit(ctx, agency, d); err != nil {
			return err
		}
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	h.desks[agency] = &hostedDesk{deskNode: d, open: open, ctx: ctx, stop: stop}
	return nil
}

// admit makes sure that somebody can come in, once clients can. It is called with mu
// held.
func (h *hosted) admit(ctx context.Context, agency string, d *deskNode) error {
	if h.url == "" {
		return nil
	}
	return d.openToken(ctx, deskclient.DeskFile{URL: h.url, Agency: agency})
}

// serve says under which URL clients reach the desks.
func (h *hosted) serve(ctx context.Context, url string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.url = url
	for agency, d := range h.desks {
		var err error
		if d.open {
			err = h.admit(ctx, agency, d.deskNode)
		} else {
			err = readdress(filepath.Join(d.dir, "desk.json"), url)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Freeze stops a desk. Its tokens are still known, and open nothing.
func (h *hosted) Freeze(ctx context.Context, agency string) error {
	if d := h.of(agency); d != nil {
		return h.shut(d)
	}
	d, err := h.quiet(ctx, agency)
	if err != nil {
		return err
	}
	return errors.Join(h.put(ctx, agency, d, false), d.Close())
}

// quiet opens a desk that will do nothing.
func (h *hosted) quiet(ctx context.Context, agency string) (*deskNode, error) {
	c, err := h.config(agency)
	if err != nil {
		return nil, err
	}
	return openDesk(ctx, c, h.world.of(agency))
}

// shut ends the requests at a desk, and then the desk.
func (h *hosted) shut(d *hostedDesk) error {
	h.mu.Lock()
	was := d.open
	d.open = false
	h.mu.Unlock()
	if !was {
		return nil
	}
	d.stop()
	left := make(chan struct{})
	go func() {
		defer close(left)
		d.visits.Wait()
	}()
	select {
	case <-left:
	case <-time.After(shutWait): // it finds the desk closed
	}
	return d.deskNode.Close()
}

// Renew freezes a desk, ends all of its tokens, and makes the one that it begins with.
func (h *hosted) Renew(ctx context.Context, agency string) (string, error) {
	if err := h.Freeze(ctx, agency); err != nil {
		return "", err
	}
	d, err := h.quiet(ctx, agency)
	if err != nil {
		return "", err
	}
	if err = d.endTokens(ctx); err == nil {
		h.mu.Lock()
		err = h.admit(ctx, agency, d)
		h.mu.Unlock()
	}
	if err == nil {
		err = h.put(ctx, agency, d, false)
	}
	return filepath.Join(d.dir, "desk.json"), errors.Join(err, d.Close())
}

// Close stops a desk for ever: no token opens it, and the files that hold one are
// gone. What the agency filed, and its keys, stay for it to take away.
func (h *hosted) Close(ctx context.Context, agency string) error {
	d := h.of(agency)
	if d != nil {
		if err := h.shut(d); err != nil {
			return err
		}
		h.mu.Lock()
		delete(h.desks, agency)
		h.mu.Unlock()
	}
	return removeTokens(h.at(agency))
}

// Enter begins a request at a desk.
func (h *hosted) Enter(ctx context.Context, agency string) (httpapi.Visit, error) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	d := h.desks[agency]
	switch {
	case d == nil:
		return httpapi.Visit{}, services.Refuse(services.Unauthorized, "token")
	case !d.open:
		return httpapi.Visit{}, services.Refuse(services.Forbidden, services.CodeSuspended)
	}
	d.visits.Add(1)
	ctx, end := context.WithCancel(ctx)
	detach := context.AfterFunc(d.ctx, end)
	return httpapi.Visit{Desk: d.deskNode, Context: ctx, Leave: func() {
		detach()
		end()
		d.visits.Done()
	}}, nil
}

// Grant asks every desk, frozen or not.
func (h *hosted) Grant(hash services.TokenHash) (services.Grant, bool) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	sources := make(httpapi.TokenSources, 0, len(h.desks))
	for _, d := range h.desks {
		sources = append(sources, d)
	}
	return sources.Grant(hash)
}

// stop closes every desk. It may be called twice.
func (h *hosted) stop() error {
	var errs []error
	for _, agency := range h.agencies() {
		d := h.of(agency)
		if err := h.shut(d); err != nil {
			errs = append(errs, fmt.Errorf("close desk of %s: %w", agency, err))
		}
	}
	return errors.Join(errs...)
}
