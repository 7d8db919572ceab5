package schemas_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/jsonschema-go/jsonschema"

	"github.com/saphan-project/saphan/schemas"
)

// resolve makes a validator of what a reference leads to among parts at "#/$defs/".
func resolve(t testing.TB, p *schemas.Parts, schema map[string]any) *jsonschema.Resolved {
	t.Helper()
	raw, err := json.Marshal(map[string]any{"$defs": p.All(), "allOf": []any{schema}})
	if err != nil {
		t.Fatal(err)
	}
	var root jsonschema.Schema
	if err := json.Unmarshal(raw, &root); err != nil {
		t.Fatal(err)
	}
	resolved, err := root.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	return resolved
}

// An event in open form fits its part exactly when a desk takes it.
func TestOpenFormsAgreeWithTheDecoder(t *testing.T) {
	t.Parallel()
	for _, typ := range schemas.Types() {
		t.Run(typ.Name, func(t *testing.T) {
			t.Parallel()
			p := schemas.NewParts("#/$defs/")
			form := resolve(t, p, p.OpenEvent(typ))
			good := example(t, typ.Name, ".ok.json")
			if err := form.Validate(readJSON(t, good)); err != nil {
				t.Errorf("the good example: %v", err)
			}
			bad := badExample(t, typ.Name)
			if bad.Code != "format" && form.Validate(readJSON(t, bad.Event)) == nil { // formats are for others to check
				t.Error("the bad example passes")
			}
			for _, name := range []string{"id", "type", "subject", "specversion", "data", "unknown", "dssematerial", "data_base64"} {
				changed := set(t, good, name, `"x"`)
				_, err := checkOpen(changed)
				if refused := form.Validate(readJSON(t, changed)) != nil; refused != (err != nil) {
					t.Errorf("%s: refused is %v, the decoder says %v", name, refused, err)
				}
			}
		})
	}
}

// An event as it is signed fits its part, and its open form does not.
func TestSignedFormsAgreeWithTheDecoder(t *testing.T) {
	t.Parallel()
	for _, typ := range schemas.Types() {
		p := schemas.NewParts("#/$defs/")
		form := resolve(t, p, p.Event(typ))
		open := example(t, typ.Name, ".ok.json")
		if form.Validate(readJSON(t, open)) == nil {
			t.Errorf("%s: an open form passes", typ.Name)
		}
		raw := signed(t, typ, open)
		if err := form.Validate(readJSON(t, raw)); err != nil {
			t.Errorf("%s: %v", typ.Name, err)
		}
		for _, name := range []string{"source", "time", "dataschema", "dataclassification", "traceparent", "dssematerial", "data"} {
			changed := set(t, raw, name, `"x"`)
			_, err := schemas.Decode(changed)
			if refused := form.Validate(readJSON(t, changed)) != nil; refused != (err != nil) {
				t.Errorf("%s, %s: refused is %v, the decoder says %v", typ.Name, name, refused, err)
			}
		}
	}
}

// signed makes of an open form what a desk would file.
func signed(t testing.TB, typ schemas.Type, open []byte) []byte {
	t.Helper()
	o, err := schemas.DecodeOpen(open, labour)
	if err != nil {
		t.Fatal(err)
	}
	author := labour
	if typ.Author != schemas.AnyAgency {
		author = schemas.Party{Service: typ.Author}
	}
	return encode(t, schemas.Draft{ID: o.ID, Author: author, Type: o.Type, Subject: o.Subject, Time: noon.Add(1005 * time.Millisecond), Cause: o.Cause, Data: o.Data})
}

// Whatever a part refers to is there, and nothing else; a part says nothing of
// the document that it comes from.
func TestPartsAreWhole(t *testing.T) {
	t.Parallel()
	p := schemas.NewParts("#/x/")
	roots := map[string]bool{}
	for _, typ := range schemas.Types() {
		for _, ref := range []map[string]any{p.Event(typ), p.OpenEvent(typ)} {
			roots[strings.TrimPrefix(ref["$ref"].(string), "#/x/")] = true
		}
	}
	named := maps.Clone(roots)
	var walk func(string, any)
	walk = func(at string, v any) {
		switch v := v.(type) {
		case map[string]any:
			if ref, ok := v["$ref"].(string); ok {
				named[strings.TrimPrefix(ref, "#/x/")] = true
				if len(v) > 1 {
					t.Errorf("%s: something stands beside a reference", at)
				}
			}
			for _, name := range []string{"$id", "$schema", "$defs"} {
				if v[name] != nil {
					t.Errorf("%s has %s", at, name)
				}
			}
			for name, child := range v {
				walk(at+"/"+name, child)
			}
		case []any:
			for _, child := range v {
				walk(at, child)
			}
		}
	}
	for name, part := range p.All() {
		walk(name, part)
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(named)), slices.Sorted(maps.Keys(p.All()))); diff != "" {
		t.Errorf("parts (-named +there):\n%s", diff)
	}
}

// shape is a Go type with everything that a schema can be made of.
type shape struct {
	Name     string                     `json:"name"`
	Count    int                        `json:"count,omitempty"`
	At       time.Time                  `json:"at,omitzero"`
	Took     time.Duration              `json:"took"`
	Raw      []byte                     `json:"raw"`
	Any      json.RawMessage            `json:"any"`
	By       map[string]json.RawMessage `json:"by,omitempty"`
	Area     *schemas.Area              `json:"area,omitempty"`
	Asked    *schemas.ReferralRequested `json:"asked,omitempty"`
	Problems []schemas.Problem          `json:"problems"`
	Inside   []shape                    `json:"inside,omitempty"`
	Hidden   string                     `json:"-"`
	schemas.Period
	private int
}

func TestSchemaOfAGoType(t *testing.T) {
	t.Parallel()
	_ = shape{private: 1}
	p := schemas.NewParts("#/$defs/")
	form := resolve(t, p, p.Closed(reflect.TypeFor[*shape]()))
	whole := `{"name":"x","count":1,"at":"2026-11-23T12:00:00Z","took":5,"raw":"QQ==","any":[1],"by":{"a":{}},
		"area":{"kind":"province","code":"TH-74"},"asked":{"service":"shelter"},
		"problems":[{"pointer":"/a","code":"enum","list":"l"}],"inside":[],"n":3,"unit":"h"}`
	if err := form.Validate(readJSON(t, []byte(whole))); err != nil {
		t.Errorf("the whole: %v", err)
	}
	for name, value := range map[string]string{
		"name": "1", "count": `"1"`, "took": "1.5", "raw": "[]", "by": "[]", "area": `{"kind":"moon"}`, "asked": `{"service":"moon"}`,
		"problems": "null", "inside": `[{}]`, "n": "null", "Hidden": `"x"`, "private": "1", "more": "1",
	} {
		if form.Validate(readJSON(t, set(t, []byte(whole), name, value))) == nil {
			t.Errorf("%s may be %s", name, value)
		}
	}
	for _, name := range []string{"name", "took", "problems", "n", "unit"} {
		if form.Validate(readJSON(t, set(t, []byte(whole), name, ""))) == nil {
			t.Errorf("%s may be missing", name)
		}
	}
	problem, _ := p.All()["Problem"].(map[string]any)
	if !strings.Contains(fmt.Sprint(problem), "JSON pointer to the place") || problem["x-go"] != "schemas.Problem" {
		t.Errorf("the comments are not there: %v", problem)
	}
}
