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
