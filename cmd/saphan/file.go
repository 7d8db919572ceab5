package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/saphan-project/saphan/adapters/deskclient"
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/desk"
)

func (c *command) fileCommand() *cobra.Command {
	example := false
	cmd := &cobra.Command{
		Use:   "file FILE | - | --example",
		Short: "File one event, or an array of them, through your agency's desk",
		Long: `File one event in open form, or a JSON array of them in the order in which they
happened. The desk seals what is to be sealed, signs, and keeps what it cannot
send yet. The same file again gets the same receipts.`,
		Example: `  saphan file report.json
  saphan file - < report.json
  saphan file --example          an invented report of the labour office`,
		Args: func(cmd *cobra.Command, args []string) error {
			if example {
				return takes(0, 0)(cmd, args)
			}
			return takes(1, 1)(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			raw := schemas.Example()
			if !example {
				var err error
				if raw, err = c.read(args[0]); err != nil {
					return err
				}
			}
			return c.file(cmd.Context(), raw)
		},
	}
	cmd.Flags().BoolVar(&example, "example", false, "file the sample that comes with the program")
	return cmd
}

// file hands the events over and tells what became of each.
func (c *command) file(ctx context.Context, raw []byte) error {
	client, err := c.client()
	if err != nil {
		return err
	}
	results, err := fileAll(ctx, client, raw)
	if err != nil {
		return err
	}
	if c.json {
		err = c.print(lines(results))
	} else {
		err = c.tellFiled(eventsIn(raw), results)
	}
	if err != nil {
		return err
	}
	return c.judge(results)
}

func fileAll(ctx context.Context, client *deskclient.Client, raw []byte) ([]desk.Result, error) {
	if isBatch(raw) {
		return client.FileBatch(ctx, raw)
	}
	a, err := client.File(ctx, raw)
	if err != nil {
		return nil, err
	}
	return []desk.Result{{Answer: a}}, nil
}

// tellFiled writes a line per event: what it is, its reference, its receipt.
func (c *command) tellFiled(events []posted, results []desk.Result) error {
	last := ""
	for i, r := range results {
		what := ""
		if i < len(events) {
			what = word(events[i].name(), c.lang)
		}
		fmt.Fprintln(c.stdout, strings.TrimRight(
			"  "+pad(what, wordColumn)+pad(r.Answer.Reference, referenceColumn)+became(r), " "))
		fmt.Fprint(c.stdout, c.advice(r.Answer))
		t, ok := schemas.TypeNamed(typeAt(events, i))
		if ok && r.Err == nil && (t.Scope == schemas.ScopeCase || t.Name == tipReceived) {
			last = r.Answer.Reference
		}
	}
	if last != "" {
		c.suggest("case trace " + inShell(last))
	}
	return nil
}

func typeAt(events []posted, i int) string {
	if i < len(events) {
		return events[i].name()
	}
	return ""
}

// became says what became of an event in a few words.
func became(r desk.Result) string {
	switch {
	case r.Err != nil:
		return "refused: " + r.Err.Error()
	case r.Answer.Behind != "":
		return "waiting behind a refused event: saphan inbox"
	case r.Answer.Waits():
		return "waiting to send"
	}
	return fmt.Sprintf("receipt %.8s…", r.Answer.Receipt.SHA256)
}

// line is a result as --json prints it.
type filedLine struct {
	desk.Answer
	Refused *services.Error `json:"refused,omitempty"`
}

func lines(results []desk.Result) []filedLine {
	out := make([]filedLine, len(results))
	for i, r := range results {
		out[i].Answer = r.Answer
		if r.Err != nil {
			out[i].Refused = services.AsError(r.Err)
		}
	}
	return out
}

// judge turns refusals of single events into an exit status: that of the first
// one when all were refused, or else the one of a partial success.
func (c *command) judge(results []desk.Result) error {
	var first error
	refused := 0
	for _, r := range results {
		if r.Err != nil {
			refused++
			if first == nil {
				first = r.Err
			}
		}
	}
	switch refused {
	case 0:
		return nil
	case len(results):
		return first
	}
	f := c.explain(services.AsError(first))
	return &failure{fmt.Sprintf("%d of %d were refused: %s", refused, len(results), f.text), f.hint, exitPartial}
}
