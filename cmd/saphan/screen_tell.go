package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services/screening"
)

// question is one indicator as --json prints it.
type question struct {
	Code  string `json:"code"`
	Label string `json:"label"`
	Ask   string `json:"ask"`
	Look  string `json:"look,omitempty"` // for the inspector, in English and Thai
	Draft bool   `json:"draft"`          // nobody from the field has reviewed the words
}

// prompt prints the questions of the eleven indicators. Their words in any other
// language than English are drafts, and stderr says so.
func (c *command) prompt() error {
	var questions []question
	draft := false
	for _, i := range schemas.Codes("ilo11") {
		q := question{i.Code, i.Labels[c.lang], i.Ask[c.lang], i.Look[c.lang], slices.Contains(i.Draft, c.lang)}
		questions, draft = append(questions, q), draft || q.Draft
	}
	if c.json {
		return c.print(questions)
	}
	if draft {
		fmt.Fprintln(c.stderr, "saphan: these words are a draft: nobody who works in the field has reviewed them yet")
	}
	var b strings.Builder
	if head := say(c.lang, "prompt.head"); head != "" {
		b.WriteString(folded(head, 0) + "\n\n")
	}
	for i, q := range questions {
		fmt.Fprintf(&b, "%2d  %s\n    %s\n", i+1, q.Label, folded(q.Ask, 4))
		if q.Look != "" {
			fmt.Fprintf(&b, "    %s\n", folded(say(c.lang, "prompt.look")+": "+q.Look, 4))
		}
	}
	_, err := io.WriteString(c.stdout, b.String())
	return err
}

// tellScreened prints what was worked out, and what it does not mean.
func (c *command) tellScreened(s screened) error {
	if c.json {
		return c.print(s)
	}
	var b strings.Builder
	var rows [][2]string
	if r := s.Screening; r != nil {
		profile := label("age_class", string(r.Profile), c.lang)
		b.WriteString(say(c.lang, "screen.head", r.Version, profile) + "\n\n")
		if err := table(&b, c.dimensionRows(*r)); err != nil {
			return err
		}
		b.WriteString("\n")
		rows = c.resultRows(*r)
	} else {
		b.WriteString(say(c.lang, "screen.none") + "\n\n")
	}
	rows = append(rows, c.accountRows(s)...)
	for _, row := range rows {
		b.WriteString(pad(row[0], resultColumn) + row[1] + "\n")
	}
	b.WriteString("\n" + say(c.lang, "screen.means_not") + "\n")
	_, err := io.WriteString(c.stdout, b.String())
	return err
}

// resultColumn is where the words stand behind the name of a line.
const resultColumn = 15

// dimensionRows says of each dimension whether it is positive, by which rule,
// and what was ticked.
func (c *command) dimensionRows(r screening.Result) [][]string {
	var rows [][]string
	for _, d := range r.Dimensions {
		state := say(c.lang, "screen.nothing")
		switch {
		case d.Positive:
			state = say(c.lang, "screen.rule", say(c.lang, "screen.positive"), d.Rule, say(c.lang, "screen."+d.Rule))
		case len(d.Ticked) > 0:
			state = say(c.lang, "screen.not_positive")
		}
		rows = append(rows, []string{"  " + d.Code, label("delphi_dimension", d.Code, c.lang), state, strings.Join(d.Ticked, " ")})
	}
	return rows
}

// resultRows says the band, why, and what else there is to know.
func (c *command) resultRows(r screening.Result) [][2]string {
	rows := [][2]string{{say(c.lang, "screen.band"), label("band", r.Band, c.lang)}}
	name := say(c.lang, "screen.why")
	for _, rule := range r.Why {
		rows = append(rows, [2]string{name, label("band_rule", rule, c.lang)})
		name = ""
	}
	name = say(c.lang, "screen.flags")
	for _, code := range r.Flags {
		rows = append(rows, [2]string{name, code + " " + label("delphi", code, c.lang)})
		name = ""
	}
	if len(r.ILO11) > 0 {
		rows = append(rows, [2]string{say(c.lang, "screen.ilo11"), c.labels("ilo11", r.ILO11)})
	}
	if len(r.Ignored) > 0 {
		ignored := say(c.lang, "screen.ignored_why", strings.Join(r.Ignored, " "))
		rows = append(rows, [2]string{say(c.lang, "screen.ignored"), ignored})
	}
	return rows
}

// accountRows says what the account holds already, and how reliable it is.
func (c *command) accountRows(s screened) [][2]string {
	var rows [][2]string
	if s.RecordedBand != "" {
		recorded := label("band", s.RecordedBand, c.lang) + " (" + shown(s.RecordedVersion) + ")"
		rows = append(rows, [2]string{say(c.lang, "screen.recorded"), recorded})
	}
	if s.Reliability != nil {
		level := label("reliability", s.Reliability.Level, c.lang)
		reasons := c.labels("reliability_reason", s.Reliability.Reasons)
		rows = append(rows, [2]string{say(c.lang, "screen.reliability"), level + " (" + reasons + ")"})
	}
	return rows
}

// labels words several codes of a list.
func (c *command) labels(list string, codes []string) string {
	words := make([]string, len(codes))
	for i, code := range codes {
		words[i] = label(list, code, c.lang)
	}
	return strings.Join(words, ", ")
}
