package services

import (
	"context"
	"errors"

	"github.com/saphan-project/saphan/schemas"
)

// Kind says what went wrong in a way that somebody can act on. It decides the
// HTTP status and what becomes of a message, once, in the table below.
type Kind string

// The kinds of error. An error without a kind is a bug.
const (
	Invalid      Kind = "invalid"      // not decodable, or against its schema
	Unauthorized Kind = "unauthorized" // no valid token or signature
	Forbidden    Kind = "forbidden"    // foreign source, or a party that may not do this
	Unknown      Kind = "unknown"      // not there, or not to be seen by the asker: the same answer
	Conflict     Kind = "conflict"     // id reused, or the state does not allow it
	TooLarge     Kind = "too_large"    // over a limit of size
	Later        Kind = "later"        // the bus is away, read-only or full: try again
	Internal     Kind = "internal"     // a bug
)

// Fate is what becomes of a message whose handling failed.
type Fate int

// The fates, in the order of how final they are.
const (
	Wait      Fate = iota // again after a delay, for as long as it takes
	Retry                 // again after a delay, MaxTries times in all; then a dead letter
	Done                  // acknowledge: it is settled
	Terminate             // never again; a dead letter
)

// Outcome is one row of the table of kinds.
type Outcome struct {
	HTTP int  // status
	Fate Fate // of a message of a service's own input
	Exit int  // status of the command line
}

var outcomes = map[Kind]Outcome{
	Invalid:      {422, Terminate, 3}, // 400 when it could not be read at all
	Unauthorized: {401, Terminate, 5},
	Forbidden:    {403, Terminate, 5},
	Unknown:      {404, Retry, 4},
	Conflict:     {409, Done, 6},
	TooLarge:     {413, Terminate, 3},
	Later:        {503, Wait, 7},
	Internal:     {500, Retry, 1},
}

// Outcome returns the row of a kind; that of Internal when k is none.
func (k Kind) Outcome() Outcome {
	if o, ok := outcomes[k]; ok {
		return o
	}
	return outcomes[Internal]
}

// Error is a refusal. It holds codes and pointers, and never a value from the
// input. It crosses the bus and the HTTP API as JSON.
type Error struct {
	Kind Kind `json:"kind"` // what went wrong
	// Code is a stable word for what was refused, as in "offer_closed".
	Code string `json:"code"`
	// Problems lists what is wrong with an invalid input.
	Problems []schemas.Problem `json:"problems,omitempty"`
	// State is the present state that a Conflict met, as in "accepted".
	State string `json:"state,omitempty"`

	cause error
}

// Error returns kind and code.
func (e *Error) Error() string {
	s := string(e.Kind) + ": " + e.Code
	if e.State != "" {
		s += " (now " + e.State + ")"
	}
	if e.cause != nil {
		s += ": " + e.cause.Error()
	}
	return s
}

// Unwrap returns what caused it on this side of the wire.
func (e *Error) Unwrap() error { return e.cause }

// statuses are those of codes that HTTP knows more exactly than by their kind.
var statuses = map[string]int{
	CodeMethod: 405, CodeMediaType: 415, CodePlace: 400, CodeTypes: 400, CodeTooMany: 429,
}

// HTTP returns the status of the refusal: that of its code where it has one, 400
// for an input that could not be read at all, and else that of its kind.
func (e *Error) HTTP() int {
	if e.Kind == Invalid && schemas.Problems(e.Problems).Malformed() {
		return 400
	}
	if status, ok := statuses[e.Code]; ok {
		return status
	}
	return e.Kind.Outcome().HTTP
}

// Codes that more than one package uses, or that have a status of their own. The
// others stand where they arise.
const (
	CodeIDReused   = "id_reused"   // Conflict: the id is taken by other bytes
	CodeMediaType  = "media_type"  // Invalid: content type or encoding is not ours
	CodeMethod     = "method"      // Invalid: the path has no such method
	CodePlace      = "place"       // Invalid: no place of the feed
	CodeTypes      = "types"       // Invalid: no type of event, nor several
	CodeTooMany    = "too_many"    // Later: more at a time than the caller may
	CodeNoSection  = "no_section"  // Later: the vault does not hold a named section yet
	CodeMoved      = "moved"       // Later: others wrote to the scope at the same time
	CodeBusAway    = "bus_away"    // Later: the hub does not answer
	CodeScope      = "scope"       // Forbidden: the token does not allow it
	CodeNotVisible = "not_visible" // Unknown: not there, or not to be seen
	CodeSuspended  = "suspended"   // Forbidden: the operator has shut the agency out
)

// Refuse returns a refusal of a kind with a code.
func Refuse(k Kind, code string) *Error { return &Error{Kind: k, Code: code} }

// RefuseIn returns a Conflict that tells the present state.
func RefuseIn(state, code string) *Error {
	return &Error{Kind: Conflict, Code: code, State: state}
}

// Because returns a refusal that remembers its cause.
func Because(k Kind, code string, cause error) *Error {
	return &Error{Kind: k, Code: code, cause: cause}
}

// RefuseInput turns what Decode or Check found into a refusal.
func RefuseInput(err error) *Error {
	var ps schemas.Problems
	if !errors.As(err, &ps) {
		return Because(Internal, "check_failed", err)
	}
	if schemas.TooLarge(err) {
		return &Error{Kind: TooLarge, Code: schemas.CodeTooLarge, Problems: ps}
	}
	code := "schema"
	if ps.Malformed() {
		code = schemas.CodeMalformed
	}
	return &Error{Kind: Invalid, Code: code, Problems: ps}
}

// AsError returns err as a refusal: Later when a caller's time was over, and of
// kind Internal when it is none.
func AsError(err error) *Error {
	var e *Error
	switch {
	case errors.As(err, &e):
		return e
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return Because(Later, CodeBusAway, err)
	}
	return Because(Internal, "bug", err)
}

// KindOf returns the kind of err: Internal when it has none, "" when err is nil.
func KindOf(err error) Kind {
	if err == nil {
		return ""
	}
	return AsError(err).Kind
}
