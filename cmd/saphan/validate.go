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
	File     string   `json:"file"`
	Events   int      `json:"events"`
	Problems []worded `json:"problems"`

	wrong []string // known types of the events that have problems, each once
}

// worded is a problem with what to do about it, and with what the member means.
type worded struct {
	schemas.Problem
	Sentence string `json:"sentence"`
	Meaning  string `json:"meaning,omitempty"` // in English
}

func (c *command) validate(paths []string) error {
	verdicts := make([]verdict, 0, len(paths))
	found := 0
	for _, path := range paths {
		raw, err := c.read(path)
		if err != nil && services.KindOf(err) != services.TooLarge {
			return err
		}
		v := verdict{File: path}
		var problems schemas.Problems
		if err != nil {
			problems = services.AsError(err).Problems
		} else {
			v.Events, problems = check(raw)
			v.wrong = wrongIn(raw, problems)
		}
		v.Problems = c.wordAll(problems)
		found += len(problems)
		verdicts = append(verdicts, v)
	}
	if err := c.tell(verdicts); err != nil {
		return err
	}
	if found > 0 {
		text := say(c.lang, "nothing_sent", count(c.lang, "problem", found))
		return &failure{text, c.whereToRead(verdicts), services.Invalid.Outcome().Exit}
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
			b.WriteString(say(c.lang, "nothing_wrong", v.File, count(c.lang, "event", v.Events)) + "\n")
			continue
		}
		b.WriteString(say(c.lang, "found_in", v.File, count(c.lang, "problem", len(v.Problems))) + "\n")
		for _, p := range v.Problems {
			b.WriteString(problemLine(p.Problem, c.lang) + "\n")
			if p.Meaning != "" {
				b.WriteString("  " + pad("", pointerColumn) + folded(p.Meaning, 2+pointerColumn) + "\n")
			}
		}
	}
	_, err := io.WriteString(c.stdout, b.String())
	return err
}

// wrongIn lists the known types of the events that a problem points into, each once.
func wrongIn(raw []byte, problems schemas.Problems) []string {
	var names []string
	for i, event := range eventsIn(raw) {
		in := func(p schemas.Problem) bool {
			return !isBatch(raw) || strings.HasPrefix(p.Pointer+"/", fmt.Sprintf("/%d/", i))
		}
		name := event.name()
		if name != "" && !slices.Contains(names, name) && slices.ContainsFunc(problems, in) {
			names = append(names, name)
		}
	}
	return names
}

// whereToRead names the pages of what was wrong, or of everything.
func (c *command) whereToRead(verdicts []verdict) string {
	var names []string
	for _, v := range verdicts {
		for _, name := range v.wrong {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	if len(names) == 0 {
		return say(c.lang, "see_example")
	}
	return say(c.lang, "see_docs", strings.Join(names, " "))
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
		found = append(found, problemsOf(schemas.CheckSection(name, o.Sections[name]))...)
	}
	return found
}

func problemsOf(err error) schemas.Problems {
	var ps schemas.Problems
	errors.As(err, &ps)
	return ps
}
