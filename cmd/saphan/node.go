package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"syscall"
	"time"

	"github.com/saphan-project/saphan/adapters/natsbus"
	"github.com/saphan-project/saphan/adapters/signing"
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/operator"
)

// node is everything in one process: the broker, a hub, and the agencies' desks,
// each with a connection of its own. In its folder: hub/ with the hub's keys,
// bus/ with the streams, desks/<agency>/ with what each agency keeps. Where a desk
// runs alone, there is neither broker nor hub.
type node struct {
	nodeConfig
	world     world
	server    *natsbus.Server
	authority *natsbus.Authority
	hub       *hub
	desks     *hosted
	operator  *operator.Service
	lock      io.Closer // of a desk that runs alone; the broker has its own
}

// nodeConfig is what a node is made of.
type nodeConfig struct {
	dir      string         // its folder; it is made when it is missing
	agencies []sampleAgency // whose desks are to run here
	bus      busDoor
}

// startNode starts a node, and registers the agencies, with the keys that they have
// now. It returns when every desk takes orders. A part that fails later is told by
// the fault of its world.
func startNode(ctx context.Context, c nodeConfig, w world) (*node, error) {
	w.fault = newFault()
	n := &node{nodeConfig: c, world: w}
	ca, err := n.startBroker(ctx)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, errInUse
	}
	if err != nil {
		return nil, err
	}
	if err := n.start(ctx, ca); err != nil {
		return nil, errors.Join(err, n.Close())
	}
	return n, nil
}

// startBroker opens the keys of the bus and starts its broker. It returns what
// partners check its certificate against.
func (n *node) startBroker(ctx context.Context) ([]byte, error) {
	if err := isWhole(n.dir); err != nil {
		return nil, err
	}
	own := keyFolder(filepath.Join(hubDir(n.dir), "bus"))
	if err := makeFolder(string(own)); err != nil {
		return nil, err
	}
	var err error
	if n.authority, err = natsbus.OpenAuthority(own); err != nil {
		return nil, err
	}
	listen, ca, err := n.bus.open(string(own), time.Now())
	if err != nil {
		return nil, err
	}
	n.server, err = natsbus.Start(ctx, natsbus.ServerConfig{
		Dir: filepath.Join(n.dir, "bus"), Authority: n.authority, Listen: listen,
		Log: func(text string) { n.world.log.Warn().Str("broker", text).Msg("broker") },
	})
	return ca, err
}

// errInUse says that another process holds the lock of the broker's folder,
// which is taken before anything that is there is touched.
var errInUse = &failure{
	"another saphan runs on this data folder",
	"stop that one first, or give another folder with --data", services.Conflict.Outcome().Exit,
}

func (n *node) start(ctx context.Context, ca []byte) error {
	keys, err := openHubKeys(hubDir(n.dir))
	if err != nil {
		return err
	}
	n.desks = &hosted{
		at: n.deskDir, root: keys.root(), world: n.world, connect: n.connectDesk, desks: make(map[string]*hostedDesk),
	}
	access := busAccess{n.server.Connect, n.authority}
	if n.hub, err = startHub(ctx, access, keys, n.world); err != nil {
		return err
	}
	n.operator = operator.New(operator.Config{
		Registry: n.hub.registrar(keys), Accounts: n.hub.bus.Accounts, Desks: n.desks,
		Inboxes: n.hub.bus.Inboxes, Record: n.hub.bus, Services: n.hub, History: n.hub.history(n.hub.bus.Intake),
		Door: n.door(keys, ca), Now: n.world.ids.Now,
	})
	return n.admit(ctx, n.agencies)
}

// deskDir is the folder of an agency's desk.
func (n *node) deskDir(agency string) string { return deskDir(n.dir, agency) }

// door is how the bus is reached from outside.
func (n *node) door(keys hubKeys, ca []byte) operator.Door {
	return operator.Door{
		Root: signing.FormatPublicKey(keys.root()), URLs: n.bus.reached(n.server.Addr()), CA: string(ca),
		Prefix: natsbus.APIPrefix, Subjects: natsbus.RequestSubjects(),
	}
}

// admit admits agencies whose desks are to run here, all before the first desk opens,
// so that every desk finds every agency.
func (n *node) admit(ctx context.Context, agencies []sampleAgency) error {
	for _, a := range agencies {
		if _, known := n.hub.directory.Agency(a.ID); !known && a.Register.Kind == "" {
			n.world.log.Warn().Str("agency", a.ID).Msg("a folder of a desk whose agency was never admitted")
			continue
		}
		if err := n.operator.Host(ctx, a.ID, a.Register); err != nil {
			return fmt.Errorf("admit %s: %w", a.ID, err)
		}
	}
	return n.operator.Restore(ctx)
}

// connectDesk connects as a new user of an agency, and returns its account.
func (n *node) connectDesk(agency string) (*natsbus.Conn, string, error) {
	u, err := n.hub.bus.Accounts.User(agency)
	if err != nil {
		return nil, "", err
	}
	a, _ := n.hub.directory.Agency(agency)
	nc, err := n.server.Connect(u, agency)
	return nc, schemas.Account(a.Keys), err
}

// Close stops the desks, then the hub, then the broker. It may be called twice.
func (n *node) Close() error {
	var err error
	if n.desks != nil {
		err = n.desks.stop()
	}
	if n.hub != nil {
		n.hub.Close()
	}
	if n.server != nil {
		n.server.Close()
	}
	if n.lock != nil {
		err = errors.Join(err, n.lock.Close())
		n.lock = nil
	}
	return err
}
