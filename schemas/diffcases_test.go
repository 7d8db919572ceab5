package schemas_test

import (
	"strings"
	"testing"
)

// plainSchema is a schema in house style that has a place for every kind of change.
const plainSchema = `{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "$id": "urn:saphan:schema:test.made.v1", "title": "t", "description": "What was made.",
  "x-sections": ["offer"],
  "type": "object", "additionalProperties": false, "required": ["kind", "id"],
  "if": {"properties": {"kind": {"const": "a"}}, "required": ["kind"]},
  "then": {"required": ["note"]},
  "properties": {
    "kind": {"type": "string", "enum": ["a", "b"], "x-list": "l", "description": "d", "x-sens": "fact"},
    "id": {"$ref": "urn:saphan:schema:common#/$defs/id", "description": "d", "x-sens": "fact"},
    "note": {"type": "string", "minLength": 2, "maxLength": 5, "pattern": "^[a-z]*$", "description": "d", "x-sens": "p2"},
    "many": {"type": "array", "maxItems": 3, "uniqueItems": true, "description": "d", "x-sens": "fact",
      "items": {"type": "integer", "minimum": 1, "maximum": 9}},
    "part": {"type": "object", "additionalProperties": false, "maxProperties": 2, "description": "d", "x-sens": "fact",
      "properties": {"x": {"type": "boolean", "description": "d", "x-sens": "fact"}, "y": {"type": "boolean", "description": "d", "x-sens": "fact"}}}
  }
}`

const id32 = `"id":"0123456789abcdef0123456789abcdef"`

// plainExamples are allowed by plainSchema, and go to its limits.
var plainExamples = []string{
	`{"kind":"a",` + id32 + `,"note":"ab"}`,
	`{"kind":"b",` + id32 + `}`,
	`{"kind":"b",` + id32 + `,"note":"abcde","many":[1,9,5],"part":{"x":true,"y":false}}`,
	`{"kind":"b",` + id32 + `,"many":[],"part":{}}`,
}

// edit sets a value of a schema by its JSON pointer; nil removes it.
type edit struct {
	at string
	to any
}

func edited(t testing.TB, schema string, edits ...edit) []byte {
	t.Helper()
	doc := readJSON(t, []byte(schema))
	for _, e := range edits {
		tokens := strings.Split(e.at, "/")[1:]
		at, ok := doc.(map[string]any)
		for _, token := range tokens[:len(tokens)-1] {
			if ok {
				at, ok = at[token].(map[string]any)
			}
		}
		if !ok {
			t.Fatalf("nothing is at %s", e.at)
		}
		if last := tokens[len(tokens)-1]; e.to == nil {
			delete(at, last)
		} else {
			at[last] = e.to
		}
	}
	return marshal(t, doc)
}

type object = map[string]any

func boolean() object { return object{"type": "boolean", "description": "d", "x-sens": "fact"} }

