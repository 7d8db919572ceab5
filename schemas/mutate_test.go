package schemas_test

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"

	"github.com/saphan-project/saphan/schemas"
)

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
