package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

func (c *command) validateCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "validate FILE… | -",
		Short: "Check events against their schemas without sending them",
		Long: `Check events in open form, one or an array in each file, against their schemas.
Nothing leaves this machine. The rules of a case are the desk's to check.`,
		Example: `  saphan validate report.json
  saphan validate - < report.json
  saphan validate --json *.json`,
		Args: takes(1, -1),
		RunE: func(_ *cobra.Command, args []string) error { return c.validate(args) },
	}
}

// verdict is what was found in one file.
type verdict struct {
	File     string            `json:"file"`
	Events   int               `json:"events"`
	Problems []schemas.Problem `json:"problems"`
}

func (c *command) validate(paths []string) error {
	verdicts := make([]verdict, 0, len(paths))
	found := 0
	for _, path := range paths {
		raw, err := c.read(path)
		if err != nil && services.KindOf(err) != services.TooLarge {
			return err
		}
		v := verdict{File: path, Problems: []schemas.Problem{}}
		if err != nil {
			v.Problems = services.AsError(err).Problems
		} else {
			v.Events, v.Problems = check(raw)
		}
		found += len(v.Problems)
		verdicts = append(verdicts, v)
	}
	if err := c.tell(verdicts); err != nil {
		return err
	}
	if found > 0 {
		return &failure{"nothing was sent: " + plural(found, "problem"), "", services.Invalid.Outcome().Exit}
	}
	return nil
}

func (c *command) tell(verdicts []verdict) error {
	if c.json {
		return c.print(verdicts)
	}
	var b strings.Builder
	for _, v := range verdicts {
		if len(v.Problems) == 0 {
			fmt.Fprintf(&b, "%s: %s, nothing wrong\n", v.File, plural(v.Events, "event"))
			continue
		}
		fmt.Fprintf(&b, "%s: %s\n", v.File, plural(len(v.Problems), "problem"))
		for _, p := range v.Problems {
			b.WriteString("  " + problemLine(p, c.lang) + "\n")
		}
	}
	_, err := io.WriteString(c.stdout, b.String())
	return err
}

// check reads one event or a batch in open form, and returns how many there are
// and everything wrong with them. Whose desk it would go to is taken from the
// first event that says so.
func check(raw []byte) (int, schemas.Problems) {
	var own schemas.Party
	for _, p := range eventsIn(raw) {
		if party, ok := schemas.ParseSource(p.Source); ok && own == (schemas.Party{}) {
			own = party
		}
	}
	if !isBatch(raw) {
		o, err := schemas.DecodeOpen(raw, own)
		if err != nil {
			return 1, problemsOf(err)
		}
		return 1, checkOpen(o)
	}
	batch, err := schemas.DecodeOpenBatch(raw, own)
	if err != nil {
		return len(batch), problemsOf(err)
	}
	var found schemas.Problems
	for i, o := range batch {
		for _, p := range checkOpen(o) {
			p.Pointer = fmt.Sprintf("/%d%s", i, p.Pointer)
			found = append(found, p)
		}
	}
	return len(batch), found
}

// checkOpen holds an event and its sections against their schemas.
func checkOpen(o schemas.Open) schemas.Problems {
	found := problemsOf(schemas.CheckData(o.Type, o.Data))
	for _, name := range slices.Sorted(maps.Keys(o.Sections)) {
		for _, p := range problemsOf(schemas.CheckSection(name, o.Sections[name])) {
			p.Pointer = "/data" + p.Pointer
			found = append(found, p)
		}
	}
	return found
}

func problemsOf(err error) schemas.Problems {
	var ps schemas.Problems
	errors.As(err, &ps)
	return ps
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
