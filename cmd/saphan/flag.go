package main

import (
	"slices"
	"strings"

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
	hint := "it takes one of " + strings.Join(f.codes, ", ")
	switch {
	case *f.value == "" && f.must:
		return usage("--"+name+" is missing", hint)
	case *f.value == "" || f.codes == nil || slices.Contains(f.codes, *f.value):
		return nil
	}
	return usage("unknown value of --"+name, hint)
}

// actFlags are the flags that the verbs of `saphan referral` choose from.
func actFlags(in *desk.ActInput) map[string]codeFlag {
	return map[string]codeFlag{
		"reason":    {&in.Reason, "neutral reason", codesOf("neutral_reason"), true},
		"suggests":  {&in.Suggests, "`AGENCY` that is competent instead", nil, false},
		"text":      {&in.Text, "`TEXT` for the other side, sealed; - reads standard input", nil, false},
		"result":    {&in.Result, "what came of it, sealed", codesOf("result"), false},
		"told":      {&in.PersonTold, "whether the person was told, sealed", codesOf("told"), false},
		"answer-by": {&in.AnswerBy, "`TIME` by which you answer, in UTC", nil, false},
	}
}

// openFlags are those of `saphan referral open`.
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
