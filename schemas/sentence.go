package schemas

import (
	"cmp"
	"slices"
	"strings"
)

// maxSpelledOut is how long a list may be to be spelled out in a sentence.
const maxSpelledOut = 12

// Sentence says in a language ("en", "th") what to do about a problem: which
// member, what it must be, and the limit, as far as the problem's Rule or List
// tells. It holds words, codes, names and limits of our own schemas, and nothing
// from the input.
func Sentence(p Problem, lang string) string {
	if p.List != "" {
		return enumSentence(p, lang)
	}
	if p.Names != "" {
		return phrase(problemList, "additionalProperties_of", lang, "names", p.Names)
	}
	if r, ok := ruleAt(p.Rule, lang); ok {
		if words := r.sentence(p, lang); words != "" {
			return words
		}
	}
	if words := attributeSentence(p, lang); words != "" {
		return words
	}
	if !HasCode(problemList, p.Code) {
		p.Code = "other"
	}
	return phrase(problemList, p.Code, lang)
}

// problemList is the code list of the sentences.
const problemList = "problem"

// Meaning says in English what the member is that a problem points to, as its
// schema describes it, or what an element is in; "" where no schema does.
func Meaning(p Problem) string {
	r, ok := ruleAt(p.Rule, fallback)
	if !ok {
		return ""
	}
	return cmp.Or(str(r.about(p), "description"), str(r.owner, "description"))
}

// about is the schema of the member that the problem is about: what a required is
// about is the member that is missing.
func (r rule) about(p Problem) keywords {
	if r.keyword != codeRequired {
		return r.member
	}
	return sub(sub(r.member, "properties"), lastToken(p.Pointer))
}

// enumSentence names the codes of the list, or the list. A rule that takes but a
// part of the list counts more than the list.
func enumSentence(p Problem, lang string) string {
	codes := codesOf(p.List)
	code := p.Code
	switch {
	case len(codes) > maxSpelledOut:
		code = "enum_in"
	case len(codes) > 0:
		code = "enum_of"
	}
	return phrase(problemList, code, lang, "codes", strings.Join(codes, ", "), "list", p.List)
}

// sentence words a rule of a schema; "" when there are no words for it.
func (r rule) sentence(p Problem, lang string) string {
	if r.keyword == sectionsKey {
		return sectionsSentence(strs(r.holder[sectionsKey]), lang)
	}
	code, limit, names := r.keyword+"_of", limitOf(r.holder, r.keyword), members(r.member)
	switch only, left := onlyMembers(r.member, r.holder), strs(sub(r.holder, "not")[codeRequired]); {
	case r.when != "" && only != nil:
		code, names = "maxProperties_only", only
	case r.keyword == "not" && len(left) > 0:
		code, names = "not_required", left
	case r.when != "" && r.keyword == "maxItems" && limit == "0":
		code = "maxItems_none"
	case r.when != "" && HasCode(problemList, r.keyword+"_when"):
		code = r.keyword + "_when"
	case r.keyword == "minLength" && limit == "1":
		code = "required_of"
	}
	if !HasCode(problemList, code) {
		return ""
	}
	what := r.what(p, lang)
	words := phrase(problemList, code, lang,
		"limit", limit, "when", r.when, "what", what, "codes", what, "names", strings.Join(names, ", "))
	if r.when != "" && !strings.Contains(words, r.when) {
		full := strings.HasSuffix(words, ".")
		if words = strings.TrimSuffix(words, ".") + " " + r.when; full {
			words += "."
		}
	}
	return words
}

// what says what the member must be. A rule under a condition is narrower than the
// member's own words, so it is shown as it is.
func (r rule) what(p Problem, lang string) string {
	switch {
	case r.keyword == "pattern" && r.when != "":
		return phrase(grammarList, "is.written", lang, "pattern", str(r.holder, r.keyword))
	case r.keyword == "enum" || r.keyword == "const":
		return strings.Join(codesIn(keywords{r.keyword: r.holder[r.keyword]}), ", ")
	case r.keyword == "contains":
		return strings.Join(codesIn(sub(r.holder, r.keyword)), phrase(grammarList, "when.or", lang))
	}
	member := r.about(p)
	words := kindWords(member, lang)
	switch kind := str(member, "type"); {
	case kind == "object":
		return phrase(grammarList, "is.object_of", lang, "names", strings.Join(members(member), ", "))
	case kind == "string" && r.keyword == "type":
		return phrase(grammarList, "is.quoted", lang, "what", words)
	}
	return words
}

// sectionsSentence names the sections that a type takes.
func sectionsSentence(names []string, lang string) string {
	if len(names) == 0 {
		return phrase(problemList, "unexpected_no_sections", lang)
	}
	return phrase(problemList, "unexpected_sections", lang, "names", strings.Join(names, ", "))
}

// attributeSentence words what is wrong with an attribute of the envelope.
func attributeSentence(p Problem, lang string) string {
	name := lastToken(p.Pointer)
	known := HasCode(grammarList, "attr."+name)
	switch {
	case p.Code == CodeUnexpected && name == "sections" && p.Rule == "":
		return ""
	case p.Code == CodeUnexpected && name == "sections":
		return sectionsSentence(nil, lang)
	case p.Code == CodeUnexpected && (known || name == sealedMember):
		return phrase(problemList, "unexpected_here", lang)
	case p.Code == CodeUnexpected:
		return phrase(problemList, "unexpected_top", lang, "names", strings.Join(slices.Concat(openAttributes(), []string{"data"}), ", "))
	case known && p.Code == CodeGrammar:
		return phrase(problemList, "grammar_of", lang, "what", phrase(grammarList, "attr."+name, lang))
	case known && p.Code == codeRequired:
		return phrase(problemList, "required_of", lang, "what", phrase(grammarList, "attr."+name, lang))
	}
	return ""
}

// openAttributes lists the attributes that an event may have in open form.
func openAttributes() []string {
	return slices.DeleteFunc(slices.Clone(attributeOrder), func(name string) bool { return attributes[name].opened == nil })
}

// lastToken is the name at the end of a JSON pointer.
func lastToken(pointer string) string {
	return pointer[strings.LastIndex(pointer, "/")+1:]
}

// Refusal says in a language ("en", "th") what to do about a refusal by its code,
// as in "offer_closed"; "" where its kind says enough.
func Refusal(code, lang string) string {
	if words := Label("refusal", code, lang); words != code {
		return words
	}
	return ""
}
