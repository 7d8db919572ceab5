package schemas

import (
	"errors"
	"slices"
	"strings"
)

// Limits of what comes in. All are in bytes unless said otherwise.
const (
	MaxEvent   = 256 << 10 // an event as it is submitted
	MaxSection = 256 << 10 // a sealed section
	MaxDepth   = 32        // nesting of JSON
	MaxNumber  = 32        // characters of a number literal
)

// Problem is one thing wrong with an input. It never repeats a value or an
// unknown name from the input.
type Problem struct {
	// Pointer is a JSON pointer to the place, as in "/data/priority"; empty when
	// the document as a whole is meant or the place has no known name.
	Pointer string `json:"pointer"`
	// Code says what is wrong: a JSON Schema keyword such as "enum", or a word of
	// ours (see the Code… constants).
	Code string `json:"code"`
	// List names the code list that the value must be from; only where Code is
	// "enum".
	List string `json:"list,omitempty"`
	// Rule is where the rule stands that was broken: the URI of one of our schemas
	// with a pointer into it that goes through references, as in
	// "urn:saphan:schema:referral.requested.v1#/properties/area/$ref/then/required".
	// Empty where no schema says it, or when an older program found it.
	Rule string `json:"rule,omitempty"`
	// Names are the members of ours that can stand there, as in "reason, text", where
	// no rule of a schema says so; only where Code is CodeUnexpected. It is one string
	// so that two problems can be compared.
	Names string `json:"names,omitempty"`
}

// Codes of problems that no JSON Schema keyword names.
const (
	CodeMalformed    = "malformed"     // not one JSON object in UTF-8
	CodeDuplicateKey = "duplicate_key" // a name twice in one object
	CodeDepth        = "depth"         // nested deeper than MaxDepth
	CodeNumber       = "number"        // a number out of range
	CodeTooLarge     = "too_large"     // more than MaxEvent, or than the gate takes of this kind
	CodeGrammar      = "grammar"       // an attribute that is not written as it must be
	CodeUnknownType  = "schema_unknown"
	CodeUnexpected   = "unexpected" // an attribute that an event cannot have
	CodeMismatch     = "mismatch"   // an attribute that contradicts another one
	CodeTime         = "time"       // too far in the past or the future
	CodeSource       = "source"     // another party's source: forbidden, rather than invalid
	CodeAsk          = "ask"        // nothing wrong: not known yet, and asked for later; see Missing
)

// malformed are the codes of an input that could not even be read as an event.
var malformed = map[string]bool{
	CodeMalformed: true, CodeDuplicateKey: true, CodeDepth: true, CodeNumber: true,
	CodeGrammar: true, CodeUnexpected: true,
}

// Malformed reports whether the input could not be read as an event at all, as
// against an event whose content breaks its schema.
func (p Problem) Malformed() bool { return malformed[p.Code] }

// Problems is an error that lists everything found wrong.
type Problems []Problem

// Error names pointers and codes, and nothing from the input.
func (ps Problems) Error() string {
	parts := make([]string, len(ps))
	for i, p := range ps {
		parts[i] = p.Code
		if p.Pointer != "" {
			parts[i] = p.Pointer + ": " + p.Code
		}
	}
	return "invalid event: " + strings.Join(parts, ", ")
}

// Malformed reports whether any of the problems is.
func (ps Problems) Malformed() bool {
	for _, p := range ps {
		if p.Malformed() {
			return true
		}
	}
	return false
}

// under returns the problems that err is, with a prefix before each pointer;
// none when it is none.
func under(prefix string, err error) Problems {
	var ps Problems
	errors.As(err, &ps)
	moved := slices.Clone(ps)
	for i := range moved {
		moved[i].Pointer = prefix + moved[i].Pointer
	}
	return moved
}

// TooLarge reports whether err says that the input was over a limit of size.
func TooLarge(err error) bool {
	var ps Problems
	return errors.As(err, &ps) && len(ps) == 1 && ps[0].Code == CodeTooLarge
}
