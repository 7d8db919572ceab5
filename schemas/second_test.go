package schemas_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/saphan-project/saphan/schemas"
)

// mutants is how many broken and half-broken examples both validators judge.
const mutants = 50_000

// second compiles a schema with another library than the one that the gate uses.
func second(t testing.TB, name string) *jsonschema.Resolved {
	t.Helper()
	raw, ok := schemas.Schema(name)
	if !ok {
		t.Fatalf("no schema %s", name)
	}
	return secondOf(t, raw)
}

func secondOf(t testing.TB, raw []byte) *jsonschema.Resolved {
	t.Helper()
	r, err := parseSecond(t, raw).Resolve(&jsonschema.ResolveOptions{Loader: func(at *url.URL) (*jsonschema.Schema, error) {
		common, ok := schemas.Schema("common")
		if !ok || at.String() != "urn:saphan:schema:common" {
			return nil, errors.New("not an embedded schema")
		}
		return parseSecond(t, common), nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func parseSecond(t testing.TB, raw []byte) *jsonschema.Schema {
	t.Helper()
	s := new(jsonschema.Schema)
	if err := json.Unmarshal(raw, s); err != nil {
		t.Fatal(err)
	}
	return s
}

func pcg(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 2020_12)) }

// breed is a good document of one schema, from which mutants are made.
type breed struct {
	name  string // of the schema
	good  any
	check func([]byte) error
	other *jsonschema.Resolved
}

// breeds lists the examples of every type, as they are filed and with sealed
// sections as they are stored, and those of every section.
func breeds(t testing.TB) []breed {
	t.Helper()
	var all []breed
	for _, typ := range schemas.Types() {
		o, err := schemas.DecodeOpen(example(t, typ.Name, ".ok.json"), labour)
		if err != nil {
			t.Fatal(err)
		}
		b := breed{typ.Name, readJSON(t, o.Data), func(raw []byte) error { return schemas.CheckData(typ.Name, raw) }, second(t, typ.Name)}
		all = append(all, b)
		raw, _ := schemas.Schema(typ.Name)
		schema, _ := readJSON(t, raw).(map[string]any)
		if properties, _ := schema["properties"].(map[string]any); properties["sealed"] != nil {
			seal := map[string]any{"section": schemas.SectionsOf(typ.Name)[0], "digest": strings.Repeat("ab", 32)}
			facts, _ := b.good.(map[string]any)
			b.good = with(facts, "sealed", []any{seal})
			all = append(all, b)
		}
	}
	for _, s := range schemas.Sections() {
		name := "section." + s
		all = append(all, breed{name, readJSON(t, example(t, name, ".ok.json")), func(raw []byte) error { return schemas.CheckSection(s, raw) }, second(t, name)})
	}
	return all
}

// mutation changes one value; it reports false where it has nothing to change.
type mutation struct {
	name string
	make func(r *rand.Rand, v any) (any, bool)
}

var mutations = []mutation{
	{"drop a member", func(r *rand.Rand, v any) (any, bool) {
		m, name, ok := memberOf(r, v)
		delete(m, name)
		return m, ok
	}},
	{"add a member", func(r *rand.Rand, v any) (any, bool) {
		m, ok := v.(map[string]any)
		if !ok {
			return v, false
		}
		return with(m, pick(r, "invented", "kind", "code", "Referral", "note", "x-list"), pick[any](r, "x", 1, nil, true)), true
	}},
	{"rename a member", func(r *rand.Rand, v any) (any, bool) {
		m, name, ok := memberOf(r, v)
		if ok {
			m[name+"_"] = m[name]
			delete(m, name)
		}
		return m, ok
	}},
	{"another type", func(r *rand.Rand, v any) (any, bool) {
		return pick[any](r, nil, true, 7, 0.5, "x", []any{}, map[string]any{}, []any{v}, map[string]any{"kind": v}), true
	}},
	{"another code", func(r *rand.Rand, v any) (any, bool) {
		return pick[any](r, allCodes()...), isString(v)
	}},
	{"a code of the same list", func(r *rand.Rand, v any) (any, bool) {
		s, _ := v.(string)
		for _, list := range schemas.Lists() {
			if schemas.HasCode(list, s) {
				return pick(r, codes(list)...), true
			}
		}
		return v, false
	}},
	{"another digit", func(r *rand.Rand, v any) (any, bool) {
		s, ok := v.(string)
		at := strings.IndexAny(s, "0123456789")
		if !ok || at < 0 {
			return v, false
		}
		return s[:at] + pick(r, "1", "2", "3") + s[at+1:], true
	}},
	{"a number beside it", func(r *rand.Rand, v any) (any, bool) {
		n, ok := v.(float64)
		return n + pick(r, -1.0, 1), ok
	}},
	{"turned round", func(_ *rand.Rand, v any) (any, bool) {
		a, ok := v.([]any)
		a = slices.Clone(a)
		slices.Reverse(a)
		return a, ok
	}},
	{"another case of letters", stringly(strings.ToUpper)},
	{"a blank behind", stringly(func(s string) string { return s + " " })},
	{"a character less", stringly(func(s string) string { return strings.TrimSuffix(s, s[max(0, len(s)-1):]) })},
	{"a zero", stringly(func(s string) string { return s + "0" })},
	{"all zero", stringly(func(s string) string { return strings.Repeat("0", len(s)) })},
	{"a line break", stringly(func(s string) string { return s[:len(s)/2] + "\n" + s[len(s)/2:] })},
	{"a turned text", stringly(func(s string) string { return s + "\u202e" })},
	{"empty", stringly(func(string) string { return "" })},
	{"long", func(r *rand.Rand, v any) (any, bool) {
		return strings.Repeat(pick(r, "a", "ก", "😀"), pick(r, 24, 25, 120, 121, 200, 201, 4000, 4001)), isString(v)
	}},
	{"digits", func(r *rand.Rand, v any) (any, bool) {
		return strings.Repeat("7", pick(r, 2, 3, 24, 25, 32, 64)), isString(v)
	}},
	{"a day", func(r *rand.Rand, v any) (any, bool) {
		return pick(r, "2026-11", "2026-13", "1999", "2026-11-23", "2026-11-23T02:41:00Z", "2026-11-23T24:00:00Z"), isString(v)
	}},
	{"the hub", func(r *rand.Rand, v any) (any, bool) { return pick(r, "hub", "hubs", "a", "9-a"), isString(v) }},
	{"another number", func(r *rand.Rand, v any) (any, bool) {
		_, ok := v.(float64)
		return pick(r, -1.0, 0, 1, 0.5, 20, 21, 120, 121, 365, 366, 500, 501, 1e11, 1e11+1), ok
	}},
	{"an element twice", func(r *rand.Rand, v any) (any, bool) {
		a, ok := v.([]any)
		if !ok || len(a) == 0 {
			return v, false
		}
		return append(slices.Clone(a), pick(r, a...)), true
	}},
	{"an element less", func(_ *rand.Rand, v any) (any, bool) {
		a, ok := v.([]any)
		if !ok || len(a) == 0 {
			return v, false
		}
		return a[1:], true
	}},
	{"many elements", func(r *rand.Rand, v any) (any, bool) {
		a, ok := v.([]any)
		if !ok || len(a) == 0 {
			return v, false
		}
		return slices.Repeat(a, pick(r, 2, 6, 9, 11, 41, 101)), true
	}},
	{"every code of a list", func(r *rand.Rand, v any) (any, bool) {
		a, ok := v.([]any)
		if !ok || len(a) == 0 || !isString(a[0]) {
			return v, false
		}
		return anys(codes(pick(r, schemas.Lists()...))), true
	}},
}

// mild lists the mutations that often leave a document good.
func mild() []mutation {
	var out []mutation
	for _, m := range mutations {
		if slices.Contains([]string{"drop a member", "a code of the same list", "another digit", "a number beside it", "turned round", "an element less"}, m.name) {
			out = append(out, m)
		}
	}
	return out
}

func pick[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }

func isString(v any) bool { _, ok := v.(string); return ok }

func stringly(change func(string) string) func(*rand.Rand, any) (any, bool) {
	return func(_ *rand.Rand, v any) (any, bool) {
		s, ok := v.(string)
		if !ok {
			return v, false
		}
		return change(s), true
	}
}

// memberOf picks a member of a copy of an object.
func memberOf(r *rand.Rand, v any) (map[string]any, string, bool) {
	m, ok := v.(map[string]any)
	if !ok || len(m) == 0 {
		return nil, "", false
	}
	return maps.Clone(m), pick(r, slices.Sorted(maps.Keys(m))...), true
}

func anys(list []string) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = s
	}
	return out
}

