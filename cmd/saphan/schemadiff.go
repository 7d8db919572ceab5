package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

func (c *command) schemaDiffCommand() *cobra.Command {
	return &cobra.Command{
		Use: "diff OLD NEW", Short: "Explain what changed between two versions of a schema, and who is affected",
		Long: `Explain each change from one version of a JSON Schema to another, and say whether
readers and writers of the old one keep working. OLD and NEW are files, - for
standard input, or names: a name is the schema that this program has. The exit
status is 0 when every change is additive, and 6 when a new major version is
needed. A reader is meant that ignores members and codes that it does not know.`,
		Example: `  saphan schema diff old.json new.json
  saphan schema diff referral.requested new.json
  saphan schema diff --json section.offer new.json`,
		Args: takes(2, 2),
		RunE: func(_ *cobra.Command, args []string) error { return c.schemaDiff(args[0], args[1]) },
	}
}

// diffView is the answer of schema diff.
type diffView struct {
	Additive bool         `json:"additive"`
	Changes  []changeView `json:"changes"`
}

type changeView struct {
	schemas.Change
	Sentence string `json:"sentence"`
}

func (c *command) schemaDiff(was, is string) error {
	old, err := c.schemaOrFile(was)
	if err != nil {
		return err
	}
	now, err := c.schemaOrFile(is)
	if err != nil {
		return err
	}
	changes, err := schemas.Diff(old, now)
	if errors.Is(err, schemas.ErrNoSchema) || errors.Is(err, schemas.ErrOtherSchema) {
		return &failure{err.Error(), say(c.lang, "diff.hint"), services.Invalid.Outcome().Exit}
	}
	if err != nil {
		return err
	}
	v := diffView{Additive: schemas.Additive(changes), Changes: []changeView{}}
	for _, change := range changes {
		v.Changes = append(v.Changes, changeView{change, change.Sentence(c.lang)})
	}
	return c.tellDiff(v)
}

// schemaOrFile returns the schema of a name, or else what is in a file.
func (c *command) schemaOrFile(arg string) ([]byte, error) {
	if raw, ok := schemas.Schema(shortName(arg)); ok {
		return raw, nil
	}
	return c.read(arg)
}

func (c *command) tellDiff(v diffView) error {
	var err error
	if c.json {
		err = c.print(v)
	} else {
		_, err = io.WriteString(c.stdout, c.diffText(v))
	}
	if err != nil || v.Additive {
		return err
	}
	return &failure{say(c.lang, "diff.major"), "", services.Conflict.Outcome().Exit}
}

func (c *command) diffText(v diffView) string {
	if len(v.Changes) == 0 {
		return say(c.lang, "diff.same") + "\n"
	}
	var b strings.Builder
	for _, change := range v.Changes {
		fmt.Fprintf(&b, "%s\n  %s\n  %s\n", cmp.Or(change.Pointer, "/"), change.Sentence, c.whoWorks(change.Change))
	}
	if v.Additive {
		b.WriteString("\n" + say(c.lang, "diff.additive") + "\n")
	}
	return b.String()
}

// whoWorks says who keeps working in spite of a change.
func (c *command) whoWorks(change schemas.Change) string {
	readers, writers := "diff.readers_break", "diff.writers_break"
	if change.Readers {
		readers = "diff.readers"
	}
	if change.Writers {
		writers = "diff.writers"
	}
	return say(c.lang, readers) + "; " + say(c.lang, writers)
}
