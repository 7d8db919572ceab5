package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/saphan-project/saphan/adapters/telemetry"
)

// upFlags are the flags of `saphan up`.
type upFlags struct {
	data string
	webAddress
	bus    busDoor
	sample bool
	spans  string
	debug  bool
}

// level is how much the log tells.
func (f upFlags) level() zerolog.Level {
	if f.debug {
		return zerolog.DebugLevel
	}
	return zerolog.InfoLevel
}

func (c *command) upCommand() *cobra.Command {
	var f upFlags
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Run a hub and its desks on a data folder",
		Long: `Run a hub and its desks in one process, on a data folder that keeps everything.
Each desk gets a desk file, DIR/desks/AGENCY/desk.json, with which the other commands reach it.`,
		Example: `  saphan up --sample --data ./saphan-data
  saphan --desk ./saphan-data/desks/labour-samutsakhon/desk.json inbox`,
		Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error { return c.up(cmd.Context(), f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.data, "data", "saphan-data", "data `DIR`; it is made when it is missing")
	f.webAddress.flags(cmd)
	flags.StringVar(&f.bus.listen, "bus", "", "`ADDRESS` where partners' own programs reach the bus over TLS, as in 0.0.0.0:4222; nowhere when not given")
	flags.StringSliceVar(&f.bus.urls, "bus-url", nil, "`URL` under which they reach it, for their bundles; made from --bus when not given")
	flags.BoolVar(&f.sample, "sample", false, "register five invented agencies")
	flags.StringVar(&f.spans, "spans", "", "append OpenTelemetry spans to `FILE`, one JSON object each")
	flags.BoolVar(&f.debug, "debug", false, "log how every service handled every event")
	return cmd
}

func (c *command) up(ctx context.Context, f upFlags) error {
	if err := f.check(); err != nil {
		return err
	}
	l, err := f.open()
	if err != nil {
		return err
	}
	defer func() { _ = l.Close() }() // the server closes it too, once there is one
	w, finish, err := c.openWorld(ctx, f.spans, f.level())
	if err != nil {
		return err
	}
	defer finish()
	agencies, err := f.agencies()
	if err != nil {
		return err
	}
	f.known(l, &w)
	n, err := startNode(ctx, nodeConfig{f.data, agencies, f.bus}, w)
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil // told to stop before it was up
	}
	if err != nil {
		return err
	}
	s, err := openSite(ctx, n, l, strings.TrimSuffix(f.url, "/"))
	if err != nil {
		return errors.Join(err, n.Close())
	}
	if err = c.welcome(s, "file --example"); err == nil {
		err = s.Wait(ctx)
	}
	return errors.Join(err, unstopped(s.Close()))
}

// unstopped tells of a node that was told to stop and could not do so well: an
// interruption is no excuse for that.
func unstopped(err error) error {
	if err == nil {
		return nil
	}
	return &failure{"could not stop well: " + err.Error(), "", exitUnexpected}
}

// check refuses addresses that are none.
func (f upFlags) check() error {
	if err := f.webAddress.check(); err != nil {
		return err
	}
	return f.bus.check()
}

// agencies are the sample's, or else those whose desks the folder holds.
func (f upFlags) agencies() ([]sampleAgency, error) {
	if f.sample {
		return sampleAgencies(), nil
	}
	desks := deskDir(f.data, "")
	folders, err := os.ReadDir(desks)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fileError("read", desks, err)
	}
	var agencies []sampleAgency
	for _, folder := range folders {
		if isDesk(filepath.Join(desks, folder.Name())) {
			agencies = append(agencies, sampleAgency{ID: folder.Name()})
		}
	}
	return agencies, nil
}

// openWorld gives a node the real clock, a log on stderr, and spans in a file if
// one is named.
func (c *command) openWorld(ctx context.Context, spans string, level zerolog.Level) (world, func(), error) {
	log := telemetry.NewLogger(c.stderr, c.terminal).Level(level)
	config := telemetry.Config{Service: "saphan", Version: programVersion().Version}
	closeFile := func() error { return nil }
	if spans != "" {
		file, err := os.OpenFile(spans, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return world{}, nil, fmt.Errorf("open spans: %w", err)
		}
		config.Writer, closeFile = file, file.Close
	}
	provider, err := telemetry.Start(ctx, config)
	if err != nil {
		return world{}, nil, err
	}
	finish := func() {
		within, cancel := context.WithTimeout(context.Background(), drain)
		defer cancel()
		if err := provider.Shutdown(within); err != nil {
			log.Warn().Err(err).Msg("spans not written")
		}
		if err := closeFile(); err != nil {
			log.Warn().Err(err).Msg("spans not written")
		}
	}
	return realWorld(log, provider.Tracer()), finish, nil
}

// welcome says where everything is, and what to try next at the labour office's
// desk of the sample.
func (c *command) welcome(s *site, next string) error {
	agencies, hub, bus := s.desks.agencies(), operatorFile(s.dir), s.bus.reached(s.node.server.Addr())
	if c.json {
		return c.print(map[string]any{"url": s.URL, "data": s.dir, "desks": agencies, "operator": hub, "bus": bus})
	}
	fmt.Fprintf(c.stdout, "Saphan is up: %s\n", s.URL)
	if len(bus) > 0 {
		fmt.Fprintf(c.stdout, "The bus: %s\n", strings.Join(bus, " "))
	}
	fmt.Fprintln(c.stdout)
	for _, agency := range agencies {
		fmt.Fprintf(c.stdout, "  %-26s%s\n", agency, filepath.Join(deskDir(s.dir, agency), "desk.json"))
	}
	fmt.Fprintf(c.stdout, "  %-26s%s\n", "the hub's operator", hub)
	words := "agency add --example --hub " + hub
	if len(agencies) > 0 {
		agency := sampleLabour
		if s.desks.running(agency) == nil {
			agency, next = agencies[0], "inbox"
		}
		words = "--desk " + filepath.Join(deskDir(s.dir, agency), "desk.json") + " " + next
	}
	_, err := fmt.Fprintf(c.stdout, "\nNext, in another terminal:\n  saphan %s\nCtrl-C stops it.\n", words)
	return err
}
