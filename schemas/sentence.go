package schemas

import "strings"

// maxSpelledOut is how long a list may be to be spelled out in a sentence.
const maxSpelledOut = 12

// Sentence says in a language ("en", "th") what to do about a problem. It holds
// words and codes of our own, and nothing from the input.
func Sentence(p Problem, lang string) string {
	code := p.Code
	codes := codesOf(p.List)
	switch {
	case len(codes) > maxSpelledOut:
		code = "enum_in"
	case len(codes) > 0:
		code = "enum_of"
	}
	words := Label("problem", code, lang)
	if words == code {
		words = Label("problem", "other", lang)
	}
	return strings.NewReplacer("{codes}", strings.Join(codes, ", "), "{list}", p.List).Replace(words)
}
