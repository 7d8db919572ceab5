package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
	"github.com/saphan-project/saphan/services/operator"
)

// agencyAddFlags are what `saphan agency add` is told.
type agencyAddFlags struct {
	file, bundle string
	example      bool
}

func (c *command) agencyAddCommand() *cobra.Command {
	var f agencyAddFlags
	cmd := &cobra.Command{
		Use:   "add ID --file FILE [--bundle DIR] | --example",
		Short: "Admit an agency to a running hub",
		Long: `Admit an agency to a running hub, at once and without a restart.
The file says what the directory is to know of it; --example prints one.
Without --bundle its desk runs beside the hub, which makes its keys and its desk file.
With --bundle it has a desk of its own: its private keys are made here, in DIR, and never
get to the hub: it is sent the public ones, and the bundle is complete when it has answered.
Hand the folder over, and erase it here.
The same again completes what was broken off.`,
		Example: `  saphan agency add --example > agency.json
  saphan agency add shelter-new --file agency.json --hub ./saphan-data/hub/operator.json
  saphan agency add shelter-new --file agency.json --bundle ./shelter-new`,
		Args: takes(0, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.example {
				return c.print(exampleAgency())
			}
			if len(args) == 0 || f.file == "" {
				return usage("which agency, and what is it?", "saphan agency add ID --file FILE; --example prints such a file")
			}
			return c.addAgency(cmd.Context(), args[0], f)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.file, "file", "", "`FILE` with what the directory is to know; - reads standard input")
	flags.StringVar(&f.bundle, "bundle", "", "`DIR` for the keys and the way in of a desk of its own")
	flags.BoolVar(&f.example, "example", false, "print such a file, invented, and stop")
	return cmd
}

// exampleAgency is what a file may say: all but the keys.
func exampleAgency() any {
	example := struct {
		schemas.AgencyRegistered
		Keys *struct{} `json:"keys,omitempty"`
	}{}
	for _, a := range sampleAgencies() {
		if a.ID == sampleHarbour {
			example.AgencyRegistered = a.Register
		}
	}
	example.Name = names("Hillside Shelter (invented)", "บ้านพักเชิงเขา (สมมติ)") // one that the sample does not have
	return example
}

func (c *command) addAgency(ctx context.Context, id string, f agencyAddFlags) error {
	if !schemas.ValidAgency(id) || id == schemas.HubAgency {
		return usage("that is no id of an agency", "lower case letters, digits and -, 2 to 31 of them, as in shelter-harbour")
	}
	op, err := c.operator()
	if err != nil {
		return err
	}
	raw, err := c.read(f.file)
	if err != nil {
		return err
	}
	in := operator.AddInput{}
	if in.Registered, err = readRegistered(raw); err != nil {
		return err
	}
	var b *bundle
	in.Registered.Keys = []schemas.Key{}
	if f.bundle != "" {
		if b, err = openBundle(f.bundle, id); err != nil {
			return err
		}
		in.Registered.Keys, in.User = b.keys.public(), b.user.Public
	}
	access, err := op.Add(ctx, id, in)
	if err != nil {
		return inFile(err)
	}
	return c.tellAccess(access, b, "admitted")
}

// readRegistered reads what the directory is to know of an agency, and holds it
// against the schema. Its keys are made when it joins.
func readRegistered(raw []byte) (schemas.AgencyRegistered, error) {
	var data schemas.AgencyRegistered
	if err := withoutKeys(schemas.CheckData("agency.registered", raw)); err != nil {
		return data, inFile(services.RefuseInput(err))
	}
	if err := json.Unmarshal(raw, &data); err != nil {
		return data, services.RefuseInput(schemas.Problems{{Code: schemas.CodeMalformed}})
	}
	if len(data.Keys) > 0 {
		return data, services.RefuseInput(schemas.Problems{{Pointer: "/keys", Code: "unexpected"}})
	}
	return data, nil
}

// inFile says where in the file it is what a refusal calls "/data", or the hub
// "/registered".
func inFile(err error) error {
	var e *services.Error
	if !errors.As(err, &e) {
		return err
	}
	moved := *e
	moved.Problems = nil
	for _, p := range e.Problems {
		p.Pointer = strings.TrimPrefix(strings.TrimPrefix(p.Pointer, "/registered"), "/data")
		moved.Problems = append(moved.Problems, p)
	}
	return &moved
}

// entrance is how an agency comes in, for programs: no key and no token is in it.
type entrance struct {
	operator.Member
	File   string `json:"desk_file,omitempty"`
	Bundle string `json:"bundle,omitempty"`
}

// tellAccess completes the bundle, if there is one, and says where what is.
func (c *command) tellAccess(access operator.Access, b *bundle, done string) error {
	t := entrance{Member: access.Member, File: access.File}
	if b != nil {
		if err := b.complete(access); err != nil {
			return err
		}
		t.Bundle = b.dir
	}
	if c.json {
		return c.print(t)
	}
	if access.Status == casefile.StatusSuspended {
		done += ", but suspended: it comes in once it is resumed"
	}
	if b == nil {
		_, err := fmt.Fprintf(c.stdout, "%s is %s. Its desk runs beside the hub; on the hub's machine its file is\n  %s\n", t.ID, done, t.File)
		return err
	}
	if access.Door != nil && len(access.Door.URLs) == 0 {
		fmt.Fprintln(c.stderr, "saphan: note: the hub has no address for this bundle: start it with --bus, and do the same again")
	}
	_, err := fmt.Fprintf(c.stdout, "%s is %s. Hand it the folder, over a way that nobody else reads, and erase it here:\n  %s\n", t.ID, done, b.dir)
	return err
}
