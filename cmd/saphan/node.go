package main

import (
	"context"
	"errors"
	"fmt"
	"os"
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
	server *natsbus.Server
	hub    *hub
	desks  map[string]*deskNode
}

// startNode starts a node on a folder, which it makes when it is missing, and
// registers the agencies that are not registered yet. It returns when every desk
// takes orders.
func startNode(ctx context.Context, dir string, agencies []sampleAgency, w world) (*node, error) {
	server, err := natsbus.Start(ctx, natsbus.ServerConfig{
		Dir: filepath.Join(dir, "bus"),
		Log: func(text string) { w.log.Warn().Str("broker", text).Msg("broker") },
	})
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, errInUse
	}
	if err != nil {
		return nil, err
	}
	n := &node{server: server, desks: make(map[string]*deskNode)}
	if err := n.start(ctx, dir, agencies, w); err != nil {
		return nil, errors.Join(err, n.Close())
	}
	return n, nil
}

// errInUse says that another process holds the lock of the broker's folder,
// which is taken before anything else is touched.
var errInUse = &failure{
	"another saphan runs on this data folder",
	"stop that one first, or give another folder with --data", services.Conflict.Outcome().Exit,
}

func (n *node) start(ctx context.Context, dir string, agencies []sampleAgency, w world) error {
	if err := os.MkdirAll(filepath.Join(dir, "hub"), 0o700); err != nil {
		return fmt.Errorf("make data folder: %w", err)
	}
	keys, err := openHubKeys(filepath.Join(dir, "hub"))
	if err != nil {
		return err
	}
	nc, err := n.server.Connect("hub")
	if err != nil {
		return err
	}
	if n.hub, err = startHub(ctx, nc, keys, w); err != nil {
		return err
	}
	operator := registrar{hub: n.hub, author: hubAuthor(keys), ids: w.ids}
	if err := operator.register(ctx, hubItself(keys)); err != nil {
		return err
	}
	var admitted []deskConfig
	for _, a := range agencies {
		c := deskConfig{agency: a.ID, dir: deskDir(dir, a.ID), root: keys.root()}
		if err := c.admit(ctx, operator, a); err != nil {
			return fmt.Errorf("admit %s: %w", a.ID, err)
		}
		admitted = append(admitted, c)
	}
	for _, c := range admitted {
		if err := n.openDesk(ctx, c, w); err != nil {
			return fmt.Errorf("open desk of %s: %w", c.agency, err)
		}
	}
	return nil
}

// admit makes the desk's folder and keys, and registers the agency. All are
// admitted before the first desk opens, so that every desk finds every agency.
func (c *deskConfig) admit(ctx context.Context, op registrar, a sampleAgency) error {
	if err := os.MkdirAll(c.dir, 0o700); err != nil {
		return err
	}
	var err error
	if c.keys, err = openDeskKeys(c.dir); err != nil {
		return err
	}
	a.Register.Keys = c.keys.public()
	return op.register(ctx, a)
}

func (n *node) openDesk(ctx context.Context, c deskConfig, w world) error {
	var err error
	if c.nc, err = n.server.Connect(c.agency); err != nil {
		return err
	}
	n.desks[c.agency], err = startDesk(ctx, c, w)
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

// registrar speaks for the operator, who admits agencies to the directory.
type registrar struct {
	hub    *hub
	author services.Author
	ids    schemas.IDs
}

// register admits an agency unless it is there, and waits until the directory
// knows it.
func (r registrar) register(ctx context.Context, a sampleAgency) error {
	if _, there := r.hub.directory.Agency(a.ID); there {
		return nil
	}
	operator := schemas.Party{Service: schemas.Operator}
	raw, err := r.author.Write(schemas.Draft{
		ID: r.ids.EventID(), Author: operator, Type: "agency.registered",
		Subject: a.ID, Time: r.ids.Now(), Data: a.Register,
	})
	if err != nil {
		return err
	}
	if _, err := r.hub.gate.Submit(ctx, operator, raw); err != nil && services.KindOf(err) != services.Conflict {
		return fmt.Errorf("register agency: %w", err)
	}
	return r.hub.knows(ctx, a.ID)
}

// hubItself publishes the keys of the hub's services.
func hubItself(keys hubKeys) sampleAgency {
	return sampleAgency{schemas.HubAgency, schemas.AgencyRegistered{
		Kind: "hub", Name: names("The hub", "ศูนย์กลาง"), Office: schemas.Area{Kind: "unknown"}, Keys: keys.public(),
	}}
}
