package schemas

import (
	"encoding/json"
	"slices"
)

// askKeyword is our annotation at a property of a section that may be missing
// when it is filed, since a frightened person must not wait for an answer, and
// that the receiver needs all the same.
const askKeyword = "x-ask"

// notKnown is the code that every list has for an answer that nobody has yet.
const notKnown = "unknown"

// Missing says what to ask for later: one problem with CodeAsk for each property
// of a section that its schema marks with x-ask and that is absent or "unknown",
// or a set that holds only "unknown", in alphabetical order. Pointers are those
// of the section in an open event's data, as in "/sections/offer/language".
//
// A nil plaintext, or one that cannot be read, means that the whole section is
// missing: one problem, "/sections/offer". Nothing is missing from a section
// that does not exist. Missing is no check: it takes plaintext as CheckSection
// left it, and none of what it says is a reason to refuse.
func Missing(section string, plaintext []byte) []Problem {
	if !slices.Contains(Sections(), section) {
		return nil
	}
	at := "/sections/" + section
	var said map[string]any
	if json.Unmarshal(plaintext, &said) != nil || said == nil {
		return []Problem{{Pointer: at, Code: CodeAsk}}
	}
	var missing []Problem
	for _, name := range asked(section) {
		if !known(said[name]) {
			missing = append(missing, Problem{Pointer: at + "/" + name, Code: CodeAsk})
		}
	}
	return missing
}

// asked lists the properties of a section that are asked for later, sorted.
func asked(section string) []string {
	set, err := compiled()
	if err != nil {
		return nil
	}
	properties, _ := resolve(set.documents[schemaID(sectionNoun+"."+section)], "/properties").(map[string]any)
	var names []string
	for name, property := range properties {
		if resolve(property, "/"+askKeyword) == true {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// known reports whether a value answers the question.
func known(value any) bool {
	if set, ok := value.([]any); ok {
		return slices.ContainsFunc(set, known)
	}
	return value != nil && value != notKnown
}
