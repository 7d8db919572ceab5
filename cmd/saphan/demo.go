package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/saphan-project/saphan/schemas"
)

func (c *command) demoCommand() *cobra.Command {
	var once bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Play an invented case from finding to closing, and print its trace",
		Long: `Play an invented case from finding to closing, and print its trace.
Everything runs in this process: a hub, five desks and an embedded JetStream, on a
folder that is deleted at the end. Only the clock is simulated. Without --once it
keeps serving, so that you can look around and go on.`,
		Example: `  saphan demo --once
  saphan demo --once --json`,
		Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error { return c.demo(cmd.Context(), once) },
	}
	cmd.Flags().BoolVar(&once, "once", false, "stop after the trace")
	return cmd
}

func (c *command) demo(ctx context.Context, once bool) error {
	dir, err := os.MkdirTemp("", "saphan-demo-")
	if err != nil {
		return fmt.Errorf("make demo folder: %w", err)
	}
	return errors.Join(c.demoIn(ctx, dir, once), os.RemoveAll(dir))
}

func (c *command) demoIn(ctx context.Context, dir string, once bool) error {
	w, finish, err := c.openWorld(ctx, "", zerolog.WarnLevel)
	if err != nil {
		return err
	}
	defer finish()
	clock := newStoryClock()
	w.ids = schemas.IDs{Now: clock.Now, Fill: fill}
	n, err := startNode(ctx, nodeConfig{dir: dir, agencies: sampleAgencies()}, w)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return errors.Join(err, n.Close())
	}
	s, err := openSite(ctx, n, l, "")
	if err != nil {
		return errors.Join(err, l.Close(), n.Close())
	}
	err = c.show(ctx, s, clock)
	if err == nil && !once {
		clock.Run()
		err = c.stay(ctx, s)
	}
	return errors.Join(err, s.Close())
}

// stay goes on serving, so that people can look around.
func (c *command) stay(ctx context.Context, s *site) error {
	if !c.json {
		fmt.Fprintln(c.stdout)
	}
	if err := c.welcome(s, "case ls"); err != nil {
		return err
	}
	return s.Wait(ctx)
}

// show plays the story and prints what its lead sees.
func (c *command) show(ctx context.Context, s *site, clock *storyClock) error {
	p, err := newPlay(s, s.dir, clock)
	if err != nil {
		return err
	}
	if !c.json {
		fmt.Fprint(c.stdout, "Saphan: one hub, five desks, an embedded JetStream. Everything here is invented.\n\n")
	}
	if err := p.run(ctx); err != nil {
		return err
	}
	lead := p.desks[sampleLabour]
	about, err := lead.Case(ctx, p.caseID())
	if err != nil {
		return err
	}
	steps, err := lead.Trace(ctx, p.caseID())
	if err != nil {
		return err
	}
	view := viewTrace(about, steps)
	if c.json {
		return c.print(view)
	}
	if err := renderTrace(c.stdout, view, c.lang); err != nil {
		return err
	}
	receipt, err := lead.Receipt(ctx, p.requestID())
	if err != nil {
		return err
	}
	return renderReceipt(c.stdout, receiptRow{"referral.requested", receipt}, c.lang)
}