// allCodes lists a few codes of every list.
var allCodes = sync.OnceValue(func() []any {
	var out []any
	for _, list := range schemas.Lists() {
		out = append(out, anys(codes(list)[:1])...)
	}
	return out
})

// mutate changes one random place of a document, which stays as it was.
func mutate(r *rand.Rand, v any, m mutation) (any, bool) {
	if children := size(v); children > 0 && r.IntN(3) > 0 {
		switch v := v.(type) {
		case map[string]any:
			name := pick(r, slices.Sorted(maps.Keys(v))...)
			child, ok := mutate(r, v[name], m)
			return with(v, name, child), ok
		case []any:
			i := r.IntN(children)
			child, ok := mutate(r, v[i], m)
			changed := slices.Clone(v)
			changed[i] = child
			return changed, ok
		}
	}
	return m.make(r, v)
}

func size(v any) int {
	switch v := v.(type) {
	case map[string]any:
		return len(v)
	case []any:
		return len(v)
	}
	return 0
}

// judgement counts verdicts, and names what the validators disagree on; never a
// value.
type judgement struct {
	accepted, refused int
	disagreed         map[string]int
}

// judge lets both validators look at one mutant, and reports whether there was
// something to compare. The second one does not assert formats, so what the first
// refuses for its format alone says nothing.
func (j *judgement) judge(t *testing.T, b breed, m mutation, mutant any) bool {
	raw, err := json.Marshal(mutant)
	if err != nil {
		t.Fatal(err)
	}
	first := b.check(raw)
	if ps := found(t, first); len(ps) > 0 && !slices.ContainsFunc(ps, func(p string) bool { return !strings.HasSuffix(p, " format") }) {
		return false
	}
	if _, isObject := mutant.(map[string]any); !isObject {
		return false // refused by the strict reader, before any schema
	}
	if err := b.other.Validate(readJSON(t, raw)); (err == nil) != (first == nil) {
		j.disagreed[fmt.Sprintf("%s: %s: the gate accepts: %v", b.name, m.name, first == nil)]++
	}
	if first == nil {
		j.accepted++
	} else {
		j.refused++
	}
	return true
}

