package schemas

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"
)

// goType is what the comments of a Go type say, for whoever reads the schema that is
// made from it. The file gotype.json holds them; a test in cmd writes it from the
// source, so that each is said once.
type goType struct {
	About   string              `json:"about,omitempty"`
	Members map[string]goMember `json:"members,omitempty"` // of a struct, by their names in JSON
	Codes   []string            `json:"codes,omitempty"`   // constants of a string type
}

// goMember is what the comment of a field says, and the code list that it names.
type goMember struct {
	About string `json:"about"`
	List  string `json:"list,omitempty"`
}

var goTypes = sync.OnceValues(func() (map[string]goType, error) {
	var all map[string]goType
	raw, err := files.ReadFile("gotype.json")
	if err == nil {
		err = json.Unmarshal(raw, &all)
	}
	if err != nil {
		return nil, fmt.Errorf("read gotype.json: %w", err)
	}
	return all, nil
})

// goSchemas are the types that have a schema of another origin.
var goSchemas = map[reflect.Type]func(*Parts) keywords{
	reflect.TypeFor[time.Time]():       func(*Parts) keywords { return keywords{"type": "string", "format": "date-time"} },
	reflect.TypeFor[[]byte]():          func(*Parts) keywords { return keywords{"type": "string", "contentEncoding": "base64"} },
	reflect.TypeFor[json.RawMessage](): func(*Parts) keywords { return keywords{} },
	reflect.TypeFor[Area]():            func(p *Parts) keywords { return p.Common("area") },
	reflect.TypeFor[ServiceLine]():     func(p *Parts) keywords { return p.Common("service_line") },
}

// kindTypes are the types of JSON by the kind of a Go type.
var kindTypes = map[reflect.Kind]string{
	reflect.Bool: "boolean", reflect.String: "string", reflect.Float64: "number",
	reflect.Int: "integer", reflect.Int64: "integer", reflect.Uint64: "integer",
}

// Of returns the schema of a Go type as encoding/json writes its values. A struct,
// and a string type with constants, is a part of its own under the type's name
// without its package; the keyword x-go holds it with its package. What may be left
// out is not required, and nothing is ever null: a nil slice or map stands behind
// omitempty, or is never written. The data of a type of event means as much of it as
// is known.
func (p *Parts) Of(t reflect.Type) map[string]any {
	t = bare(t)
	if made, ok := goSchemas[t]; ok {
		return made(p)
	}
	i := slices.IndexFunc(table, func(typ Type) bool { return typ.payload == t })
	switch {
	case i >= 0:
		return p.known(table[i])
	case t.Kind() == reflect.Slice:
		return keywords{"type": "array", "items": p.Of(t.Elem())}
	case t.Kind() == reflect.Map:
		return keywords{"type": "object", "additionalProperties": p.Of(t.Elem())}
	case t.Kind() == reflect.Struct:
		return p.add(partName(t), func() keywords { return p.object(t) })
	case t.PkgPath() != "" && t.Kind() == reflect.String:
		return p.add(partName(t), func() keywords { return codesOfType(t) })
	}
	return keywords{"type": kindTypes[t.Kind()]}
}

// Closed is Of for what we read: a member that the struct does not have is refused.
func (p *Parts) Closed(t reflect.Type) map[string]any {
	ref := p.Of(t)
	part, _ := p.all[partName(bare(t))].(keywords)
	part["additionalProperties"] = false
	return ref
}

// partName is a type's name with a capital letter.
func partName(t reflect.Type) string { return strings.ToUpper(t.Name()[:1]) + t.Name()[1:] }

func (p *Parts) object(t reflect.Type) keywords {
	properties, required := keywords{}, []any{}
	for _, f := range FieldsOf(t) {
		properties[f.Name] = p.member(f)
		if !f.Optional {
			required = append(required, f.Name)
		}
	}
	object := keywords{"type": "object", "properties": properties, "x-go": t.String()}
	if len(required) > 0 {
		object["required"] = required
	}
	if about := commentsOf(t).About; about != "" {
		object["description"] = about
	}
	return object
}

// member is the schema of a field, with the codes of the list that it takes its
// value, or those in it, from.
func (p *Parts) member(f Field) keywords {
	said, schema := commentsOf(f.in).Members[f.Name], p.Of(f.Type)
	if said.List != "" {
		codes := keywords{"type": "string", "enum": anys(codesOf(said.List)), listKeyword: said.List}
		if schema["type"] == "array" {
			codes = keywords{"type": "array", "items": codes}
		}
		schema = codes
	}
	if said.About == "" {
		return schema
	}
	about := keywords{"description": said.About}
	if schema["$ref"] != nil {
		return beside(schema, about)
	}
	maps.Copy(about, schema)
	return about
}

func codesOfType(t reflect.Type) keywords {
	said := commentsOf(t)
	return keywords{"type": "string", "enum": anys(said.Codes), "description": said.About, "x-go": t.String()}
}

// commentsOf is what the comments of a type say: nothing of one that has none.
func commentsOf(t reflect.Type) goType {
	all, err := goTypes()
	if err != nil {
		return goType{}
	}
	return all[t.String()]
}

func anys(list []string) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = s
	}
	return out
}
