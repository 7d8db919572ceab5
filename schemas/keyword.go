package schemas

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
)

// What a keyword of a schema holds, read without complaint: the schemas are our
// own, or were compiled before.

var errNotOne = errors.New("not one JSON document")

// number reads a numeric keyword; 0 when there is none.
func number(v any) float64 {
	n, _ := v.(json.Number)
	f, err := n.Float64()
	if err != nil {
		return 0
	}
	return f
}

// limitOf writes a numeric keyword as it stands; "" when there is none.
func limitOf(p keywords, name string) string {
	n, _ := p[name].(json.Number)
	return n.String()
}

// str reads a keyword that is a string; "" when there is none.
func str(p keywords, name string) string {
	s, _ := p[name].(string)
	return s
}

// sub reads a keyword that is a schema, or an object of schemas; nil when there
// is none.
func sub(p keywords, name string) keywords {
	child, _ := p[name].(keywords)
	return child
}

// strs reads a keyword that is a list of strings; others in it are written as JSON.
func strs(v any) []string {
	list, _ := v.([]any)
	out := make([]string, 0, len(list))
	for _, x := range list {
		out = append(out, plain(x))
	}
	return out
}

// plain writes a value of a schema: a string as it is, the rest as JSON.
func plain(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}

// members returns the names of a schema's properties in the order of the document.
func members(p keywords) []string {
	properties := sub(p, "properties")
	var names []string
	for _, name := range strs(p[orderKey]) {
		if properties[name] != nil && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// readSchema reads a schema with its numbers as they are written, and keeps the
// order of properties beside them, in orderKey.
func readSchema(raw []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	v, _, err := readOrdered(d)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errNotOne
	}
	return v, nil
}

// readOrdered reads the next value, and the names of an object in their order.
func readOrdered(d *json.Decoder) (any, []any, error) {
	t, err := d.Token()
	if err != nil {
		return nil, nil, err
	}
	switch t {
	case json.Delim('{'):
		return readMembers(d)
	case json.Delim('['):
		list := []any{}
		for d.More() {
			v, _, err := readOrdered(d)
			if err != nil {
				return nil, nil, err
			}
			list = append(list, v)
		}
		_, err := d.Token()
		return list, nil, err
	}
	return t, nil, nil
}

func readMembers(d *json.Decoder) (any, []any, error) {
	out, order := keywords{}, []any{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, nil, err
		}
		name, _ := t.(string)
		v, inside, err := readOrdered(d)
		if err != nil {
			return nil, nil, err
		}
		out[name], order = v, append(order, any(name))
		if name == "properties" && inside != nil {
			out[orderKey] = inside
		}
	}
	_, err := d.Token()
	return out, order, err
}
