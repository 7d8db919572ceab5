package schemas

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
)

// Field is a member of a Go struct as encoding/json writes it.
type Field struct {
	Name     string // in JSON
	Type     reflect.Type
	Optional bool // left out when there is nothing in it

	in reflect.Type // the struct that declares it
}

// FieldsOf lists the members of a struct, those of embedded ones among them; none
// of any other type.
func FieldsOf(t reflect.Type) []Field {
	if t.Kind() != reflect.Struct {
		return nil
	}
	var all []Field
	for _, f := range reflect.VisibleFields(t) {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous || !f.IsExported() || name == "-" {
			continue
		}
		in := t
		if depth := len(f.Index) - 1; depth > 0 {
			in = bare(t.FieldByIndex(f.Index[:depth]).Type)
		}
		optional := slices.ContainsFunc(strings.Split(options, ","), func(o string) bool {
			return o == "omitempty" || o == "omitzero"
		})
		all = append(all, Field{Name: cmp.Or(name, f.Name), Type: f.Type, Optional: optional, in: in})
	}
	return all
}

// bare is what a pointer, or a pointer to one, points to.
func bare(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}
