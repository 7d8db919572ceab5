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
	// the service of a service_subtype, the delphi_dimension of an indicator.
	Of string `json:"of,omitempty"`
	// Group is the heading under which a service is shown, of the list service_group.
	Group string `json:"group,omitempty"`
	// ILO11 and Delphi are the indicators, of the lists so named, that the code can
	// point to: something to ask about, not something that is proved.
	ILO11  []string `json:"ilo11,omitempty"`
	Delphi []string `json:"delphi,omitempty"`
	// Weight is what an indicator of the list delphi counts for.
	Weight Weight `json:"weight,omitzero"`
	// Standards are the names of the same thing elsewhere, by standard; Crosswalk
	// and FromStandard read them.
	Standards map[string]string `json:"standards,omitempty"`
	// Labels are the words on screen by language (ISO 639-1). English is always there.
	Labels map[string]string `json:"labels"`
	// Hint gives examples by language, for whoever chooses a code.
	Hint map[string]string `json:"hint,omitempty"`
	// Ask is a question to a worker, by language; Look is what an inspector looks
	// for. Both belong to the list ilo11.
	Ask  map[string]string `json:"ask,omitempty"`
	Look map[string]string `json:"look,omitempty"`
	// Draft lists the languages whose words nobody from the field has reviewed.
	Draft []string `json:"draft,omitempty"`
}

// Weight is how much an indicator counts, by profile: "strong", "medium" or
// "weak", and "none" where it is not in the list for that profile.
type Weight struct {
	Adult string `json:"adult"`
	Child string `json:"child"`
}

// codeList is a file of the folder codes.
type codeList struct {
	About  string `json:"about"`
	Source string `json:"source"`
	// Version is that of the standard, where its wording or weights may change.
	Version string `json:"version"`
	// Spoken marks a list whose words a worker hears or holds: it is in six languages.
	Spoken bool `json:"spoken"`
	// Imports are spellings that are read and never written, by standard.
	Imports map[string]map[string]string `json:"imports"`
	Draft   []string                     `json:"draft"`
	Codes   []Code                       `json:"codes"`
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
	for i, c := range codes {
		c.Labels, c.Hint, c.Ask, c.Look = maps.Clone(c.Labels), maps.Clone(c.Hint), maps.Clone(c.Ask), maps.Clone(c.Look)
		c.ILO11, c.Delphi, c.Standards = slices.Clone(c.ILO11), slices.Clone(c.Delphi), maps.Clone(c.Standards)
		c.Draft = slices.Clone(l.Draft)
		codes[i] = c
	}
	return codes
}

// Spoken reports whether a worker hears or holds the words of a list. Those are
// in English, Thai, Burmese, Khmer, Lao and Vietnamese; all others in English and
// Thai.
func Spoken(list string) bool {
	lists, err := codeLists()
	return err == nil && lists[list].Spoken
}

// ListVersion returns the version of the standard that a list follows, as in
// "2009-wcms_105023" for delphi, or "" where the list has none. What is computed
// from a list is kept with its version.
func ListVersion(list string) string {
	lists, err := codeLists()
	if err != nil {
		return ""
	}
	return lists[list].Version
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
