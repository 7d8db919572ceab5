package main

import (
	"encoding/json"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// complaint is an error for programs. What the command line itself found wrong has
// no code.
type complaint struct {
	Kind     string   `json:"kind"` // one of services.Kind, "usage" or "partial"
	Code     string   `json:"code,omitempty"`
	State    string   `json:"state,omitempty"` // what a conflict met
	Sentence string   `json:"sentence"`
	Hint     string   `json:"hint,omitempty"`
	Problems []worded `json:"problems,omitempty"`
}

// kinds names the kind of a failure that no desk refused, by its exit status.
var kinds = map[int]string{
	exitUsage: "usage", exitPartial: "partial",
	services.Invalid.Outcome().Exit:  string(services.Invalid),
	services.Unknown.Outcome().Exit:  string(services.Unknown),
	services.Conflict.Outcome().Exit: string(services.Conflict),
	services.Later.Outcome().Exit:    string(services.Later),
	exitUnexpected:                   string(services.Internal),
}

// complainJSON writes what went wrong as one object; the refusal is nil when there
// was none.
func (c *command) complainJSON(f *failure, refusal *services.Error) int {
	told := complaint{Kind: kinds[f.exit], Sentence: f.text, Hint: f.hint}
	if refusal != nil {
		told.Kind, told.Code, told.State = string(refusal.Kind), refusal.Code, refusal.State
		told.Sentence, told.Problems = c.sentenceOf(refusal), c.wordAll(refusal.Problems)
	}
	e := json.NewEncoder(c.stderr)
	e.SetEscapeHTML(false)
	_ = e.Encode(map[string]complaint{"error": told}) // a stderr that is gone hears nothing
	return f.exit
}

// wordAll words problems; an empty list when there are none.
func (c *command) wordAll(problems []schemas.Problem) []worded {
	all := make([]worded, len(problems))
	for i, p := range problems {
		all[i] = worded{p, schemas.Sentence(p, c.lang), schemas.Meaning(p)}
	}
	return all
}
