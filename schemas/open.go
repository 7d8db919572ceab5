package schemas

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// MaxBatch is how many events one batch may hold. Each may have MaxEvent bytes.
const MaxBatch = 100

// Open is an event in open form: what somebody hands to the desk of the own
// agency. The desk seals the sections, fills in what is left out, and signs.
type Open struct {
	ID      string
	Type    string // short name, as in Draft: "referral.accepted"
	Subject string
	Time    time.Time // zero when it was left out: the desk's clock counts
	Cause   string    // id of the event that led to this one; may be empty
	// Data is the data without its sections, compact.
	Data json.RawMessage
	// Sections are the plaintexts by name, as they were written; for CheckSection.
	Sections map[string]json.RawMessage
}

// DecodeOpen reads an event in open form. It is as strict as Decode, but
// source, time, content type, schema and extensions may be left out; where they
// are given they must be right. A source that is not own's has the code
// CodeSource. A signature has no place in it, nor has data.sealed: both are the
// desk's. Data may have a member sections, an object of objects by the names
// that SectionsOf lists for the type.
//
// The error is Problems, with everything found wrong, and never a value.
func DecodeOpen(raw []byte, own Party) (Open, error) {
	env, err := readEnvelope(raw, true)
	if err != nil {
		return Open{}, err
	}
	env.own = own
	o := Open{ID: env.attrs["id"], Type: env.typ.Name, Subject: env.attrs["subject"], Cause: env.attrs[ExtCause]}
	o.Time, _ = parseTime(env.attrs["time"])
	if err := env.takeSections(&o); err != nil {
		return Open{}, err
	}
	if err := env.check(); err != nil {
		return Open{}, err
	}
	return o, nil
}

// DecodeOpenBatch reads a JSON array of 1 to MaxBatch events in open form, the
// batch format of CloudEvents. Pointers begin with the place in the array, as in
// "/0/data". What is wrong with any of them refuses the batch as a whole.
func DecodeOpenBatch(raw []byte, own Party) ([]Open, error) {
	if len(raw) > MaxBatch*MaxEvent {
		return nil, Problems{{Code: CodeTooLarge}}
	}
	elements, err := array(raw, MaxDepth+1, MaxBatch)
	if err != nil {
		return nil, err
	}
	if len(elements) == 0 {
		return nil, Problems{{Code: "minItems"}}
	}
	var found Problems
	batch := make([]Open, len(elements))
	for i, element := range elements {
		o, err := DecodeOpen(element, own)
		found = append(found, under("/"+strconv.Itoa(i), err)...)
		batch[i] = o
	}
	if len(found) > 0 {
		return nil, found
	}
	return batch, nil
}

// takeSections parts data from its sections.
func (env *envelope) takeSections(o *Open) error {
	if env.data == nil {
		return nil
	}
	members, err := object(env.data, MaxDepth)
	if err != nil {
		return err
	}
	rest := []byte{'{'}
	for _, m := range members {
		switch m.name {
		case "sections":
			if o.Sections, err = env.sections(m.value); err != nil {
				return err
			}
		case sealedMember:
			env.add("/data/"+sealedMember, CodeUnexpected)
		default:
			rest = appendMember(rest, m)
		}
	}
	data := jsontext.Value(append(rest, '}'))
	if err := data.Compact(); err != nil {
		return Problems{{Pointer: "/data", Code: CodeMalformed}}
	}
	o.Data = json.RawMessage(data)
	return nil
}

// sections reads the member sections of data: an object by name of objects.
func (env *envelope) sections(value []byte) (map[string]json.RawMessage, error) {
	const pointer = "/data/sections"
	if kind(value) != '{' {
		env.add(pointer, CodeGrammar)
		return nil, nil
	}
	members, err := object(value, MaxDepth)
	if err != nil {
		return nil, err
	}
	allowed := SectionsOf(env.typ.Name)
	found := make(map[string]json.RawMessage, len(members))
	for _, m := range members {
		switch {
		case !slices.Contains(allowed, m.name):
			env.addRule(pointer, CodeUnexpected, env.sectionsRule())
		case kind(m.value) != '{':
			env.add(pointer+"/"+m.name, CodeGrammar)
		default:
			found[m.name] = slices.Clone(m.value)
		}
	}
	return found, nil
}

// sectionsRule is where the type says which sections may come with it.
func (env *envelope) sectionsRule() string {
	if !env.known() {
		return ""
	}
	return env.schema() + "#/" + sectionsKey
}

// sealedMember is the member of data that names sealed sections: the desk's to write.
const sealedMember = "sealed"

// appendMember writes a member behind what is there of an object. The name was
// read strictly, so it can be quoted.
func appendMember(dst []byte, m member) []byte {
	if len(dst) > 1 {
		dst = append(dst, ',')
	}
	dst, _ = jsontext.AppendQuote(dst, m.name)
	dst = append(dst, ':')
	return append(dst, m.value...)
}
