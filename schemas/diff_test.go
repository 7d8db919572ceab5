package schemas_test

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/saphan-project/saphan/schemas"
)

func changesIn(t testing.TB, old, now []byte) []schemas.Change {
	t.Helper()
	changes, err := schemas.Diff(old, now)
	if err != nil {
		t.Fatal(err)
	}
	return changes
}

func shortly(changes []schemas.Change) []string {
	var out []string
	for _, c := range changes {
		s := c.Pointer + " " + c.Code + " "
		if c.Readers {
			s += "r"
		}
		if c.Writers {
			s += "w"
		}
		out = append(out, s)
	}
	return out
}

func TestDiffExplainsEveryKindOfChange(t *testing.T) {
	t.Parallel()
	for _, tc := range diffCases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			changes := changesIn(t, []byte(plainSchema), edited(t, plainSchema, tc.edits...))
			if diff := cmp.Diff(tc.want, shortly(changes)); diff != "" {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
			for _, c := range changes {
				for _, lang := range []string{"en", "th"} {
					if s := c.Sentence(lang); s == "" || placeholder.MatchString(s) || s == c.Code {
						t.Errorf("%s: %q", c.Code, s)
					}
				}
			}
			if additive := schemas.Additive(changes); additive == slices.ContainsFunc(tc.want, func(w string) bool { return !strings.HasSuffix(w, " rw") }) {
				t.Errorf("additive is %v", additive)
			}
		})
	}
}

// TestWritersKeepWorkingWhereDiffSaysSo, and only there: a real validator holds
// what the old version allows against the new one.
func TestWritersKeepWorkingWhereDiffSaysSo(t *testing.T) {
	t.Parallel()
	check := func(t *testing.T, name string, schema []byte) {
		was := secondOf(t, []byte(plainSchema))
		is := secondOf(t, schema)
		works := true
		for i, raw := range plainExamples {
			if was.Validate(readJSON(t, []byte(raw))) != nil {
				t.Fatalf("example %d is not allowed by the old version", i)
			}
			works = works && is.Validate(readJSON(t, []byte(raw))) == nil
		}
		said := !slices.ContainsFunc(changesIn(t, []byte(plainSchema), schema), func(c schemas.Change) bool { return !c.Writers })
		// Sections are no keyword of JSON Schema: it is the desk that refuses one that
		// is no longer listed.
		if said != works && name != "section removed" {
			t.Errorf("writers keep working: said %v, found %v", said, works)
		}
	}
	for _, tc := range diffCases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			check(t, tc.name, edited(t, plainSchema, tc.edits...))
		})
	}
}

// TestReadersKeepWorkingWhereDiffSaysSo: what the new version allows is what the
// old one promised, once a reader has left out the names that it does not know.
func TestReadersKeepWorkingWhereDiffSaysSo(t *testing.T) {
	t.Parallel()
	r := pcg(11)
	was := secondOf(t, []byte(plainSchema))
	for _, tc := range diffCases {
		schema := edited(t, plainSchema, tc.edits...)
		changes := changesIn(t, []byte(plainSchema), schema)
		tolerated := slices.ContainsFunc(changes, func(c schemas.Change) bool {
			return !c.Readers || c.Code == "code_added"
		})
		if tolerated {
			continue // a validator cannot tell codes that are put up with from wrong ones
		}
		is := secondOf(t, schema)
		for range 2_000 {
			doc, _ := mutate(r, readJSON(t, []byte(pick(r, plainExamples...))), pick(r, mutations...))
			facts, ok := doc.(map[string]any)
			if !ok || is.Validate(facts) != nil {
				continue
			}
			if was.Validate(asTolerantReader(facts)) != nil {
				t.Errorf("%s: a reader of the old version breaks", tc.name)
				break
			}
		}
	}
}

// asTolerantReader leaves out the names that plainSchema does not know.
func asTolerantReader(facts map[string]any) map[string]any {
	known := maps.Clone(facts)
	maps.DeleteFunc(known, func(name string, _ any) bool {
		return !slices.Contains([]string{"kind", "id", "note", "many", "part"}, name)
	})
	if part, ok := known["part"].(map[string]any); ok {
		part = maps.Clone(part)
		maps.DeleteFunc(part, func(name string, _ any) bool { return name != "x" && name != "y" })
		known["part"] = part
	}
	return known
}

