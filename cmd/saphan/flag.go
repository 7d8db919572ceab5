package main

import (
	"cmp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services/desk"
)

// codeFlag is a flag that takes a code, or any text when there are no codes.
type codeFlag struct {
	value *string
	help  string
	codes []string
	must  bool // it has to be given
}

// usage is its help text.
func (f codeFlag) usage() string {
	if f.codes == nil {
		return f.help
	}
	return f.help + ": " + strings.Join(f.codes, ", ")
}

// check holds its value against the codes, before anything is sent.
func (f codeFlag) check(name string) error {
	return checkCodes(name, *f.value, f.codes, f.must)
}

func checkCodes(name, value string, codes []string, must bool) error {
	hint := "it takes one of " + strings.Join(codes, ", ")
	if codes == nil {
		hint = "--help says what it takes"
	}
	switch {
	case value == "" && must:
		return usage("--"+name+" is missing", hint)
	case value == "" || codes == nil || slices.Contains(codes, value):
		return nil
	}
	return usage("unknown value of --"+name, hint)
}

// field is how a field of a verb's input is typed.
type field struct {
	flag string // its name on the command line; the field's own when empty
	help string
	list string // the code list of its values; "" for any text
}

// fields are those of desk.ActInput that verbs take, by their names.
var fields = map[string]field{
	"reason":       {"", "reason", "neutral_reason"},
	"suggests":     {"", "`AGENCY` that is competent instead", ""},
	"answer_by":    {"answer-by", "`TIME` by which you answer, in UTC", ""},
	"text":         {"", "`TEXT` for the other side, sealed; - reads standard input", ""},
	"result":       {"", "what came of it, sealed", "result"},
	"person_told":  {"told", "whether the person was told", "told"},
	"real_reason":  {"real-reason", "the real reason, sealed", "real_reason"},
	"outcome":      {"", "what was done, sealed; several times for several", "outcome"},
	"on_behalf_of": {"for", "`AGENCY` that gave this answer, and that you record it for", ""},
	"channel":      {"by", "how that agency gave it", "channel"},
	"review_by":    {"review-by", "`TIME` by which you look at it again, in UTC", ""},
	"to":           {"", "`AGENCY` that is meant", ""},
	"answer":       {"", "`EVENT` that was recorded for you; the latest when not given", ""},
	"correct":      {"", "whether that was your answer", "answer"},
	"exclude":      {"", "`AGENCY` to keep out, with everything below it; several times for several", ""},
	"upwards":      {"", "keep out what is above it, too", ""},
	"relation":     {"", "how the cases are related", "link"},
	"with":         {"", "the other `CASE`, by id or reference", ""},
	"lead":         {"", "`AGENCY` that leads the other case", ""},
	"decision":     {"", "what is done about it", "decision"},
	"triage":       {"as", "how the tip is taken up", "triage"},
	"stage":        {"to", "how far the case is", "stage"},
	"status":       {"", "what you hold the person to be", "trafficking_status"},
	"about":        {"", "`EVENT` that the person was told of; the latest that ended something when not given", ""},
}

// narrowed are fields whose list is another one, or shorter, for one verb.
var narrowed = map[string]map[string]func() []string{
	"confirm": {"correct": func() []string { return []string{"yes", "no"} }},
	"same":    {"answer": func() []string { return codesOf("same") }},
}

// flagged is a flag of a verb, and what it must be.
type flagged struct {
	name   string
	values func() []string
	codes  []string
	must   bool
}

func (f flagged) check() error {
	given := f.values()
	if len(given) == 0 {
		return checkCodes(f.name, "", f.codes, f.must)
	}
	for _, value := range given {
		if err := checkCodes(f.name, value, f.codes, f.must); err != nil {
			return err
		}
	}
	return nil
}

// textFields and listFields are the places of the fields in an input.
func textFields(in *desk.ActInput) map[string]*string {
	return map[string]*string{
		"reason": &in.Reason, "suggests": &in.Suggests, "answer_by": &in.AnswerBy, "text": &in.Text,
		"result": &in.Result, "person_told": &in.PersonTold, "real_reason": &in.RealReason,
		"on_behalf_of": &in.OnBehalfOf, "channel": &in.Channel, "review_by": &in.ReviewBy, "to": &in.To,
		"answer": &in.Answer, "correct": &in.Correct, "relation": &in.Relation, "with": &in.With,
		"lead": &in.Lead, "decision": &in.Decision, "stage": &in.Stage, "triage": &in.Triage, "status": &in.Status, "about": &in.About,
	}
}

func listFields(in *desk.ActInput) map[string]*[]string {
	return map[string]*[]string{"outcome": &in.Outcome, "exclude": &in.Exclude}
}

// bind makes the flags of a verb from the fields that it takes.
func (w *acting) bind(cmd *cobra.Command) {
	flags := cmd.Flags()
	for _, key := range w.Takes {
		f := fields[key]
		name, codes, must := cmp.Or(f.flag, key), w.codes(key, f), slices.Contains(w.Needs, key)
		help := codeFlag{help: f.help, codes: codes}.usage()
		switch {
		case key == "sections":
			flags.StringVar(&w.section, "section", "", "which section the file is: "+strings.Join(schemas.SectionsOf(w.Type), ", "))
			w.flags = append(w.flags, flagged{"section", one(&w.section), schemas.SectionsOf(w.Type), true})
		case key == "upwards":
			flags.BoolVar(&w.in.Upwards, name, false, help)
		case listFields(&w.in)[key] != nil:
			list := listFields(&w.in)[key]
			flags.StringSliceVar(list, name, nil, help)
			w.flags = append(w.flags, flagged{name, func() []string { return *list }, codes, must})
		default:
			value := textFields(&w.in)[key]
			flags.StringVar(value, name, "", help)
			w.flags = append(w.flags, flagged{name, one(value), codes, must})
		}
	}
	flags.StringVar(&w.in.Event, "event", "", "`ID` to file it under; the same again is filed once")
	flags.StringVar(&w.batch, "batch", "", "say it about every case of a batch: its id, or the `REFERENCE` of it or of one of its cases")
	flags.StringSliceVar(&w.in.Cases, "only", nil, "of the batch only this `CASE`; several times for several")
}

// codes are what a field takes with this verb; nil for any text.
func (w *acting) codes(name string, f field) []string {
	if codes := narrowed[w.Name][name]; codes != nil {
		return codes()
	}
	if name == "reason" {
		return codesOf(cmp.Or(w.reasons, f.list))
	}
	if f.list == "" {
		return nil
	}
	return codesOf(f.list)
}

func one(value *string) func() []string {
	return func() []string {
		if *value == "" {
			return nil
		}
		return []string{*value}
	}
}

// openFlags are those of the commands that open a section.
func openFlags(in *desk.OpenInput) map[string]codeFlag {
	return map[string]codeFlag{
		"section": {&in.Section, "which part", schemas.Sections(), true},
		"purpose": {&in.Purpose, "what for, fitting the section when not given", codesOf("purpose"), false},
	}
}

// purposes are what a section is opened for when nobody says.
var purposes = map[string]string{"offer": "decide", "feedback": "follow_up"}

func codesOf(list string) []string {
	var codes []string
	for _, code := range schemas.Codes(list) {
		codes = append(codes, code.Code)
	}
	return codes
}
