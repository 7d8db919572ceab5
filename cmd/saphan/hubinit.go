package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/saphan-project/saphan/adapters/natsbus"
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

func (c *command) hubCommand() *cobra.Command {
	return group(
		&cobra.Command{Use: "hub", Short: "Make the folder of a hub", Example: "  saphan hub init --data ./saphan-data"},
		c.hubInitCommand())
}

func (c *command) hubInitCommand() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Make a hub's folder with all of its keys",
		Long: `Make a hub's folder with all of its keys, and say which of them to keep elsewhere.
What is there stays as it is. saphan up does the same when it starts for the first
time; to do it before leaves time to take one key off the machine.`,
		Example: `  saphan hub init --data ./saphan-data`,
		Args:    takes(0, 0),
		RunE:    func(*cobra.Command, []string) error { return c.initHub(dir) },
	}
	cmd.Flags().StringVar(&dir, "data", "saphan-data", "data `DIR`; it is made when it is missing")
	return cmd
}

// hubFile is a key of the hub that its operator has to know about.
type hubFile struct {
	Path string `json:"path"`
	// Keep is what to do with it: "elsewhere" or "copy".
	Keep  string `json:"keep"`
	About string `json:"about"`
}

func (c *command) initHub(dir string) error {
	own := hubDir(dir)
	bus := keyFolder(filepath.Join(own, "bus"))
	if err := makeFolder(string(bus)); err != nil {
		return err
	}
	if _, err := openHubKeys(own); err != nil {
		return err
	}
	if _, err := natsbus.OpenAuthority(bus); err != nil {
		return err
	}
	if _, err := openCertifier(string(bus), time.Now()); err != nil {
		return err
	}
	files := []hubFile{
		{bus.path(natsbus.KeyIdentity), "elsewhere", "Take it off this machine, to a medium in a safe. It has signed which key signs for the bus, and nothing here needs it again; whoever has it can let anybody onto the bus."},
		{filepath.Join(own, schemas.Operator+".pem"), "copy", "Keep a copy in the same safe. It is the root that every desk pins: it admits agencies, and without it no desk will follow this hub again. It stays here, too."},
	}
	if c.json {
		return c.print(map[string]any{"data": dir, "files": files})
	}
	fmt.Fprintf(c.stdout, "The hub's folder is there: %s\n", own)
	for _, f := range files {
		fmt.Fprintf(c.stdout, "\n  %s\n  %s\n", f.Path, folded(f.About, 2))
	}
	_, err := fmt.Fprintf(c.stdout, "\nNext:\n  saphan up --data %s\n", dir)
	return err
}

// errRoot says that a hub has lost the key that its desks pin. To make another one
// would be to begin another hub.
var errRoot = &failure{
	"the hub's root key is missing: hub/" + schemas.Operator + ".pem",
	"put it back from where you keep its copy", services.Conflict.Outcome().Exit,
}

// errOtherRoot says that the directory holds what the hub's root key did not sign.
var errOtherRoot = &failure{
	"the directory was signed with another root key than hub/" + schemas.Operator + ".pem",
	"put the right one back from where you keep its copy", services.Conflict.Outcome().Exit,
}

// isWhole refuses a data folder that has lost a part: a hub that began anew in it would
// look well, and know nobody.
func isWhole(dir string) error {
	there := func(name ...string) bool {
		found, err := filepath.Glob(filepath.Join(append([]string{dir}, name...)...))
		return err == nil && len(found) > 0
	}
	hub, bus, desks := there("hub", "*.pem"), there("bus", "jetstream"), there("desks", "*", "desk.db")
	switch {
	case !hub && (bus || desks):
		return &failure{"the folder was a hub's, whose keys are gone: hub/", wholeHint, services.Conflict.Outcome().Exit}
	case !bus && desks:
		return &failure{"the folder was a hub's, whose streams are gone: bus/", wholeHint, services.Conflict.Outcome().Exit}
	}
	return nil
}

const wholeHint = "put it back from the backup; to begin another hub, name another folder with --data"

// rootIsThere refuses a folder that has the other keys of a hub, and not the root.
func rootIsThere(dir string) error {
	there := func(name string) bool {
		_, err := os.Stat(filepath.Join(dir, name+".pem"))
		return !errors.Is(err, fs.ErrNotExist)
	}
	for _, name := range hubSigners {
		if there(name) && !there(schemas.Operator) {
			return errRoot
		}
	}
	return nil
}
