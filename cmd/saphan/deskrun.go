package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/saphan-project/saphan/adapters/natsbus"
	"github.com/saphan-project/saphan/adapters/signing"
	"github.com/saphan-project/saphan/services"
)

// deskFlags are the flags of `saphan desk`.
type deskFlags struct {
	bundle string
	webAddress
}

func (c *command) deskCommand() *cobra.Command {
	var f deskFlags
	cmd := &cobra.Command{
		Use:   "desk",
		Short: "Run your agency's own desk, from the bundle that the hub's operator gave you",
		Long: `Run your agency's own desk, on your own machine, from the bundle that the hub's
operator gave you. Everything that the desk keeps lies in the bundle's folder, your
private keys among it, and the hub has no copy: keep one of sealing.age and recovery.age in
a safe. Run it on one machine at a time: two on copies of the folder share what comes.`,
		Example: `  saphan desk --bundle ./our-bundle
  saphan --desk ./our-bundle/desk.json inbox`,
		Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error { return c.runDesk(cmd.Context(), f) },
	}
	cmd.Flags().StringVar(&f.bundle, "bundle", "", "`DIR` of the bundle")
	f.webAddress.flags(cmd)
	return cmd
}

func (c *command) runDesk(ctx context.Context, f deskFlags) error {
	if f.bundle == "" {
		return usage("no bundle given", "name its folder with --bundle DIR; the hub's operator makes it: saphan agency add ID --bundle DIR")
	}
	if err := f.webAddress.check(); err != nil {
		return err
	}
	l, err := f.open()
	if err != nil {
		return err
	}
	defer func() { _ = l.Close() }() // the server closes it too, once there is one
	w, finish, err := c.openWorld(ctx, "", zerolog.InfoLevel)
	if err != nil {
		return err
	}
	defer finish()
	f.known(l, &w)
	n, agency, err := startAlone(ctx, f.bundle, w)
	if err != nil {
		return err
	}
	s, err := openSite(ctx, n, l, strings.TrimSuffix(f.url, "/"))
	if err != nil {
		return errors.Join(err, n.Close())
	}
	if err = c.welcomeAlone(s, agency); err == nil {
		err = s.Wait(ctx)
	}
	return errors.Join(err, unstopped(s.Close()))
}

// startAlone starts a desk on its bundle, without a hub beside it.
func startAlone(ctx context.Context, dir string, w world) (*node, string, error) {
	b := bundle{dir: dir}
	door, err := b.standing()
	if err != nil {
		return nil, "", err
	}
	root, err := signing.ParsePublicKey(door.Root)
	if err != nil {
		return nil, "", fileError("read", b.path(bundleFile), err)
	}
	lock, err := natsbus.LockFolder(dir)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, "", errDeskInUse
	}
	if err != nil {
		return nil, "", err
	}
	w.fault = newFault()
	n := &node{nodeConfig: nodeConfig{dir: dir}, world: w, lock: lock}
	n.desks = &hosted{
		at: func(string) string { return dir }, root: root, world: w, desks: make(map[string]*hostedDesk),
		connect: func(agency string) (*natsbus.Conn, string, error) {
			nc, err := b.connect(door, w.log)
			if errors.Is(err, natsbus.ErrShutOut) {
				err = errShutOut
			}
			return nc, door.Account, err
		},
	}
	if _, err := n.desks.Open(ctx, door.Agency); err != nil {
		return nil, "", errors.Join(err, n.Close())
	}
	return n, door.Agency, nil
}

// errDeskInUse says that another process holds the lock of the bundle's folder, which is
// taken before the hub hears of this one: two of them would share one inbox.
var errDeskInUse = &failure{
	"another desk runs on this folder",
	"stop that one first, or give another bundle with --bundle", services.Conflict.Outcome().Exit,
}

// connect connects to the hub with the files of the bundle.
func (b *bundle) connect(door bundleDoor, log zerolog.Logger) (*natsbus.Conn, error) {
	root, err := b.read(authorityFile)
	if err != nil {
		return nil, err
	}
	text, err := b.read(credentialsFile)
	if err != nil {
		return nil, err
	}
	user, err := natsbus.ParseCredentials(text)
	if err != nil {
		return nil, fileError("read", b.path(credentialsFile), err)
	}
	return natsbus.Dial(natsbus.Remote{
		URLs: door.URLs, Root: root, User: user,
		Log: func(text string) { log.Warn().Str("bus", text).Msg("bus") },
	}, door.Agency)
}

func (c *command) welcomeAlone(s *site, agency string) error {
	file := s.desks.at(agency) + "/desk.json"
	if c.json {
		return c.print(map[string]any{"url": s.URL, "agency": agency, "desk": file})
	}
	_, err := fmt.Fprintf(c.stdout, "The desk of %s is up: %s\n\nNext, in another terminal:\n  saphan --desk %s inbox\nCtrl-C stops it.\n", agency, s.URL, file)
	return err
}