// A schema compared with itself has not changed, whatever is in it; nor has one
// whose members are written in another order.
func TestDiffOfTheSameIsEmpty(t *testing.T) {
	t.Parallel()
	names := append(schemas.Pages(), "common")
	rapid.Check(t, func(t *rapid.T) {
		raw, _ := schemas.Schema(rapid.SampledFrom(names).Draw(t, "schema"))
		var doc map[string]any
		if err := json.Unmarshal(raw, &doc); err != nil {
			t.Fatal(err)
		}
		for range rapid.IntRange(0, 3).Draw(t, "cuts") {
			cut(t, doc)
		}
		again, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		changes, err := schemas.Diff(again, again)
		if err != nil && !errors.Is(err, schemas.ErrNoSchema) || len(changes) > 0 {
			t.Errorf("%d changes: %v", len(changes), err)
		}
	})
}

// cut takes something out of a document, anywhere.
func cut(t *rapid.T, doc map[string]any) {
	names := slices.Sorted(maps.Keys(doc))
	if len(names) == 0 {
		return
	}
	name := rapid.SampledFrom(names).Draw(t, "name")
	if inside, ok := doc[name].(map[string]any); ok && rapid.Bool().Draw(t, "inside") {
		cut(t, inside)
		return
	}
	delete(doc, name)
}

// A condition is told in words, whatever form of the house style it has.
func TestDiffTellsConditionsInWords(t *testing.T) {
	t.Parallel()
	is := func(v any) object { return object{"properties": object{"kind": v}, "required": []any{"kind"}} }
	for _, tc := range []struct {
		when, then object
		want       string
	}{
		{is(object{"const": "b"}), object{"required": []any{"many"}}, "when kind is b: give many"},
		{is(object{"enum": []any{"a", "b"}}), object{"properties": object{"many": false}}, "when kind is a or b: leave out many"},
		{is(object{"not": object{"const": "b"}}), object{"properties": object{"many": object{"minItems": 1}}}, "when kind is not b: many: at least 1 in the list"},
		{object{"required": []any{"many"}}, object{"not": object{"required": []any{"part"}}}, "when many is given: leave out part"},
		{object{"not": object{"required": []any{"many"}}}, object{"properties": object{"note": object{"enum": []any{"ab", "cd"}}}}, "when many is not given: note must be one of: ab, cd"},
		{object{"properties": object{"many": object{"contains": object{"const": 3}}}, "required": []any{"many"}}, object{"maxProperties": 4},
			"when many: 3 is among them: the object has at most 4 members"},
		{object{"minProperties": 3}, object{"required": []any{"note"}}, "when this holds: `{\"minProperties\":3}`: give note"},
	} {
		now := edited(t, plainSchema, edit{"/allOf", []any{object{"if": tc.when, "then": tc.then}}})
		changes := changesIn(t, []byte(plainSchema), now)
		if len(changes) != 1 {
			t.Fatalf("%d changes", len(changes))
		}
		if got := changes[0].Sentence("en"); got != "A condition is added: "+tc.want+"." {
			t.Errorf("%q, want %q", got, tc.want)
		}
	}
}

func TestDiffRefusesWhatItCannotCompare(t *testing.T) {
	t.Parallel()
	requested, _ := schemas.Schema("referral.requested")
	offered, _ := schemas.Schema("referral.offered")
	for name, tc := range map[string]struct {
		now  []byte
		want error
	}{
		"another type":       {offered, schemas.ErrOtherSchema},
		"no JSON":            {[]byte("no"), schemas.ErrNoSchema},
		"a list":             {[]byte("[]"), schemas.ErrNoSchema},
		"a name twice":       {[]byte(`{"type":"object","type":"object"}`), schemas.ErrNoSchema},
		"no type of JSON":    {[]byte(`{"type":"victim"}`), schemas.ErrNoSchema},
		"a file":             {[]byte(`{"properties":{"a":{"$ref":"file:///etc/passwd"}}}`), schemas.ErrNoSchema},
		"a part that is not": {[]byte(`{"properties":{"a":{"$ref":"urn:saphan:schema:common#/$defs/absent"}}}`), schemas.ErrNoSchema},
		"itself":             {[]byte(`{"$defs":{"a":{"properties":{"b":{"$ref":"#/$defs/a"}}}},"$ref":"#/$defs/a"}`), schemas.ErrNoSchema},
	} {
		if _, err := schemas.Diff(requested, tc.now); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := schemas.Diff(tc.now, requested); !errors.Is(err, tc.want) {
			t.Errorf("%s, the other way round: %v", name, err)
		}
	}
}

func TestDiffOfSharedParts(t *testing.T) {
	t.Parallel()
	common, _ := schemas.Schema("common")
	now := edited(t, string(common), edit{"/$defs/line/maxLength", 100}, edit{"/$defs/new", object{"type": "string"}}, edit{"/$defs/phone", nil})
	want := []string{"/$defs/line limit_tightened r", "/$defs/new part_added rw", "/$defs/phone part_removed "}
	if diff := cmp.Diff(want, shortly(changesIn(t, common, now))); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
}
