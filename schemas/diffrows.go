package schemas

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// compare compares two schemas of one place, keyword by keyword.
func (d *differ) compare(at string, was, is keywords) {
	if !d.kind(at, was, is) {
		return // nothing else is the same thing any more
	}
	d.members(at, was, is)
	d.codes(at, was, is)
	d.conditions(at, was, is)
	d.sections(at, was, is)
	d.words(at, was, is)
	if a, b := was["items"], is["items"]; a != nil && b != nil {
		d.either(at+"/*", a, b)
	}
	for _, keyword := range bothSorted(was, is) {
		if !compared[keyword] && !annotation(keyword) {
			d.rule(at, keyword, was, is)
		}
	}
}

// compared are the keywords that the methods below look at.
var compared = map[string]bool{
	"type": true, "properties": true, "required": true, "additionalProperties": true, "enum": true, "const": true,
	"if": true, "then": true, "else": true, "allOf": true,
}

// kind compares the type. It reports false when the rest cannot be compared.
func (d *differ) kind(at string, was, is keywords) bool {
	old, now := was["type"], is["type"]
	if reflect.DeepEqual(old, now) {
		return true
	}
	who := everybody
	switch {
	case now == nil || old == "integer" && now == "number":
		who = widened
	case old == nil || old == "number" && now == "integer":
		who = narrowed
	}
	d.add(at, "type_changed", who, Change{Old: shownValue(old), New: shownValue(now)})
	return who != everybody
}

// shownValue writes a keyword, and - where there is none.
func shownValue(v any) string {
	if v == nil {
		return "-"
	}
	return plain(shownSchema(v))
}

// members compares the members of an object, and whether they are required.
func (d *differ) members(at string, was, is keywords) {
	wasClosed, isClosed := was["additionalProperties"] == false, is["additionalProperties"] == false
	switch {
	case wasClosed && !isClosed:
		d.add(at, "object_opened", nobody, Change{})
	case isClosed && !wasClosed:
		d.add(at, "object_closed", narrowed, Change{})
	case sub(was, "additionalProperties") != nil || sub(is, "additionalProperties") != nil:
		d.rule(at, "additionalProperties", was, is)
	}
	old, now := sub(was, "properties"), sub(is, "properties")
	for _, name := range bothSorted(old, now) {
		required, needed := contains(was["required"], name), contains(is["required"], name)
		place := at + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
		switch {
		case old[name] == nil && needed:
			d.add(place, "member_added_required", narrowed, Change{})
		case old[name] == nil:
			d.add(place, "member_added", touched{readers: true, writers: wasClosed}, Change{})
		case now[name] == nil:
			d.add(place, "member_removed", touched{readers: !required, writers: !isClosed}, Change{})
		default:
			d.required(place, required, needed)
			d.either(place, old[name], now[name])
		}
	}
	for _, name := range slices.Compact(slices.Sorted(slices.Values(append(strs(was["required"]), strs(is["required"])...)))) {
		if old[name] == nil && now[name] == nil {
			d.required(at+"/"+name, contains(was["required"], name), contains(is["required"], name))
		}
	}
}

func (d *differ) required(at string, was, is bool) {
	switch {
	case is && !was:
		d.add(at, "became_required", narrowed, Change{})
	case was && !is:
		d.add(at, "became_optional", widened, Change{})
	}
}

func contains(list any, name string) bool { return slices.Contains(strs(list), name) }

// codes compares the values that an enum or a const allows.
func (d *differ) codes(at string, was, is keywords) {
	old, now := valuesIn(was), valuesIn(is)
	added := slices.DeleteFunc(slices.Clone(now), func(code string) bool { return slices.Contains(old, code) })
	removed := slices.DeleteFunc(slices.Clone(old), func(code string) bool { return slices.Contains(now, code) })
	list := func(codes []string) string { return strings.ReplaceAll(strings.Join(codes, ", "), `"`, "") }
	switch {
	case old == nil && now != nil:
		d.add(at, "codes_only", narrowed, Change{New: list(now)})
		return
	case old != nil && now == nil:
		d.add(at, "codes_dropped", widened, Change{Old: list(old)})
		return
	}
	if len(added) > 0 {
		d.add(at, "code_added", nobody, Change{New: list(added)})
	}
	if len(removed) > 0 {
		d.add(at, "code_removed", narrowed, Change{Old: list(removed)})
	}
}

// valuesIn lists the values that a schema allows, as JSON; nil when it allows any.
func valuesIn(p keywords) []string {
	values, _ := p["enum"].([]any)
	if c, ok := p["const"]; ok {
		values = []any{c}
	}
	var out []string
	for _, v := range values {
		b, err := json.Marshal(v)
		if err != nil {
			return nil
		}
		out = append(out, string(b))
	}
	return out
}

