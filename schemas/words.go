package schemas

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// grammarList is the code list with the words for kinds of value and conditions.
const grammarList = "grammar"

// phrase returns the words of a code, with what is in braces filled in; the
// values come in pairs, name and words.
func phrase(list, code, lang string, values ...string) string {
	words := Label(list, code, lang)
	for i := 0; i+1 < len(values); i += 2 {
		words = strings.ReplaceAll(words, "{"+values[i]+"}", values[i+1])
	}
	return words
}

// kindWords says in words what a value of an expanded schema is, as in "a whole
// number, 1 to 500". Lists of more than maxSpelledOut codes are named, not told.
func kindWords(p keywords, lang string) string {
	say := func(code string, values ...string) string { return phrase(grammarList, code, lang, values...) }
	kind := str(p, "type")
	switch {
	case p["const"] != nil:
		return say("is.always", "codes", plain(p["const"]))
	case p["enum"] != nil:
		return codeWords(p, lang)
	case kind == "string":
		return stringWords(p, lang)
	case kind == "array":
		code := "is.array"
		if p["uniqueItems"] == true {
			code = "is.set"
		}
		return say(code, "amount", rangeWords(p, "Items", lang), "each", kindWords(sub(p, "items"), lang))
	case kind == "integer" || kind == "number":
		if amount := rangeWords(p, "imum", lang); amount != "" {
			return say("is."+kind) + ", " + amount
		}
		return say("is." + kind)
	case HasCode(grammarList, "is."+kind):
		return say("is." + kind)
	}
	return say("is.any")
}

// codeWords names the codes that a value may have, or the list that they are of.
func codeWords(p keywords, lang string) string {
	codes, list := strs(p["enum"]), listOf(p)
	if len(codes) > maxSpelledOut && list != "" {
		return phrase(grammarList, "is.code_of", lang, "list", list, "count", strconv.Itoa(len(codes)))
	}
	return phrase(grammarList, "is.one_of", lang, "codes", strings.Join(codes, ", "))
}

// listOf names the code list of an enum, whole or in part.
func listOf(p keywords) string {
	if list := str(p, listKeyword); list != "" {
		return list
	}
	return str(p, "x-list-part")
}

// stringWords says how a string is written: in the words for the shared part that
// it is, else in those of the schema.
func stringWords(p keywords, lang string) string {
	def, about := str(p, defKey), str(p, aboutKey)
	switch {
	case def != "" && HasCode(grammarList, def):
		return phrase(grammarList, def, lang, "min", limitOf(p, "minLength"), "max", limitOf(p, "maxLength"))
	case about != "":
		return strings.TrimSuffix(lowerFirst(about), ".")
	case p["pattern"] != nil:
		return phrase(grammarList, "is.written", lang, "pattern", "`"+str(p, "pattern")+"`")
	}
	return phrase(grammarList, "is.string", lang)
}

func lowerFirst(s string) string {
	if s == "" || strings.HasPrefix(s, "ISO") || strings.HasPrefix(s, "SHA") {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}

// rangeWords says the limits min… and max…, as in "1 to 30"; "" without any.
func rangeWords(p keywords, of, lang string) string {
	low, high := limitOf(p, "min"+of), limitOf(p, "max"+of)
	if of == "Items" && low == "0" {
		low = ""
	}
	code := "is.from_to"
	switch {
	case low == "" && high == "":
		return ""
	case low == "":
		code = "is.at_most"
	case high == "":
		code = "is.at_least"
	}
	return phrase(grammarList, code, lang, "min", low, "max", high)
}

// conditionWords says the schema of an if in words, as in "kind is province".
// What has no words yet is shown as it is.
func conditionWords(p keywords, lang string) string {
	say := func(code string, values ...string) string { return phrase(grammarList, code, lang, values...) }
	rest := maps.Clone(p)
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(sub(p, "properties"))) {
		words, ok := valueWords(name, sub(sub(p, "properties"), name), lang)
		if !ok {
			return say("when.schema", "schema", "`"+plain(shownSchema(p))+"`")
		}
		parts = append(parts, words)
	}
	for _, name := range strs(p["required"]) {
		if sub(p, "properties")[name] == nil {
			parts = append(parts, say("when.given", "name", name))
		}
	}
	if c := sub(p, "contains"); c != nil {
		if codes := codesIn(c); codes != nil {
			parts = append(parts, say("when.among", "codes", strings.Join(codes, say("when.or"))))
			delete(rest, "contains")
		}
	}
	if not := sub(p, "not"); len(not) == 1 && not["required"] != nil {
		for _, name := range strs(not["required"]) {
			parts = append(parts, say("when.not_given", "name", name))
		}
		delete(rest, "not")
	}
	maps.DeleteFunc(rest, func(k string, _ any) bool { return k == "properties" || k == "required" || annotation(k) })
	if len(parts) == 0 || len(rest) > 0 {
		return say("when.schema", "schema", "`"+plain(shownSchema(p))+"`")
	}
	return strings.Join(parts, say("when.and"))
}

// valueWords says what a condition asks of one member.
func valueWords(name string, p keywords, lang string) (string, bool) {
	or := phrase(grammarList, "when.or", lang)
	if codes := codesIn(p); codes != nil {
		return phrase(grammarList, "when.is", lang, "name", name, "codes", strings.Join(codes, or)), true
	}
	if codes := codesIn(sub(p, "not")); codes != nil {
		return phrase(grammarList, "when.is_not", lang, "name", name, "codes", strings.Join(codes, or)), true
	}
	if codes := codesIn(sub(p, "contains")); codes != nil {
		return name + ": " + phrase(grammarList, "when.among", lang, "codes", strings.Join(codes, or)), true
	}
	return "", false
}

// codesIn returns the codes of a const or an enum that stands alone.
func codesIn(p keywords) []string {
	switch {
	case p["const"] != nil:
		return []string{plain(p["const"])}
	case p["enum"] != nil:
		return strs(p["enum"])
	}
	return nil
}

// shownSchema leaves out what expanding added.
func shownSchema(v any) any {
	switch v := v.(type) {
	case keywords:
		out := make(keywords, len(v))
		for name, child := range v {
			if !strings.HasPrefix(name, "$") {
				out[name] = shownSchema(child)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, child := range v {
			out[i] = shownSchema(child)
		}
		return out
	}
	return v
}
