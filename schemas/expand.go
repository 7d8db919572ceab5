package schemas

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// A schema is read for pages, sentences and comparisons as a tree without $ref:
// what a reference leads to is put in its place, and what stands beside the
// reference narrows it. Three names of our own are added.
const (
	defKey   = "$def"   // name of the shared part, as in "event_id"
	aboutKey = "$about" // its description, where the member has one of its own
	orderKey = "$order" // names of its properties, in the order of the document
)

// maxExpanded is how deep a schema may be nested with its references put in; a
// reference that leads to itself would have no end.
const maxExpanded = 64

var errReference = errors.New("a $ref leads out of the schema and of the shared parts, or to itself")

// keywords is one place in an expanded schema, by keyword.
type keywords = map[string]any

// expandEmbedded returns an embedded schema as a tree, by name.
func expandEmbedded(name string) (keywords, error) {
	set, err := compiled()
	if err != nil {
		return nil, err
	}
	root, ok := set.expanded[schemaID(name)]
	if !ok {
		return nil, fmt.Errorf("read schema: there is none of this name")
	}
	return root, nil
}

// expander puts references in. They may lead into the documents by $id.
type expander struct {
	documents map[string]any
}

// root expands a whole document.
func (x expander) root(id string) (keywords, error) {
	v, err := x.expand(x.documents[id], id, 0)
	if err != nil {
		return nil, err
	}
	root, ok := v.(keywords)
	if !ok {
		return nil, errors.New("a schema is an object")
	}
	return root, nil
}

func (x expander) expand(v any, base string, depth int) (any, error) {
	if depth > maxExpanded {
		return nil, errReference
	}
	switch v := v.(type) {
	case keywords:
		out := make(keywords, len(v))
		for name, child := range v {
			if name == "$ref" {
				continue // put in below, beneath what stands beside it
			}
			var err error
			if out[name], err = x.expand(child, base, depth+1); err != nil {
				return nil, err
			}
		}
		if ref, ok := v["$ref"].(string); ok {
			return x.follow(ref, base, out, depth)
		}
		return out, nil
	case []any:
		out := make([]any, len(v))
		for i, child := range v {
			var err error
			if out[i], err = x.expand(child, base, depth+1); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	return v, nil
}

// follow puts in what ref leads to, narrowed by what stands beside it.
func (x expander) follow(ref, base string, beside keywords, depth int) (any, error) {
	id, pointer, _ := strings.Cut(ref, "#")
	if id == "" {
		id = base
	}
	target, ok := resolve(x.documents[id], pointer).(keywords)
	if !ok {
		return nil, errReference
	}
	v, err := x.expand(target, id, depth+1)
	if err != nil {
		return nil, err
	}
	def, _ := v.(keywords)
	def = maps.Clone(def)
	def[defKey] = ref[strings.LastIndex(ref, "/")+1:]
	if about, ok := def["description"]; ok {
		def[aboutKey] = about
	}
	return narrow(def, beside), nil
}

// narrow returns a schema that both a and b describe: what b says about words
// wins, what both limit is limited by the narrower one, and what cannot be put
// together stands in allOf.
func narrow(a, b keywords) keywords {
	out, rest := maps.Clone(a), keywords{}
	if b["x-list-part"] != nil {
		delete(out, listKeyword)
	}
	for name, theirs := range b {
		ours, both := a[name]
		switch {
		case !both || reflect.DeepEqual(ours, theirs) || annotation(name) && name != orderKey:
			out[name] = theirs
		case name == "properties":
			out[name] = bothMembers(ours, theirs)
		case name == "items":
			out[name] = bothParts(ours, theirs)
		case name == orderKey:
			out[name] = bothNames(ours, theirs)
		case narrowing[name] != nil:
			out[name] = narrowing[name](ours, theirs)
		default:
			rest[name] = theirs
		}
	}
	if len(rest) > 0 {
		if _, conditional := rest["if"]; conditional {
			rest["then"], rest["else"] = b["then"], b["else"]
			maps.DeleteFunc(rest, func(_ string, v any) bool { return v == nil })
		}
		others, _ := out["allOf"].([]any)
		out["allOf"] = append(slices.Clone(others), any(rest))
	}
	return out
}

// annotation reports whether a keyword only says something to people.
func annotation(name string) bool {
	return slices.Contains([]string{"description", "title", "examples", "default"}, name) || strings.HasPrefix(name, "x-") || strings.HasPrefix(name, "$")
}

// narrowing says how a keyword that stands on both sides is put together.
var narrowing = map[string]func(a, b any) any{
	"required": bothNames, "enum": bothCodes,
	"maxLength": smaller, "maxItems": smaller, "maxProperties": smaller, "maximum": smaller,
	"minLength": larger, "minItems": larger, "minProperties": larger, "minimum": larger,
}

// bothParts narrows a schema inside.
func bothParts(a, b any) any {
	x, _ := a.(keywords)
	y, _ := b.(keywords)
	return narrow(x, y)
}

func bothMembers(a, b any) any {
	x, _ := a.(keywords)
	y, _ := b.(keywords)
	out := maps.Clone(x)
	for name, theirs := range y {
		if ours, both := x[name]; both {
			theirs = bothParts(ours, theirs)
		}
		out[name] = theirs
	}
	return out
}

func bothNames(a, b any) any {
	x, _ := a.([]any)
	y, _ := b.([]any)
	out := slices.Clone(x)
	for _, name := range y {
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

func bothCodes(a, b any) any {
	x, _ := a.([]any)
	y, _ := b.([]any)
	return slices.DeleteFunc(slices.Clone(x), func(code any) bool {
		return !slices.ContainsFunc(y, func(other any) bool { return reflect.DeepEqual(code, other) })
	})
}

func smaller(a, b any) any {
	if number(a) < number(b) {
		return a
	}
	return b
}

func larger(a, b any) any {
	if number(a) > number(b) {
		return a
	}
	return b
}
