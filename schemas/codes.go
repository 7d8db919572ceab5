package schemas

import (
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
)

// Code is one entry of a code list. The code is stable and means the same for
// ever; what people read are its labels.
type Code struct {
	Code string `json:"code"`
	// Of is the code that this one belongs to, where a list refines another one:
	// the service of a service_subtype.
	Of string `json:"of,omitempty"`
	// Labels are the words on screen by language (ISO 639-1). English is always there.
	Labels map[string]string `json:"labels"`
	// Draft lists the languages whose labels nobody from the field has reviewed.
	Draft []string `json:"draft,omitempty"`
}

// codeList is a file of the folder codes.
type codeList struct {
	About  string   `json:"about"`
	Source string   `json:"source"`
	Draft  []string `json:"draft"`
	Codes  []Code   `json:"codes"`
}

// fallback is the language of labels that have no other.
const fallback = "en"

// codeLists reads every code list once. A test reads them all, so those of a
// released program can be read.
var codeLists = sync.OnceValues(func() (map[string]codeList, error) {
	entries, err := files.ReadDir("codes")
	if err != nil {
		return nil, fmt.Errorf("read code lists: %w", err)
	}
	lists := make(map[string]codeList, len(entries))
	for _, entry := range entries {
		var list codeList
		raw, err := files.ReadFile(path.Join("codes", entry.Name()))
		if err == nil {
			err = json.Unmarshal(raw, &list)
		}
		if err != nil {
			return nil, fmt.Errorf("read code list %s: %w", entry.Name(), err)
		}
		lists[strings.TrimSuffix(entry.Name(), ".json")] = list
	}
	return lists, nil
})

// Lists returns the names of the code lists in alphabetical order.
func Lists() []string {
	lists, err := codeLists()
	if err != nil {
		return nil
	}
	names := make([]string, 0, len(lists))
	for name := range lists {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Codes returns the entries of a list in the order in which they are shown; none
// when there is no such list. The lists are files of schemas/codes; the schemas
// name theirs beside each enum as x-list.
func Codes(list string) []Code {
	lists, err := codeLists()
	if err != nil {
		return nil
	}
	l := lists[list]
	codes := slices.Clone(l.Codes)
	for i := range codes {
		codes[i].Labels = maps.Clone(codes[i].Labels)
		codes[i].Draft = slices.Clone(l.Draft)
	}
	return codes
}

// AboutList says in English what a list holds and where it comes from; both are
// empty when there is no such list.
func AboutList(list string) (about, source string) {
	lists, err := codeLists()
	if err != nil {
		return "", ""
	}
	return lists[list].About, lists[list].Source
}

// Label returns the words for a code in a language, else in English, else the
// code itself. List "event" holds the words on screen for types of events by
// short name ("referral.requested": "Filed"), list "trace" those for a row of a
// trace ("referral filed").
func Label(list, code, lang string) string {
	lists, err := codeLists()
	if err != nil {
		return code
	}
	for _, c := range lists[list].Codes {
		if c.Code != code {
			continue
		}
		for _, l := range []string{lang, fallback} {
			if words := c.Labels[l]; words != "" {
				return words
			}
		}
	}
	return code
}

// Label returns the words for an area, as in "Samut Sakhon" or "at sea".
func (a Area) Label(lang string) string {
	if a.Code != "" {
		return Label("area", a.Code, lang)
	}
	return Label("area", a.Kind, lang)
}

// Sections returns the names of the sections of this version.
func Sections() []string { return codesOf(sectionNoun) }

// HasCode reports whether a list has a code.
func HasCode(list, code string) bool { return slices.Contains(codesOf(list), code) }

func codesOf(list string) []string {
	lists, err := codeLists()
	if err != nil {
		return nil
	}
	var codes []string
	for _, c := range lists[list].Codes {
		codes = append(codes, c.Code)
	}
	return codes
}
