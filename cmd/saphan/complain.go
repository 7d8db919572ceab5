package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/operator"
	"github.com/saphan-project/saphan/services/webhook"
)

// Exit statuses; `saphan help exit-codes` tells them all. These stand beside
// those of the table of kinds in package services.
const (
	exitOK          = 0
	exitUnexpected  = 1
	exitUsage       = 2
	exitPartial     = 8
	exitInterrupted = 130
)

// exitCodes is a topic of the help.
func exitCodes() *cobra.Command {
	return &cobra.Command{
		Use: "exit-codes", Short: "What the exit status says",
		Long: `What the exit status says:
  0    done
  1    something unexpected
  2    the command line is wrong
  3    what was given is invalid
  4    there is no such thing that your agency can see
  5    your agency may not do this, or the token is wrong
  6    the case does not allow this now, the folder is in use, or a schema needs a
       new major version
  7    the desk or the hub does not answer: try the same again
  8    some of several events were refused
  130  interrupted; Ctrl-C of demo, up and listen is a normal stop, 0`,
	}
}

// failure is an error with a hint for who sits before it, and an exit status.
type failure struct {
	text, hint string
	exit       int
}

// Error returns the text without the hint.
func (f *failure) Error() string { return f.text }

// usage says that the command line was wrong, and what would be right.
func usage(text, hint string) error { return &failure{text, hint, exitUsage} }

// complain tells on stderr what went wrong, in JSON for whoever wants that, and
// returns the exit status.
func (c *command) complain(err error) int {
	var f *failure
	var refusal *services.Error
	switch {
	case errors.As(err, &f):
	case errors.As(err, &refusal):
		f = c.explain(refusal)
	case errors.Is(err, fs.ErrNotExist):
		f = &failure{"there is no such file", "give a path, or - for standard input", exitUsage}
	case errors.Is(err, syscall.EISDIR):
		f = &failure{"that is a folder", "give the path of a file, or - for standard input", exitUsage}
	default:
		f = &failure{err.Error(), "", exitUnexpected}
	}
	if c.json {
		return c.complainJSON(f, refusal)
	}
	fmt.Fprintf(c.stderr, "saphan: %s %s\n", c.loud("error:"), f.text)
	if f.hint != "" {
		fmt.Fprintf(c.stderr, "saphan: hint: %s\n", f.hint)
	}
	return f.exit
}

// loud lets a word stand out where there is a terminal and nobody minds colour.
// Source: https://no-color.org
func (c *command) loud(s string) string {
	if !c.terminal || c.noColor || c.getenv("NO_COLOR") != "" || c.getenv("TERM") == "dumb" {
		return s
	}
	return "\x1b[1;31m" + s + "\x1b[0m"
}

// explain words a refusal: what was refused, each problem, and what to do.
func (c *command) explain(e *services.Error) *failure {
	if c.operating && e.Kind == services.Unknown {
		return &failure{"there is no such agency or letter", "saphan agency ls --hub FILE and saphan deadletter ls --all list them", e.Kind.Outcome().Exit}
	}
	text := strings.TrimSuffix(c.sentenceOf(e), ".") + " (" + e.Code + ")"
	if e.State != "" {
		text += "; now: " + label(stateList(e.State), e.State, c.lang)
	}
	for _, p := range e.Problems {
		text += "\n" + problemLine(p, c.lang)
	}
	hint, ok := codeHints[e.Code]
	if !ok {
		hint = hints[e.Kind]
	}
	return &failure{text, hint, e.Kind.Outcome().Exit}
}

// stateList is the list that a state is a code of: of a referral or a case, or else
// of an agency, a dead letter or a webhook.
func stateList(state string) string {
	for _, list := range []string{"state", "agency_status", operator.LetterStates, "webhook_state"} {
		if schemas.HasCode(list, state) {
			return list
		}
	}
	return "state"
}

// sentenceOf is what a refusal says: the words of its code, or else of its kind.
// What is not there says no more than that.
func (c *command) sentenceOf(e *services.Error) string {
	if words := schemas.Refusal(e.Code, c.lang); words != "" && e.Kind != services.Unknown {
		return words
	}
	return cmp.Or(refusals[e.Kind], string(e.Kind))
}

// problemLine says where a problem is and what to do about it. It stands two columns
// in, and is folded under the sentence.
func problemLine(p schemas.Problem, lang string) string {
	where := pad(cmp.Or(p.Pointer, "/"), pointerColumn)
	return "  " + strings.TrimSpace(where+schemas.Wrap(schemas.Sentence(p, lang), 2+schemas.Columns(where), 2+pointerColumn, screenWidth))
}

const pointerColumn = 28

// refusals says each kind of refusal in words.
var refusals = map[services.Kind]string{
	services.Invalid:      "this cannot be filed as it is",
	services.Unauthorized: "the desk does not know this token",
	services.Forbidden:    "your agency may not do this",
	services.Unknown:      "there is nothing there that your agency can see",
	services.Conflict:     "the case does not allow this",
	services.TooLarge:     "this is too large",
	services.Later:        "the desk or the hub does not answer",
	services.Internal:     "something went wrong inside",
}

// hints says what helps, by kind.
var hints = map[services.Kind]string{
	services.Invalid:      "saphan validate checks a file without sending it",
	services.Unauthorized: "is the desk file the newest that saphan up wrote?",
	services.Forbidden:    "saphan case trace REFERENCE shows who does what",
	services.Unknown:      "saphan case ls and saphan inbox list what there is; what was taken back is gone from there",
	services.Conflict:     "saphan case trace REFERENCE shows what has happened",
	services.Later:        "nothing is lost: try the same again in a moment",
}

// codeHints says what helps against some refusals, where what helps against their
// kind does not.
var codeHints = map[string]string{
	services.CodeSuspended: "",
	services.CodeScope:     "saphan token add --scope read,file,open,manage makes one that may: name what it needs",
	services.CodePlace:     "saphan listen --from start begins anew; without its file (listen.cursor) it begins now",
	"agency_there":         "saphan agency ls --hub FILE lists them all; one with a desk of its own takes --bundle DIR",
	"agency_closed":        "saphan agency ls --hub FILE lists them all",
	"key_taken":            "give an empty folder with --bundle: new keys are made there",
	"key_retired":          "where signing.pem is gone from the folder, a new one is made",
	"letter_settled":       "saphan deadletter show LETTER says how it stands",
	services.CodeTypes:     "saphan schema ls lists the types",
	webhook.CodeState:      "saphan webhook ls shows how it stands",
	webhook.CodeTooMany:    "saphan webhook ls lists them, saphan webhook rm ID removes one",
	webhook.CodeURL:        webhookTo,
	webhook.CodeAddress:    webhookTo,
	webhook.CodeOverlap:    "saphan webhook rotate --help says how long it may be",
}

// webhookTo is what helps against an address that webhooks do not lead to.
const webhookTo = "saphan webhook add --help says what an address has to be; to try this machine: saphan up --webhooks-to-loopback"
