package schemas_test

import (
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saphan-project/saphan/schemas"
)

// bad is an example that must fail in one way.
type bad struct {
	FailsAt string          `json:"fails_at"`
	Code    string          `json:"code"`
	Event   json.RawMessage `json:"event"`
	Section json.RawMessage `json:"section"`
}

// example reads "referral.accepted" ".ok.json".
func example(t testing.TB, name, suffix string) []byte {
	t.Helper()
	noun, verb := schemas.SplitName(name)
	raw, err := os.ReadFile(noun + "/" + verb + ".v1" + suffix)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func badExample(t testing.TB, name string) bad {
	t.Helper()
	var b bad
	if err := json.Unmarshal(example(t, name, ".bad.json"), &b); err != nil {
		t.Fatal(err)
	}
	return b
}

// checkOpen does what a desk does with an event in open form.
func checkOpen(raw []byte) (schemas.Open, error) {
	o, err := schemas.DecodeOpen(raw, labour)
	if err != nil {
		return o, err
	}
	all := []error{schemas.CheckData(o.Type, o.Data)}
	for name, plaintext := range o.Sections {
		all = append(all, schemas.CheckSection(name, plaintext))
	}
	var found schemas.Problems
	for _, err := range all {
		var ps schemas.Problems
		if errors.As(err, &ps) {
			found = append(found, ps...)
		} else if err != nil {
			return o, err
		}
	}
	if len(found) > 0 {
		return o, found
	}
	return o, nil
}

func TestEveryTypeHasGoodAndBadExamples(t *testing.T) {
	t.Parallel()
	for _, typ := range schemas.Types() {
		t.Run(typ.Name, func(t *testing.T) {
			t.Parallel()
			o, err := checkOpen(example(t, typ.Name, ".ok.json"))
			if err != nil {
				t.Fatalf("the good example: %v", err)
			}
			if o.Type != typ.Name {
				t.Errorf("the good example is a %s", o.Type)
			}
			if len(o.Sections) > 0 != (len(schemas.SectionsOf(typ.Name)) > 0) && typ.Name != "referral.outcome_acknowledged" {
				t.Error("the good example does not show the sections")
			}
			wantSameData(t, typ, o.Data)
			b := badExample(t, typ.Name)
			_, err = checkOpen(b.Event)
			wantProblems(t, err, b.FailsAt+" "+b.Code)
		})
	}
}

// The example of every type can be read by who shows it to others.
func TestExampleOf(t *testing.T) {
	t.Parallel()
	for _, typ := range schemas.Types() {
		o, ok := schemas.ExampleOf(typ.Name)
		if !ok || o.Type != typ.Name || !schemas.ValidEventID(o.ID) || len(o.Data) == 0 {
			t.Errorf("%s: %+v, %v", typ.Name, o, ok)
		}
	}
	for _, name := range []string{"", "section.offer", "referral.dance", "../decode"} {
		if _, ok := schemas.ExampleOf(name); ok {
			t.Errorf("%q has an example", name)
		}
	}
}

func TestTypesFitting(t *testing.T) {
	t.Parallel()
	for word, want := range map[string][]string{
		"visit.recorded": {"visit.recorded"}, "visit.*": {"visit.recorded"},
		"finding.*": {"finding.recorded", "finding.amended", "finding.retracted"},
		"":          nil, "*": nil, "visit": nil, "visit.": nil, "vis*": nil, "dance.*": nil, "section.*": nil,
	} {
		if got := schemas.TypesFitting(word); !slices.Equal(got, want) || (got == nil) != (want == nil) {
			t.Errorf("%q fits %v, want %v", word, got, want)
		}
	}
}

// wantSameData reads data into the payload struct and writes it again.
func wantSameData(t *testing.T, typ schemas.Type, data []byte) {
	t.Helper()
	payload, err := typ.Payload(data)
	if err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(payload)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(readJSON(t, data), readJSON(t, again)); diff != "" {
		t.Errorf("through the struct (-want +got):\n%s", diff)
	}
}

func readJSON(t testing.TB, raw []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestEverySectionHasGoodAndBadExamples(t *testing.T) {
	t.Parallel()
	for _, name := range schemas.Sections() {
		wantProblems(t, schemas.CheckSection(name, example(t, "section."+name, ".ok.json")))
		b := badExample(t, "section."+name)
		wantProblems(t, schemas.CheckSection(name, b.Section), b.FailsAt+" "+b.Code)
	}
}

func TestEverySchemaBelongsToAType(t *testing.T) {
	t.Parallel()
	for _, typ := range schemas.Types() {
		if _, ok := schemas.Schema(typ.Name); !ok {
			t.Errorf("%s has no schema", typ.Name)
		}
	}
	for _, name := range []string{"", "referral.eaten", "../referral.accepted", "referral/accepted", "section.invented"} {
		if _, ok := schemas.Schema(name); ok {
			t.Errorf("there is a schema %q", name)
		}
	}
	known := append(schemas.Sections(), "common")
	for _, typ := range schemas.Types() {
		known = append(known, typ.Name)
	}
	for _, path := range schemaFiles(t) {
		name := strings.ReplaceAll(strings.TrimSuffix(strings.TrimPrefix(path, "section/"), ".v1.json"), "/", ".")
		if !slices.Contains(known, strings.TrimSuffix(name, ".json")) {
			t.Errorf("%s belongs to no type", path)
		}
	}
}

func TestOnePersonIsTheWholeFiling(t *testing.T) {
	t.Parallel()
	batch, err := schemas.DecodeOpenBatch(schemas.Example(), labour)
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	var elements []json.RawMessage
	if err := json.Unmarshal(schemas.Example(), &elements); err != nil {
		t.Fatal(err)
	}
	for i, o := range batch {
		if _, err := checkOpen(elements[i]); err != nil {
			t.Errorf("%s: %v", o.Type, err)
		}
		told = append(told, o.Type)
	}
	want := []string{"visit.recorded", "finding.recorded", "case.opened", "case.opened", "case.linked", "screening.completed", "referral.requested"}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	situation, person := batch[2].Subject, batch[6].Subject
	if got := schemas.Reference(person) + " part of " + schemas.Reference(situation); got != "K7QM-3F9X-S part of 9P2R-W4HD-Y" {
		t.Error(got)
	}
}

func TestNothingSaysWhatWasSent(t *testing.T) {
	t.Parallel()
	for _, typ := range schemas.Types() {
		t.Run(typ.Name, func(t *testing.T) {
			t.Parallel()
			doc := readJSON(t, example(t, typ.Name, ".ok.json"))
			for _, planted := range plant(doc) {
				raw, err := json.Marshal(planted)
				if err != nil {
					t.Fatal(err)
				}
				_, err = checkOpen(raw)
				wantNoCanary(t, err)
				_, err = schemas.Decode(raw)
				wantNoCanary(t, err)
			}
		})
	}
}

// canary is a value that must not come back. It is no code of any list.
const canary = `CANARY'"<~/ \u0e01`

func wantNoCanary(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	said := err.Error()
	var ps schemas.Problems
	if !errors.As(err, &ps) {
		t.Fatalf("no list of problems: %v", err)
	}
	for _, p := range ps {
		said += schemas.Sentence(p, "en") + schemas.Sentence(p, "th") + schemas.Meaning(p) + p.List + p.Rule
	}
	if strings.Contains(strings.ToUpper(said), "CANARY") {
		t.Errorf("says what was sent: %s", said)
	}
}

// plant returns copies of a document, each with the canary in one place: as a
// value, as a further name, as the name of a value.
func plant(v any) []any {
	copies := []any{canary, map[string]any{canary: v}}
	switch v := v.(type) {
	case map[string]any:
		for name, child := range v {
			for _, c := range plant(child) {
				copies = append(copies, with(v, name, c))
			}
			renamed := with(v, canary, child)
			delete(renamed, name)
			copies = append(copies, renamed)
		}
		copies = append(copies, with(v, canary, canary))
	case []any:
		for i, child := range v {
			for _, c := range plant(child) {
				changed := slices.Clone(v)
				changed[i] = c
				copies = append(copies, changed)
			}
		}
	}
	return copies
}

func with(m map[string]any, name string, value any) map[string]any {
	changed := map[string]any{name: value}
	for n, v := range m {
		if n != name {
			changed[n] = v
		}
	}
	return changed
}

func marshal(t testing.TB, v any) []byte {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
