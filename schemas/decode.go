package schemas

import (
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/cloudevents/sdk-go/v2/types"
)

// Freshness of an event's time against the clock of the gate.
const (
	MaxAge   = 90 * 24 * time.Hour // how far back it may lie: paper is filed late
	MaxAhead = 5 * time.Minute     // how far ahead: clocks differ
)

// Decode reads an event as it was signed: structured-mode JSON of CloudEvents
// 1.0. It is the only way in, and strict before anything else: at most MaxEvent
// bytes of UTF-8, one object and nothing after it, no name twice at any depth,
// at most MaxDepth deep, no number out of range, no attribute that this version
// does not know. Then every attribute is held against the table in
// attributes.go. The data must be an object; that it fits its schema is for
// Check. The event's DataEncoded is the exact bytes of the member data in raw.
//
// The error is Problems, with everything found wrong, and never a value.
func Decode(raw []byte) (Event, error) {
	env, err := readEnvelope(raw, false)
	if err != nil {
		return Event{}, err
	}
	if err := env.check(); err != nil {
		return Event{}, err
	}
	return env.event(), nil
}

// CheckTime holds the time of an event against the clock of the gate: at most
// MaxAge past and MaxAhead ahead.
func CheckTime(e Event, now time.Time) Problems {
	if t := e.Time(); t.Before(now.Add(-MaxAge)) || t.After(now.Add(MaxAhead)) {
		return Problems{{Pointer: "/time", Code: CodeTime}}
	}
	return nil
}

// envelope is an event while it is read.
type envelope struct {
	open     bool  // as a desk's API takes it: unsigned, some attributes left out
	own      Party // whose desk it is, when open
	attrs    map[string]string
	data     []byte // nil when there is none
	typ      Type   // the zero Type when the attribute type is unknown
	problems Problems
}

// readEnvelope reads names and values. Its error is what makes further reading
// pointless; what is wrong with single attributes is kept in the envelope.
func readEnvelope(raw []byte, open bool) (*envelope, error) {
	if len(raw) > MaxEvent {
		return nil, Problems{{Code: CodeTooLarge}}
	}
	members, err := object(raw, MaxDepth)
	if err != nil {
		return nil, err
	}
	env := &envelope{open: open, attrs: make(map[string]string, len(members))}
	for _, m := range members {
		env.take(m)
	}
	env.typ = byType[env.attrs["type"]]
	return env, nil
}

// take files one member of the document under what it is. The name of an
// unknown one is the input's, so the problem does not point to it.
func (env *envelope) take(m member) {
	a, known := attributes[m.name]
	switch {
	case m.name == "data" && kind(m.value) == '{':
		env.data = m.value
	case m.name == "data":
		env.data = []byte("{}")
		env.add("/data", CodeGrammar)
	case !known:
		env.add("", CodeUnexpected)
	case a.need(env) == nil:
		env.add("/"+m.name, CodeUnexpected)
	default:
		v, ok := text(m.value)
		if !ok {
			env.add("/"+m.name, CodeGrammar)
		}
		env.attrs[m.name] = v
	}
}

func (env *envelope) add(pointer, code string) { env.addRule(pointer, code, "") }

func (env *envelope) addRule(pointer, code, rule string) {
	p := Problem{Pointer: pointer, Code: code, Rule: rule}
	for _, q := range env.problems {
		if q.Pointer == p.Pointer {
			return
		}
	}
	env.problems = append(env.problems, p)
}

// check holds every attribute against the table.
func (env *envelope) check() error {
	for _, name := range attributeOrder {
		a := attributes[name]
		v, present := env.attrs[name]
		need := a.need(env)
		switch {
		case present:
			if code := a.check(env, v); code != "" {
				env.add("/"+name, code)
			}
		case need != nil && need(env):
			env.add("/"+name, codeRequired)
		}
	}
	if env.data == nil {
		env.add("/data", codeRequired)
	}
	if len(env.problems) > 0 {
		return env.problems
	}
	return nil
}

// event lays out a checked envelope as the SDK's event.
func (env *envelope) event() Event {
	ce := &event.EventContextV1{
		ID:         env.attrs["id"],
		Type:       env.attrs["type"],
		Extensions: make(map[string]any, len(extensions)),
	}
	e := Event{Context: ce, DataEncoded: env.data}
	e.SetSource(env.attrs["source"])
	e.SetSubject(env.attrs["subject"])
	e.SetDataContentType(env.attrs["datacontenttype"])
	e.SetDataSchema(env.attrs["dataschema"])
	if t, ok := parseTime(env.attrs["time"]); ok {
		ce.Time = &types.Timestamp{Time: t}
	}
	for _, name := range extensions {
		if v := env.attrs[name]; v != "" {
			ce.Extensions[name] = v
		}
	}
	return e
}
