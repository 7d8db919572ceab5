package schemas_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saphan-project/saphan/schemas"
)

// schemaFiles lists every schema, without examples and data.
func schemaFiles(t testing.TB) []string {
	t.Helper()
	paths, err := filepath.Glob("*/*.v1.json")
	if err != nil || len(paths) == 0 {
		t.Fatal("no schemas found", err)
	}
	return append(paths, "common.json")
}

// node is one place in a schema.
type node struct {
	at   string
	part map[string]any
}

// nodes lists every object in a schema file, with where it is.
func nodes(t testing.TB, path string) []node {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var all []node
	var walk func(string, any)
	walk = func(at string, v any) {
		switch v := v.(type) {
		case map[string]any:
			all = append(all, node{at, v})
			for name, child := range v {
				walk(at+"/"+name, child)
			}
		case []any:
			for _, child := range v {
				walk(at, child)
			}
		}
	}
	walk(path, readJSON(t, raw))
	return all
}

func strs(v any) []string {
	var out []string
	list, _ := v.([]any)
	for _, x := range list {
		s, _ := x.(string)
		out = append(out, s)
	}
	return out
}

func TestSchemasNameThemselves(t *testing.T) {
	t.Parallel()
	for _, typ := range schemas.Types() {
		raw, _ := schemas.Schema(typ.Name)
		var head struct {
			Schema string `json:"$schema"`
			ID     string `json:"$id"`
			Title  string `json:"title"`
		}
		if err := json.Unmarshal(raw, &head); err != nil {
			t.Fatal(err)
		}
		got := []string{head.Schema, head.ID, head.Title}
		want := []string{"https://json-schema.org/draft/2020-12/schema", typ.DataSchema(), typ.CloudEventType()}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", typ.Name, diff)
		}
	}
}

func TestObjectsAreClosed(t *testing.T) {
	t.Parallel()
	for _, path := range schemaFiles(t) {
		for _, n := range nodes(t, path) {
			if n.part["type"] == "object" && n.part["additionalProperties"] != false {
				t.Errorf("%s lets unknown names in", n.at)
			}
			if n.part["type"] == "array" && n.part["maxItems"] == nil {
				t.Errorf("%s has no end", n.at)
			}
			if n.part["type"] == "string" && n.part["enum"] == nil && n.part["pattern"] == nil {
				t.Errorf("%s takes any text", n.at)
			}
			for _, keyword := range []string{"patternProperties", "propertyNames", "anyOf", "oneOf", "dependentRequired", "$dynamicRef"} {
				if n.part[keyword] != nil {
					t.Errorf("%s: the reader of problems does not know %s", n.at, keyword)
				}
			}
		}
	}
}

func TestPropertiesAreDescribed(t *testing.T) {
	t.Parallel()
	levels := map[string][]string{"section": {"p2", "p3", "p4"}, "agency": {"public", "fact"}, "common.json": {"public", "fact", "p2", "p3"}}
	for _, path := range schemaFiles(t) {
		noun, _, _ := strings.Cut(path, "/")
		allowed, ok := levels[noun]
		if !ok {
			allowed = []string{"fact"}
		}
		for _, n := range nodes(t, path) {
			properties, _ := n.part["properties"].(map[string]any)
			if n.part["type"] != "object" {
				continue // a condition, not a shape
			}
			for name, p := range properties {
				property, _ := p.(map[string]any)
				sens, _ := property["x-sens"].(string)
				if property["description"] == nil || !slices.Contains(allowed, sens) {
					t.Errorf("%s/%s: no description, or a sensitivity that may not be here: %q", n.at, name, sens)
				}
			}
		}
	}
}

// Every schema says who writes it, and every whole number what it counts.
func TestSchemasStateSourceAndUnit(t *testing.T) {
	t.Parallel()
	source := regexp.MustCompile(`(Filed|Written) (by|to)|From the person`)
	unit := regexp.MustCompile(`years|people|children|nights|minor units`)
	for _, path := range schemaFiles(t) {
		for _, n := range nodes(t, path) {
			said, _ := n.part["description"].(string)
			if _, whole := n.part["$schema"]; whole && path != "common.json" && !source.MatchString(said) {
				t.Errorf("%s: by whom? %q", n.at, said)
			}
			if n.part["type"] == "integer" && !unit.MatchString(said) {
				t.Errorf("%s: in what unit? %q", n.at, said)
			}
		}
	}
}