// rule compares a keyword that stands alone: a limit is tightened or loosened,
// any other rule is added, removed or another one.
func (d *differ) rule(at, keyword string, was, is keywords) {
	old, now := was[keyword], is[keyword]
	if reflect.DeepEqual(shownSchema(old), shownSchema(now)) || keyword == "items" && old != nil && now != nil {
		return
	}
	change := Change{What: keyword, Old: shownValue(old), New: shownValue(now)}
	if old == false { // uniqueItems: false says nothing
		old = nil
	}
	if now == false {
		now = nil
	}
	low, high := strings.HasPrefix(keyword, "min"), strings.HasPrefix(keyword, "max")
	switch tighter := low && number(now) > number(old) || high && number(now) < number(old); {
	case old == nil && now == nil:
	case (low || high) && now != nil && (old == nil || tighter):
		d.add(at, "limit_tightened", narrowed, change)
	case low || high:
		d.add(at, "limit_loosened", widened, change)
	case old == nil:
		d.add(at, "rule_added", narrowed, change)
	case now == nil:
		d.add(at, "rule_removed", widened, change)
	default:
		d.add(at, "rule_changed", everybody, change)
	}
}

// conditions compares what holds under a condition, and what stands in allOf.
func (d *differ) conditions(at string, was, is keywords) {
	gone, come := conditionsOf(was), conditionsOf(is)
	same := func(a condition) func(condition) bool {
		return func(b condition) bool {
			return a.not == b.not && plain(shownSchema(a.when)) == plain(shownSchema(b.when)) && plain(shownSchema(a.then)) == plain(shownSchema(b.then))
		}
	}
	removed := slices.DeleteFunc(slices.Clone(gone), func(c condition) bool { return slices.ContainsFunc(come, same(c)) })
	added := slices.DeleteFunc(slices.Clone(come), func(c condition) bool { return slices.ContainsFunc(gone, same(c)) })
	if len(removed) == 1 && len(added) == 1 {
		d.add(at, "condition_changed", everybody, Change{was: &removed[0], is: &added[0]})
		removed, added = nil, nil
	}
	for i := range removed {
		d.add(at, "condition_removed", widened, Change{was: &removed[i]})
	}
	for i, c := range added {
		d.add(at, "condition_added", touched{readers: true, writers: neverHeld(was, c)}, Change{is: &added[i]})
	}
	d.rule(at, "allOf", rulesOf(was), rulesOf(is))
}

// rulesOf lists what allOf holds beside conditions.
func rulesOf(p keywords) keywords {
	parts, _ := p["allOf"].([]any)
	var rules []any
	for _, part := range parts {
		holder, ok := part.(keywords)
		if !ok {
			rules = append(rules, part)
			continue
		}
		rule := maps.Clone(holder)
		maps.DeleteFunc(rule, func(name string, _ any) bool { return slices.Contains([]string{"if", "then", "else"}, name) })
		if len(rule) > 0 {
			rules = append(rules, rule)
		}
	}
	if rules == nil {
		return keywords{}
	}
	return keywords{"allOf": rules}
}

// neverHeld reports whether a condition cannot hold for anything that was allowed
// before: it asks for a member, or for a code of one, that there was not.
func neverHeld(was keywords, c condition) bool {
	if c.not || was["additionalProperties"] != false {
		return false
	}
	for _, name := range strs(c.when["required"]) {
		member := sub(sub(was, "properties"), name)
		if member == nil {
			return true
		}
		allowed, wanted := valuesIn(member), valuesIn(sub(sub(c.when, "properties"), name))
		if allowed != nil && wanted != nil && !slices.ContainsFunc(wanted, func(v string) bool { return slices.Contains(allowed, v) }) {
			return true
		}
	}
	return false
}

// sections compares the sections that may come with an event.
func (d *differ) sections(at string, was, is keywords) {
	old, now := strs(was[sectionsKey]), strs(is[sectionsKey])
	added := slices.DeleteFunc(slices.Clone(now), func(s string) bool { return slices.Contains(old, s) })
	removed := slices.DeleteFunc(slices.Clone(old), func(s string) bool { return slices.Contains(now, s) })
	if len(added) > 0 {
		d.add(at, "section_added", nobody, Change{New: strings.Join(added, ", ")})
	}
	if len(removed) > 0 {
		d.add(at, "section_removed", narrowed, Change{Old: strings.Join(removed, ", ")})
	}
}

// words compares what only people read, and how sensitive a place is.
func (d *differ) words(at string, was, is keywords) {
	if old, now := str(was, sensKey), str(is, sensKey); old != now {
		code, who := "sensitivity_lowered", nobody
		if moreSensitive(old, now) == now {
			code, who = "sensitivity_raised", touched{writers: true}
		}
		d.add(at, code, who, Change{Old: old, New: now})
	}
	if old, now := listOf(was), listOf(is); old != now {
		d.add(at, "list_changed", nobody, Change{Old: shownName(old), New: shownName(now)})
	}
	if str(was, "description") != str(is, "description") {
		d.add(at, "description_changed", nobody, Change{})
	}
}

func shownName(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
