package httpapi

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/desk"
)

// codeType and codeFormat are the keywords of JSON Schema for a value of another
// kind, and for a text that is no instant.
const (
	codeType   = "type"
	codeFormat = "format"
)

// misfit says where an input does not fit its Go type, by the names of the type
// alone. Takes are the members of the input itself, all of them when empty.
func misfit(input reflect.Type, err error, takes []string) error {
	var found *json.SemanticError
	if !errors.As(err, &found) {
		return malformed()
	}
	pointer, at := place(input, found.JSONPointer.Tokens())
	p := schemas.Problem{Pointer: pointer, Code: codeType}
	switch {
	case errors.Is(found, json.ErrUnknownName):
		names := members(at)
		if at == input && len(takes) > 0 {
			names = takes
		}
		p.Code, p.Names = schemas.CodeUnexpected, strings.Join(names, ", ")
	case at == reflect.TypeFor[time.Time]() && found.JSONKind == '"':
		p.Code = codeFormat
	}
	return services.RefuseInput(schemas.Problems{p})
}

// place follows the tokens of a pointer into a type, as far as they are names of
// members or places in a list. It returns the pointer so far and the type there:
// a name that the type does not have came from outside, and stays there.
func place(t reflect.Type, tokens func(func(string) bool)) (string, reflect.Type) {
	pointer := ""
	for token := range tokens {
		switch t.Kind() {
		case reflect.Slice:
			t = t.Elem()
		case reflect.Struct:
			fields := schemas.FieldsOf(t)
			i := slices.IndexFunc(fields, func(f schemas.Field) bool { return f.Name == token })
			if i < 0 {
				return pointer, t
			}
			t = fields[i].Type
		default:
			return pointer, t
		}
		pointer += "/" + token
	}
	return pointer, t
}

// members lists the names in JSON of a struct's fields.
func members(t reflect.Type) []string {
	var names []string
	for _, f := range schemas.FieldsOf(t) {
		names = append(names, f.Name)
	}
	return names
}

// takenBy lists what a verb of one of the tables takes of desk.ActInput: what it
// says, and what every verb can have beside it. All of it when there is no such
// verb.
func takenBy(verb string, tables ...[]desk.Verb) []string {
	table := slices.Concat(tables...)
	i := slices.IndexFunc(table, func(v desk.Verb) bool { return v.Name == verb })
	if i < 0 {
		return nil
	}
	var said []string
	for _, v := range slices.Concat(desk.Verbs(), desk.CaseVerbs()) {
		said = append(said, v.Takes...)
	}
	return slices.DeleteFunc(members(reflect.TypeFor[desk.ActInput]()), func(name string) bool {
		return slices.Contains(said, name) && !slices.Contains(table[i].Takes, name)
	})
}