// A fact is a code, an id or a time: no schema of an event may reach what a
// person typed. The names in the directory are the one exception.
func TestFactsHoldNoFreeText(t *testing.T) {
	t.Parallel()
	for _, path := range schemaFiles(t) {
		noun, _, _ := strings.Cut(path, "/")
		if noun == "section" || noun == "common.json" {
			continue
		}
		for _, n := range nodes(t, path) {
			ref, _ := n.part["$ref"].(string)
			switch def := filepath.Base(ref); {
			case slices.Contains([]string{"line", "text", "phone", "date", "money", "name"}, def):
				t.Errorf("%s is free text", n.at)
			case slices.Contains([]string{"names", "key", "service_line"}, def) && noun != "agency":
				t.Errorf("%s belongs to the directory", n.at)
			case n.part["type"] == "string" && n.part["enum"] == nil:
				t.Errorf("%s is no code", n.at)
			case n.part["type"] == "integer" || n.part["type"] == "number":
				t.Errorf("%s is an exact number", n.at)
			}
		}
	}
}

// ofCode are the lists that no schema names, and who uses them.
var ofCode = map[string]string{
	"event": "the words on screen for types", "trace": "the rows of a trace", "state": "states of the fold", "problem": "Sentence", "refusal": "Refusal",
	"delphi_dimension": "services/screening", "band_rule": "services/screening",
	"reliability": "services/screening", "reliability_reason": "services/screening",
	"service_group": "the headings of the list service", "unfit": "casefile.Simulate",
	"grammar": "PageOf and Sentence", "page": "PageOf", "rule": "casefile.Explain", "change": "Diff", "offender_relation": "the crosswalk to HTCDS",
	"token_scope": "services.TokenScope", "letter_state": "services/operator",
	"webhook_state": "webhook.EndpointState", "webhook_delivery": "webhook.DeliveryState", "webhook_outcome": "webhook.OutcomeCode",
}

func TestEnumsEqualTheirLists(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	for list := range ofCode {
		used[list] = true
	}
	for _, path := range schemaFiles(t) {
		for _, n := range nodes(t, path) {
			values := strs(n.part["enum"])
			list, whole := n.part["x-list"].(string)
			part, some := n.part["x-list-part"].(string)
			used[list], used[part] = true, true
			switch {
			case values == nil:
			case whole == some:
				t.Errorf("%s names no list", n.at)
			case whole && !slices.Equal(values, codes(list)):
				t.Errorf("%s differs from the list %s", n.at, list)
			case some && slices.ContainsFunc(values, func(v string) bool { return !slices.Contains(codes(part), v) }):
				t.Errorf("%s has values that the list %s does not know", n.at, part)
			}
		}
	}
	for _, list := range schemas.Lists() {
		if !used[list] {
			t.Errorf("nothing uses the list %s", list)
		}
	}
}

// Every field of a payload struct has its property, and the other way round.
func TestStructsHaveTheFieldsOfTheirSchemas(t *testing.T) {
	t.Parallel()
	for _, typ := range schemas.Types() {
		payload, err := typ.Payload([]byte("{}"))
		if err != nil {
			t.Fatal(err)
		}
		raw, _ := schemas.Schema(typ.Name)
		var schema struct {
			Sections   []string                   `json:"x-sections"`
			Properties map[string]json.RawMessage `json:"properties"`
		}
		if err := json.Unmarshal(raw, &schema); err != nil {
			t.Fatal(err)
		}
		want, got := slices.Sorted(maps.Keys(schema.Properties)), fields(reflect.TypeOf(payload))
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-schema +struct):\n%s", typ.Name, diff)
		}
		var sealed struct {
			Items struct {
				Properties struct{ Section struct{ Enum []string } }
			}
		}
		if p, ok := schema.Properties["sealed"]; ok {
			if err := json.Unmarshal(p, &sealed); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(schema.Sections, sealed.Items.Properties.Section.Enum); diff != "" {
				t.Errorf("%s (-x-sections +sealed):\n%s", typ.Name, diff)
			}
		}
	}
}

// fields lists the JSON names of a struct's fields, embedded ones among them.
func fields(t reflect.Type) []string {
	var names []string
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			names = append(names, fields(f.Type)...)
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		names = append(names, name)
	}
	return names
}

func codes(list string) []string {
	var out []string
	for _, c := range schemas.Codes(list) {
		out = append(out, c.Code)
	}
	return out
}
