package main

import (
	"context"
	"crypto/ed25519"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/saphan-project/saphan/adapters/natsbus"
	"github.com/saphan-project/saphan/adapters/sealing"
	"github.com/saphan-project/saphan/adapters/signing"
	"github.com/saphan-project/saphan/adapters/sqlite"
	"github.com/saphan-project/saphan/adapters/telemetry"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/desk"
	"github.com/saphan-project/saphan/services/directory"
	"github.com/saphan-project/saphan/services/webhook"
)

// deskNode is one agency's desk in this process.
type deskNode struct {
	*desk.Service
	hooks *webhook.Service
	dir   string
	files *sqlite.Files
	nc    *natsbus.Conn // nil without a bus
	bus   *natsbus.Desk
	tasks *tasks
}

// deskConfig says whose desk it is, and what it stands on.
type deskConfig struct {
	agency  string
	dir     string
	keys    deskKeys
	root    ed25519.PublicKey // of the hub, pinned
	account string            // on the bus
	nc      *natsbus.Conn     // of a user of it
}

// openDesk opens an agency's files. The desk knows what its tokens allow, and does
// nothing; without a connection it never will. The world is the agency's.
func openDesk(ctx context.Context, c deskConfig, w world) (*deskNode, error) {
	files, err := sqlite.Open(ctx, c.dir)
	if err != nil {
		return nil, err
	}
	agencies := directory.New()
	d := &deskNode{dir: c.dir, files: files, nc: c.nc, tasks: newTasks(ctx, w.failed)}
	if c.nc != nil {
		if d.bus, err = natsbus.NewDesk(c.nc, c.account); err != nil {
			return nil, errors.Join(err, files.Close())
		}
	}
	ring := signing.NewRing(c.root, agencies)
	d.Service = desk.New(desk.Config{
		Agency: c.agency, Bus: d.bus, Directory: agencies,
		Author:   signing.NewAuthor(c.keys.signing),
		Verifier: signing.NewVerifier(ring),
		Receipts: signing.NewReceiptVerifier(ring),
		Sealer:   sealing.Sealer{Own: c.keys.sealing},
		View:     files.View, Store: files.Desk,
		IDs: w.ids, Key: c.keys.outbox, Wait: wait,
		Observe: telemetry.ObserveSending(w.log),
	})
	d.hooks = newWebhooks(d, w)
	if err := d.Recall(ctx); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// startDesk opens a desk, and starts to read its inbox and to send what waits in its
// outbox.
func startDesk(ctx context.Context, c deskConfig, w world) (*deskNode, error) {
	d, err := openDesk(ctx, c, w)
	if err != nil {
		return nil, err
	}
	if err := d.start(ctx, w); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

func (d *deskNode) start(ctx context.Context, w world) error {
	if err := d.Start(d.tasks.ctx); err != nil {
		return err
	}
	inbox, err := d.inbox(ctx)
	if err != nil && services.KindOf(err) != services.Later {
		return err
	}
	d.tasks.Go("desk of "+d.Agency, func(ctx context.Context) error {
		err := d.read(ctx, inbox, services.Runner{Observe: w.observe})
		if d.bus.Closed() {
			return errShutOut
		}
		return err
	})
	d.tasks.Go("webhooks of "+d.Agency, d.hooks.Run)
	return nil
}

// errShutOut says that the hub has cut this desk off, and that to wait is no use.
var errShutOut = &failure{
	"the hub lets this desk in no more", "ask its operator: suspended, rotated, expired or gone", services.Forbidden.Outcome().Exit,
}

// read reads the inbox until ctx ends, or the hub lets the desk in no more. Without
// one the hub is away: the desk takes orders meanwhile.
func (d *deskNode) read(ctx context.Context, inbox services.Source, r services.Runner) error {
	for inbox == nil {
		if err := wait(ctx, time.Second); err != nil {
			return err
		}
		var err error
		if inbox, err = d.inbox(ctx); err != nil && (services.KindOf(err) != services.Later || d.bus.Closed()) {
			return err
		}
	}
	return r.Project(ctx, inbox, d.Service)
}

// inbox opens what the desk reads, from its beginning when the view is new.
func (d *deskNode) inbox(ctx context.Context) (services.Source, error) {
	if err := d.rewind(ctx); err != nil {
		return nil, err
	}
	return d.bus.Inbox(ctx)
}

// rewind starts the inbox again at its first fact when the view is new.
func (d *deskNode) rewind(ctx context.Context) error {
	stale, err := d.files.View.Stale(ctx)
	if err != nil || !stale {
		return err
	}
	if err := d.bus.ResetInbox(ctx); err != nil {
		return err
	}
	return d.files.View.Rewound(ctx)
}

// Close stops the desk, and closes its connection and its files. What its tokens
// allow can still be asked.
func (d *deskNode) Close() error {
	d.tasks.Close()
	err := d.Service.Close()
	if d.nc != nil {
		d.nc.Close()
	}
	return errors.Join(err, d.files.Close())
}

// deskDir is the folder of an agency's desk; without an agency, that of all desks.
func deskDir(dir, agency string) string { return filepath.Join(dir, "desks", agency) }

// isDesk reports whether a folder is that of a desk: it has what one cannot be without.
func isDesk(dir string) bool {
	return slices.ContainsFunc([]string{signingFile, "desk.db"}, func(name string) bool {
		_, err := os.Stat(filepath.Join(dir, name))
		return err == nil
	})
}
