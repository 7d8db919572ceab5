package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/saphan-project/saphan/adapters/deskclient"
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/desk"
)

// act is one verb as a command: what the desk's table says of it, and its words.
type act struct {
	desk.Verb
	wording
	noun string // "referral" or "case"
	// say hands the word to the desk, about what an argument names.
	say func(ctx context.Context, c *deskclient.Client, name string, in desk.ActInput) (desk.Answer, error)
}

// wording is what a person reads about a verb.
type wording struct {
	short, example string
	reasons        string   // the list of the field reason; neutral_reason when empty
	next           []string // what the same agency does then; none when another one is to act
}

// acts puts the words to a table of verbs.
func acts(noun string, table []desk.Verb, words map[string]wording) []act {
	all := make([]act, len(table))
	for i, v := range table {
		all[i] = act{Verb: v, wording: words[v.Name], noun: noun}
	}
	return all
}

// takesSections reports whether the verb carries sections from a file.
func (a act) takesSections() bool { return slices.Contains(a.Takes, "sections") }

func (a act) use() string {
	of := strings.ToUpper(a.noun) + " | REFERENCE"
	if a.takesSections() {
		return a.Name + " " + of + " FILE|-"
	}
	return a.Name + " " + of
}

// acting is one call of a verb: its flags and arguments.
type acting struct {
	act
	in      desk.ActInput
	section string // name of the one in the file
	batch   string
	flags   []flagged
}

func (c *command) actCommand(a act) *cobra.Command {
	w := &acting{act: a}
	cmd := &cobra.Command{
		Use:     a.use(),
		Short:   a.short,
		Example: strings.TrimRight("  saphan "+a.noun+" "+a.Name+" K7QM-3F9X-S "+a.example, " "),
		Args:    func(cmd *cobra.Command, args []string) error { return w.countArgs(cmd, args) },
		RunE:    func(cmd *cobra.Command, args []string) error { return c.actOn(cmd.Context(), w, args) },
	}
	w.bind(cmd)
	return cmd
}

func (w *acting) countArgs(cmd *cobra.Command, args []string) error {
	n := 1
	if w.batch != "" {
		n = 0
	}
	if w.takesSections() {
		n++
	}
	return takes(n, n)(cmd, args)
}

// actOn checks what was typed, reads what stands in a file, and says the word.
func (c *command) actOn(ctx context.Context, w *acting, args []string) error {
	for _, f := range w.flags {
		if err := f.check(); err != nil {
			return err
		}
	}
	if (w.in.OnBehalfOf == "") != (w.in.Channel == "") {
		return usage("--for and --by go together", "--for AGENCY --by phone")
	}
	if len(w.in.Cases) > 0 && w.batch == "" {
		return usage("--only goes with --batch", "--batch REFERENCE --only REFERENCE")
	}
	if err := c.readInput(w, args); err != nil {
		return err
	}
	client, err := c.client()
	if err != nil {
		return err
	}
	if w.batch != "" {
		return c.actOnBatch(ctx, client, w)
	}
	answered, err := w.say(ctx, client, args[0], w.in)
	if err != nil {
		return c.explainVerb(w.act, err)
	}
	if err := c.tellAnswer(word(w.Type, c.lang), answered); err != nil {
		return err
	}
	c.suggest(about(answered.Reference, w.next...)...)
	return nil
}

// readInput reads the text from standard input, and a section from its file.
func (c *command) readInput(w *acting, args []string) error {
	if w.in.Text == "-" {
		raw, err := c.read("-")
		if err != nil {
			return err
		}
		w.in.Text = strings.TrimSpace(string(raw))
	}
	if !w.takesSections() {
		return nil
	}
	raw, err := c.read(args[len(args)-1])
	if err != nil {
		return err
	}
	if !json.Valid(raw) {
		return services.RefuseInput(schemas.Problems{{Pointer: "/sections/" + w.section, Code: schemas.CodeMalformed}})
	}
	w.in.Sections = map[string]json.RawMessage{w.section: raw}
	return nil
}

// explainVerb words a refusal; what is invalid is explained by the help.
func (c *command) explainVerb(a act, err error) error {
	if services.KindOf(err) != services.Invalid {
		return err
	}
	f := c.explain(services.AsError(err))
	f.hint = "saphan " + a.noun + " " + a.Name + " --help lists what it takes"
	return f
}

// tellAnswer writes what became of one event, and under it what was odd about it or
// is still to be known.
func (c *command) tellAnswer(what string, a desk.Answer) error {
	if c.json {
		return c.print(a)
	}
	_, err := fmt.Fprintf(c.stdout, "  %s%s%s\n%s", pad(what, wordColumn), pad(a.Reference, referenceColumn),
		became(desk.Result{Answer: a}), c.advice(a))
	return err
}

// advice are the warnings and questions of an answer, a line each.
func (c *command) advice(a desk.Answer) string {
	var b strings.Builder
	column := pointerColumn
	for _, p := range slices.Concat(a.Warnings, a.Questions) {
		column = max(column, schemas.Columns(p.Pointer)+2)
	}
	for _, of := range []struct {
		kind     string
		problems []schemas.Problem
	}{{"warning", a.Warnings}, {"question", a.Questions}} {
		for _, p := range of.problems {
			b.WriteString("    " + pad(say(c.lang, of.kind), timeColumn) +
				pad(cmp.Or(p.Pointer, "/"), column) + schemas.Sentence(p, c.lang) + "\n")
		}
	}
	return b.String()
}

// actOnBatch says the word about the cases of a batch and tells of each.
func (c *command) actOnBatch(ctx context.Context, client *deskclient.Client, w *acting) error {
	told, err := client.ActOnBatch(ctx, w.Name, w.batch, w.in)
	if err != nil {
		return c.explainVerb(w.act, err)
	}
	results := make([]desk.Result, len(told.Results))
	for i, r := range told.Results {
		results[i] = desk.Result{Answer: r.Answer, Err: r.Err}
	}
	if c.json {
		err = c.print(batchLines{told.Batch, told.Event, caseLines(told.Results)})
	} else {
		err = c.tellBatch(word(w.Type, c.lang), told.Results)
	}
	if err != nil {
		return err
	}
	return c.judge(results)
}

func (c *command) tellBatch(what string, results []desk.CaseResult) error {
	for _, r := range results {
		name := r.Reference
		if name == "" {
			name = shown(r.Case)
		}
		_, err := fmt.Fprintf(c.stdout, "  %s%s%s\n%s", pad(what, wordColumn), pad(name, referenceColumn),
			became(desk.Result{Answer: r.Answer, Err: r.Err}), c.advice(r.Answer))
		if err != nil {
			return err
		}
	}
	return nil
}

// batchLines is the answer to a word over a batch as --json prints it.
type batchLines struct {
	Batch   string     `json:"batch"`
	Event   string     `json:"event"` // for --event, to say the same again
	Results []caseLine `json:"results"`
}

type caseLine struct {
	Case string `json:"case"`
	filedLine
}

func caseLines(results []desk.CaseResult) []caseLine {
	out := make([]caseLine, len(results))
	for i, r := range results {
		out[i].Case, out[i].Answer = r.Case, r.Answer
		out[i].Reference = r.Reference
		if r.Err != nil {
			out[i].Refused = services.AsError(r.Err)
		}
	}
	return out
}
