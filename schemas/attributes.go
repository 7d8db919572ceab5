package schemas

import (
	"encoding/base64"
	"regexp"
	"strings"
	"time"
)

// codeRequired is the JSON Schema keyword, used for attributes as well.
const codeRequired = "required"

// attribute is one row of the table of what an event's envelope may hold.
type attribute struct {
	signed need // in a signed event
	opened need // in what a desk's API takes
	// check returns the code of what is wrong with the value, or "".
	check func(env *envelope, value string) string
}

// need reports whether an attribute must be there; a nil need: must not.
type need func(*envelope) bool

func always(*envelope) bool   { return true }
func optional(*envelope) bool { return false }

// traced is needed wherever the subject is a trace id.
func traced(env *envelope) bool { return TraceParent(env.scope(), env.attrs["id"]) != "" }

func (a attribute) need(env *envelope) need {
	if env.open {
		return a.opened
	}
	return a.signed
}

// attributeOrder is the order in which problems are listed: that of a document.
var attributeOrder = []string{
	"specversion", "id", "source", "type", "subject", "time", "datacontenttype", "dataschema",
	ExtCause, ExtClassification, ExtTraceParent, ExtSignature,
}

// extensions are the attributes that CloudEvents itself does not know.
var extensions = []string{ExtCause, ExtClassification, ExtTraceParent, ExtSignature}

// attributes is the table. The context attributes are those of CloudEvents 1.0
// §3; data_base64 is a row without a need: never allowed.
var attributes = map[string]attribute{
	"specversion":     {always, always, equals(func(*envelope) string { return "1.0" }, CodeGrammar)},
	"id":              {always, always, grammar(ValidEventID)},
	"source":          {always, optional, checkSource},
	"type":            {always, always, checkType},
	"subject":         {always, always, checkSubject},
	"time":            {always, optional, checkTime},
	"datacontenttype": {always, optional, equals(func(*envelope) string { return contentType }, CodeGrammar)},
	"dataschema":      {always, optional, equals((*envelope).schema, CodeMismatch)},
	ExtCause:          {optional, optional, grammar(ValidEventID)},
	ExtClassification: {always, optional, equals((*envelope).classification, CodeMismatch)},
	ExtTraceParent:    {traced, optional, checkTrace},
	ExtSignature:      {always, nil, checkSignature},
	"data_base64":     {},
}

func (env *envelope) known() bool            { return env.typ.Name != "" }
func (env *envelope) schema() string         { return env.typ.DataSchema() }
func (env *envelope) classification() string { return env.typ.Classification }

func (env *envelope) scope() Scope { return Scope{env.typ.Scope, env.attrs["subject"]} }

func grammar(valid func(string) bool) func(*envelope, string) string {
	return func(_ *envelope, v string) string {
		if !valid(v) {
			return CodeGrammar
		}
		return ""
	}
}

// equals accepts one value only. What the type decides is not compared when the
// type is unknown: that is a problem of its own.
func equals(want func(*envelope) string, code string) func(*envelope, string) string {
	return func(env *envelope, v string) string {
		if v == want(env) || code == CodeMismatch && !env.known() {
			return ""
		}
		return code
	}
}

// checkSource wants the desk's own agency in an open form: anything else is
// another party, however it is written.
func checkSource(env *envelope, v string) string {
	if env.open {
		if v != env.own.Source() {
			return CodeSource
		}
		return ""
	}
	if _, ok := ParseSource(v); !ok {
		return CodeGrammar
	}
	return ""
}

func checkType(env *envelope, _ string) string {
	if !env.known() {
		return CodeUnknownType
	}
	return ""
}

func checkSubject(env *envelope, _ string) string {
	if env.known() && !env.scope().Valid() {
		return CodeGrammar
	}
	return ""
}

// checkTrace compares only what can be derived: a wrong id or subject is a
// problem of its own.
func checkTrace(env *envelope, v string) string {
	if !env.known() || !env.scope().Valid() || !ValidEventID(env.attrs["id"]) {
		return ""
	}
	if v != TraceParent(env.scope(), env.attrs["id"]) {
		return CodeMismatch
	}
	return ""
}

// checkSignature wants standard base64 with nothing loose: the reader of the
// standard library forgives line breaks, and trailing bits that are not zero.
func checkSignature(_ *envelope, v string) string {
	if _, err := base64.StdEncoding.Strict().DecodeString(v); err != nil || v == "" || strings.ContainsAny(v, "\r\n") {
		return CodeGrammar
	}
	return ""
}

// checkTime wants in a signed event the one way in which FormatTime writes the
// instant, so that what was signed can be written again from what was read; and
// whole minutes of an agency, since no fact is finer than that.
func checkTime(env *envelope, v string) string {
	t, ok := parseTime(v)
	switch {
	case !ok:
		return CodeGrammar
	case env.open:
		return ""
	case FormatTime(t) != v:
		return CodeGrammar
	}
	if p, _ := ParseSource(env.attrs["source"]); p.Agency != "" && !t.Equal(t.Truncate(time.Minute)) {
		return CodeGrammar
	}
	return ""
}

var timeGrammar = regexp.MustCompile(`^2[01][0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?Z$`)

// parseTime reads RFC 3339 in UTC, between the years 2000 and 2199. A leap
// second is refused: no clock here can show one.
func parseTime(s string) (time.Time, bool) {
	if !timeGrammar.MatchString(s) {
		return time.Time{}, false
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	return t.UTC(), err == nil
}