// diffCases has a row for every kind of change.
var diffCases = []struct {
	name  string
	edits []edit
	want  []string // "pointer code", then r and w for those who keep working
}{
	{"nothing", nil, nil},
	{"member added", []edit{{"/properties/new", boolean()}}, []string{"/new member_added rw"}},
	{"required member added", []edit{{"/properties/new", boolean()}, {"/required", []any{"kind", "id", "new"}}}, []string{"/new member_added_required r"}},
	{"member added to an open object", []edit{{"/additionalProperties", true}}, []string{" object_opened rw"}},
	{"member removed", []edit{{"/properties/many", nil}}, []string{"/many member_removed r"}},
	{"required member removed", []edit{{"/properties/id", nil}, {"/required", []any{"kind"}}}, []string{"/id member_removed "}},
	{"inner member added", []edit{{"/properties/part/properties/z", boolean()}}, []string{"/part/z member_added rw"}},
	{"became required", []edit{{"/required", []any{"kind", "id", "many"}}}, []string{"/many became_required r"}},
	{"became optional", []edit{{"/required", []any{"kind"}}}, []string{"/id became_optional w"}},
	{"type changed", []edit{{"/properties/part/properties/x/type", "string"}}, []string{"/part/x type_changed "}},
	{"integer to number", []edit{{"/properties/many/items/type", "number"}}, []string{"/many/* type_changed w"}},
	{"type no longer said", []edit{{"/properties/part/properties/x/type", nil}}, []string{"/part/x type_changed w"}},
	{"code added", []edit{{"/properties/kind/enum", []any{"a", "b", "c"}}}, []string{"/kind code_added rw"}},
	{"code removed", []edit{{"/properties/kind/enum", []any{"a"}}}, []string{"/kind code_removed r"}},
	{"codes in another order", []edit{{"/properties/kind/enum", []any{"b", "a"}}}, nil},
	{"codes no longer said", []edit{{"/properties/kind/enum", nil}, {"/properties/kind/x-list", nil}}, []string{"/kind codes_dropped w", "/kind list_changed rw"}},
	{"codes instead of text", []edit{{"/properties/note/enum", []any{"ab"}}}, []string{"/note codes_only r"}},
	{"another pattern", []edit{{"/properties/note/pattern", "^[b-z]*$"}}, []string{"/note rule_changed "}},
	{"pattern dropped", []edit{{"/properties/note/pattern", nil}}, []string{"/note rule_removed w"}},
	{"a value reserved", []edit{{"/properties/note/not", object{"const": "abcde"}}}, []string{"/note rule_added r"}},
	{"longer", []edit{{"/properties/note/maxLength", 6}}, []string{"/note limit_loosened w"}},
	{"shorter", []edit{{"/properties/note/maxLength", 4}}, []string{"/note limit_tightened r"}},
	{"length without end", []edit{{"/properties/note/maxLength", nil}}, []string{"/note limit_loosened w"}},
	{"least length more", []edit{{"/properties/note/minLength", 3}}, []string{"/note limit_tightened r"}},
	{"least length less", []edit{{"/properties/note/minLength", 1}}, []string{"/note limit_loosened w"}},
	{"larger numbers", []edit{{"/properties/many/items/maximum", 10}}, []string{"/many/* limit_loosened w"}},
	{"smaller numbers", []edit{{"/properties/many/items/maximum", 8}}, []string{"/many/* limit_tightened r"}},
	{"fewer elements", []edit{{"/properties/many/maxItems", 2}}, []string{"/many limit_tightened r"}},
	{"elements at least", []edit{{"/properties/many/minItems", 1}}, []string{"/many limit_tightened r"}},
	{"elements twice", []edit{{"/properties/many/uniqueItems", false}}, []string{"/many rule_removed w"}},
	{"fewer members", []edit{{"/properties/part/maxProperties", 1}}, []string{"/part limit_tightened r"}},
	{"another condition", []edit{{"/if/properties/kind/const", "b"}}, []string{" condition_changed "}},
	{"another consequence", []edit{{"/then/required", []any{"note", "many"}}}, []string{" condition_changed "}},
	{"condition removed", []edit{{"/if", nil}, {"/then", nil}}, []string{" condition_removed w"}},
	{"condition added", []edit{{"/else", object{"required": []any{"many"}}}}, []string{" condition_added r"}},
	{"condition of a new member", []edit{
		{"/properties/new", boolean()},
		{"/allOf", []any{object{"if": object{"required": []any{"new"}}, "then": object{"required": []any{"part"}}}}},
	}, []string{" condition_added rw", "/new member_added rw"}},
	{"condition of a new code", []edit{
		{"/properties/kind/enum", []any{"a", "b", "c"}},
		{"/allOf", []any{object{"if": object{"properties": object{"kind": object{"const": "c"}}, "required": []any{"kind"}}, "then": object{"required": []any{"part"}}}}},
	}, []string{" condition_added rw", "/kind code_added rw"}},
	{"another shared part", []edit{{"/properties/id/$ref", "urn:saphan:schema:common#/$defs/digest"}}, []string{"/id rule_changed ", "/id rule_removed w"}},
	{"shared part spelled out", []edit{{"/properties/id", object{
		"type": "string", "pattern": "^[0-9a-f]{32}$", "not": object{"const": strings.Repeat("0", 32)}, "description": "d", "x-sens": "fact",
	}}}, nil},
	{"described otherwise", []edit{{"/properties/note/description", "e"}}, []string{"/note description_changed rw"}},
	{"title only", []edit{{"/title", "other"}}, nil},
	{"more sensitive", []edit{{"/properties/note/x-sens", "p3"}}, []string{"/note sensitivity_raised w"}},
	{"less sensitive", []edit{{"/properties/note/x-sens", "fact"}}, []string{"/note sensitivity_lowered rw"}},
	{"section added", []edit{{"/x-sections", []any{"offer", "contact"}}}, []string{" section_added rw"}},
	{"section removed", []edit{{"/x-sections", nil}}, []string{" section_removed r"}},
	{"a keyword that nobody knows here", []edit{{"/dependentRequired", object{"note": []any{"many"}}}}, []string{" rule_added r"}},
	{"nothing is allowed any more", []edit{{"/properties/part", false}}, []string{"/part rule_changed "}},
	{"the next major version", []edit{{"/$id", "urn:saphan:schema:test.made.v2"}}, nil},
}