func (j *judgement) add(k judgement) {
	j.accepted += k.accepted
	j.refused += k.refused
	for what, n := range k.disagreed {
		j.disagreed[what] += n
	}
}

// run judges n mutants, the same ones at every run.
func (j *judgement) run(t *testing.T, all []breed, seed uint64, n int) {
	r := pcg(seed)
	for made := 0; made < n; {
		b, m := pick(r, all...), pick(r, mutations...)
		if r.IntN(4) == 0 {
			m = pick(r, mild()...)
		}
		mutant, ok := mutate(r, b.good, m)
		if !ok {
			continue
		}
		if r.IntN(8) == 0 { // two mistakes in one document
			mutant, _ = mutate(r, mutant, pick(r, mutations[:4]...))
		}
		if j.judge(t, b, m, mutant) {
			made++
		}
	}
}

// TestTwoValidatorsAgree: what is shape-checked at the gate means the same to a
// partner whose program validates with another library.
func TestTwoValidatorsAgree(t *testing.T) {
	t.Parallel()
	all := breeds(t)
	for _, b := range all {
		var j judgement
		j.judge(t, b, mutation{name: "none"}, b.good)
		if j.accepted != 1 {
			t.Fatalf("%s: the good example is refused", b.name)
		}
	}
	const shards = 4 // whatever the machine, so that every run is the same
	found := make([]judgement, shards)
	t.Run("all", func(t *testing.T) {
		for i := range shards {
			found[i].disagreed = map[string]int{}
			t.Run(strconv.Itoa(i), func(t *testing.T) {
				t.Parallel()
				found[i].run(t, all, uint64(i), mutants/shards)
			})
		}
	})
	sum := judgement{disagreed: map[string]int{}}
	for _, j := range found {
		sum.add(j)
	}
	for _, what := range slices.Sorted(maps.Keys(sum.disagreed)) {
		t.Errorf("%s (%d times)", what, sum.disagreed[what])
	}
	t.Logf("%d mutants accepted, %d refused", sum.accepted, sum.refused)
	if judged := sum.accepted + sum.refused; judged != mutants || sum.accepted*10 < judged || sum.refused*10 < judged*3 {
		t.Errorf("the mutants show nothing: %d accepted, %d refused of %d", sum.accepted, sum.refused, mutants)
	}
}

// TestTheSecondValidatorCanDisagree: with the schema of another type it does.
func TestTheSecondValidatorCanDisagree(t *testing.T) {
	t.Parallel()
	all := breeds(t)
	all[0].other = all[len(all)-1].other
	j := judgement{disagreed: map[string]int{}}
	j.run(t, all[:1], 1, 200)
	if len(j.disagreed) == 0 {
		t.Error("no disagreement was seen")
	}
}
