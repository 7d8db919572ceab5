package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"syscall"

	"github.com/saphan-project/saphan/adapters/natsbus"
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// node is everything in one process: the broker, a hub, and the agencies' desks,
// each with a connection of its own. In its folder: hub/ with the hub's keys,
// bus/ with the streams, desks/<agency>/ with what each agency keeps.
type node struct {
	dir       string
	world     world
	server    *natsbus.Server
	authority *natsbus.Authority
	hub       *hub
	desks     map[string]*deskNode
}

// startNode starts a node on a folder, which it makes when it is missing, and
// registers the agencies, with the keys that they have now. It returns when every
// desk takes orders. A part that fails later is told by the fault of its world.
func startNode(ctx context.Context, dir string, agencies []sampleAgency, w world) (*node, error) {
	own := keyFolder(filepath.Join(dir, "hub", "bus"))
	if err := makeFolder(string(own)); err != nil {
		return nil, err
	}
	authority, err := natsbus.OpenAuthority(own)
	if err != nil {
		return nil, err
	}
	server, err := natsbus.Start(ctx, natsbus.ServerConfig{
		Dir: filepath.Join(dir, "bus"), Authority: authority,
		Log: func(text string) { w.log.Warn().Str("broker", text).Msg("broker") },
	})
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, errInUse
	}
	if err != nil {
		return nil, err
	}
	w.fault = newFault()
	n := &node{dir: dir, world: w, server: server, authority: authority, desks: make(map[string]*deskNode)}
	if err := n.start(ctx, agencies); err != nil {
		return nil, errors.Join(err, n.Close())
	}
	return n, nil
}

// errInUse says that another process holds the lock of the broker's folder,
// which is taken before anything that is there is touched.
var errInUse = &failure{
	"another saphan runs on this data folder",
	"stop that one first, or give another folder with --data", services.Conflict.Outcome().Exit,
}

func (n *node) start(ctx context.Context, agencies []sampleAgency) error {
	keys, err := openHubKeys(filepath.Join(n.dir, "hub"))
	if err != nil {
		return err
	}
	access := busAccess{n.server.Connect, n.authority}
	if n.hub, err = startHub(ctx, access, keys, n.world); err != nil {
		return err
	}
	operator := registrar{hub: n.hub, author: hubAuthor(keys), ids: n.world.ids}
	var admitted []deskConfig
	for _, a := range agencies {
		c := deskConfig{agency: a.ID, dir: deskDir(n.dir, a.ID), root: keys.root()}
		if err := c.admit(ctx, operator, a); err != nil {
			return fmt.Errorf("admit %s: %w", a.ID, err)
		}
		admitted = append(admitted, c)
	}
	for _, c := range admitted {
		if err := n.openDesk(ctx, c); err != nil {
			return fmt.Errorf("open desk of %s: %w", c.agency, err)
		}
	}
	return nil
}

// admit makes the desk's folder and keys, and registers the agency. All are
// admitted before the first desk opens, so that every desk finds every agency.
func (c *deskConfig) admit(ctx context.Context, op registrar, a sampleAgency) error {
	if err := makeFolder(c.dir); err != nil {
		return err
	}
	var err error
	if c.keys, err = openDeskKeys(c.dir); err != nil {
		return err
	}
	if c.account, err = op.hub.bus.Accounts.Open(ctx, a.ID); err != nil {
		return err
	}
	a.Register.Keys = append(c.keys.public(), schemas.Key{Use: schemas.KeyAccount, Key: c.account})
	return op.register(ctx, a)
}

func (n *node) openDesk(ctx context.Context, c deskConfig) error {
	u, err := n.hub.bus.Accounts.User(c.agency)
	if err != nil {
		return err
	}
	if c.nc, err = n.server.Connect(u, c.agency); err != nil {
		return err
	}
	n.desks[c.agency], err = startDesk(ctx, c, n.world.of(c.agency))
	return err
}

// Close stops the desks, then the hub, then the broker. It may be called twice.
func (n *node) Close() error {
	var errs []error
	for id, d := range n.desks {
		if d != nil {
			errs = append(errs, d.Close())
		}
		delete(n.desks, id)
	}
	if n.hub != nil {
		n.hub.Close()
	}
	n.server.Close()
	return errors.Join(errs...)
}
