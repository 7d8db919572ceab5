package schemas

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// condition is what a schema asks for under a condition: if, and then or else.
type condition struct {
	when keywords
	then keywords
	of   keywords // the schema that it stands in
	not  bool     // it is the else: it holds unless when does
}

// conditionsOf lists the conditions of one place of a schema, those in allOf
// among them.
func conditionsOf(p keywords) []condition {
	var all []condition
	if when := sub(p, "if"); when != nil {
		if then := sub(p, "then"); then != nil {
			all = append(all, condition{when, then, p, false})
		}
		if otherwise := sub(p, "else"); otherwise != nil {
			all = append(all, condition{when, otherwise, p, true})
		}
	}
	parts, _ := p["allOf"].([]any)
	for _, part := range parts {
		part, _ := part.(keywords)
		all = append(all, conditionsOf(part)...)
	}
	return all
}

// words says when it holds, as in "when kind is province".
func (c condition) words(lang string) string {
	code := "when.if"
	if c.not {
		code = "when.unless"
	}
	return phrase(grammarList, code, lang, "when", conditionWords(c.when, lang))
}

// asks says what the condition wants beside the members that it makes required,
// in the order of their names; none when it only does that.
func (c condition) asks(lang string) []string {
	if only := onlyMembers(c.of, c.then); only != nil {
		return []string{phrase(grammarList, "then.only", lang, "name", strings.Join(only, ", "))}
	}
	return wanted(c.then, lang)
}

// onlyMembers returns the members that are left where as many are allowed as are
// required; nil where there may be others.
func onlyMembers(of, then keywords) []string {
	required := strs(of["required"])
	if len(then) == 1 && len(required) > 0 && limitOf(then, "maxProperties") == strconv.Itoa(len(required)) {
		return required
	}
	return nil
}

// wanted says a schema that only narrows another one.
func wanted(p keywords, lang string) []string {
	say := func(code string, values ...string) string { return phrase(grammarList, code, lang, values...) }
	var asks []string
	for _, keyword := range slices.Sorted(maps.Keys(p)) {
		switch limit := limitOf(p, keyword); {
		case annotation(keyword) || keyword == "required" || keyword == "properties":
		case keyword == "maxItems":
			asks = append(asks, say("then.items", "max", limit))
		case keyword == "minItems":
			asks = append(asks, say("then.least_items", "min", limit))
		case keyword == "maxProperties":
			asks = append(asks, say("then.members", "max", limit))
		case keyword == "not" && sub(p, keyword)["required"] != nil:
			for _, name := range strs(sub(p, keyword)["required"]) {
				asks = append(asks, say("then.out", "name", name))
			}
		default:
			asks = append(asks, say("then.schema", "schema", "`"+plain(shownSchema(keywords{keyword: p[keyword]}))+"`"))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(sub(p, "properties"))) {
		if sub(p, "properties")[name] == false {
			asks = append(asks, say("then.out", "name", name))
			continue
		}
		asks = append(asks, memberAsk(name, sub(sub(p, "properties"), name), lang))
	}
	return asks
}

// memberAsk says what a condition wants of one member.
func memberAsk(name string, p keywords, lang string) string {
	say := func(code string, values ...string) string { return phrase(grammarList, code, lang, values...) }
	shape := keywords{"type": "string"}
	maps.Copy(shape, p)
	switch {
	case name == sealedMember && limitOf(p, "maxItems") == "0":
		return say("then.no_sections")
	case name == sealedMember && sectionsIn(p) != nil:
		return say("then.sections", "what", strings.Join(sectionsIn(p), ", "))
	case limitOf(p, "maxItems") == "0" || limitOf(p, "maxLength") == "0" || limitOf(p, "maxProperties") == "0":
		return say("then.out", "name", name)
	case p["const"] != nil:
		return say("then.is", "name", name, "what", plain(p["const"]))
	case p["enum"] != nil || p["pattern"] != nil:
		return say("then.is", "name", name, "what", kindWords(shape, lang))
	}
	return name + ": " + strings.Join(wanted(p, lang), ", ")
}

// sectionsIn are the sections that a condition leaves; nil when it says nothing
// about them.
func sectionsIn(p keywords) []string {
	section := sub(sub(sub(p, "items"), "properties"), "section")
	if only := section["const"]; only != nil {
		return []string{plain(only)}
	}
	if some := strs(section["enum"]); len(some) > 0 {
		return some
	}
	return nil
}

// rule is one keyword of a schema, found by where it stands: a Problem's Rule.
type rule struct {
	keyword string
	holder  keywords // the schema that the keyword stands in
	member  keywords // the whole schema of the member that it is about
	owner   keywords // that of the object or list that holds the member
	when    string   // the condition under which it holds, in words; or ""
}

// ruleAt finds a rule. The place is a URI of one of our schemas with a pointer
// that goes through references, as validators write it. It reports false for any
// other place: it may come from another party.
func ruleAt(place, lang string) (rule, bool) {
	id, pointer, _ := strings.Cut(place, "#")
	set, err := compiled()
	if err != nil || set.expanded[id] == nil || !strings.HasPrefix(pointer, "/") {
		return rule{}, false
	}
	root := set.expanded[id]
	r := rule{holder: root, member: root}
	return r, r.walk(root, strings.Split(pointer, "/")[1:], lang)
}

// walk follows the tokens of a pointer from a schema to the keyword at its end.
func (r *rule) walk(at any, tokens []string, lang string) bool {
	for len(tokens) > 0 {
		token := untoken.Replace(tokens[0])
		tokens = tokens[1:]
		holder, isSchema := at.(keywords)
		switch {
		case token == "$ref": // what it leads to is already there
		case isSchema && len(tokens) == 0:
			r.keyword, r.holder = token, holder
			return holder[token] != nil
		case isSchema && token == "properties":
			name := untoken.Replace(tokens[0])
			r.owner, r.member = r.member, sub(sub(r.member, token), name)
			at, tokens = sub(holder, token)[name], tokens[1:]
		case isSchema:
			r.enter(holder, token, lang)
			at = holder[token]
		default:
			list, _ := at.([]any)
			n, err := strconv.Atoi(token)
			if err != nil || n < 0 || n >= len(list) {
				return false
			}
			at = list[n]
		}
	}
	r.keyword, r.holder = codeFalse, keywords{}
	return at == false
}

// untoken reads a token of a JSON pointer.
var untoken = strings.NewReplacer("~1", "/", "~0", "~")

// enter follows a step from a schema into one of its parts. Inside a condition the
// member stays the one that the whole schema describes.
func (r *rule) enter(holder keywords, token, lang string) {
	switch token {
	case "then", "else":
		r.when = condition{when: sub(holder, "if"), not: token == "else"}.words(lang)
	case "items":
		r.owner, r.member = r.member, sub(r.member, token)
	}
}
