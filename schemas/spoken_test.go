package schemas_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/saphan-project/saphan/schemas"
)

// spokenLists are those that a worker hears or holds. A list is taken off here
// only when no worker meets its words any more.
var spokenLists = []string{
	"access_need", "age_class", "agency_kind", "answer", "capacity", "channel", "contact_way", "decision", "document_holder",
	"document_kind", "ilo11", "language", "migration_status", "neutral_reason", "outcome", "payee", "people_band",
	"phone_holder", "present", "result", "safe_contact", "section", "service", "service_subtype", "sex", "told", "transport",
	"urgent_need", "weekday",
}

// six are the languages of what a worker hears or holds, English first.
var six = []string{"en", "th", "my", "km", "lo", "vi"}

// sameInEnglish are the labels that may read as in English: digits, and the name
// of a standard.
var sameInEnglish = map[string][]string{
	"age_band":        {"0-11", "12-14", "15-17", "18-24", "25-59"},
	"people_band":     {"1", "2-4", "5-19"},
	"activity_scheme": {"isic"},
}

// ofProgram are the lists of fragments that sentences are put together from: a
// fragment may begin or end with a space, and a technical word stays as it is.
var ofProgram = []string{"grammar", "page", "change"}

// scripts are what a language is written in.
var scripts = map[string]*unicode.RangeTable{
	"en": unicode.Latin, "vi": unicode.Latin, "th": unicode.Thai, "my": unicode.Myanmar, "km": unicode.Khmer, "lo": unicode.Lao,
}

// misspelt are sequences that look right on some screens and are wrong in all
// words: they sort, search and break elsewhere, and a screen reader stumbles.
// Those under NFC are all that Unicode's canonical form would change in letters
// and marks of the six languages, so that words that pass are in NFC.
var misspelt = []struct {
	name  string
	langs []string
	signs *regexp.Regexp
	wrong string // an example
}{
	{"space at an end, or two", six, regexp.MustCompile(`^\s|\s$|\s\s`), "a  b"},
	{"a space or joiner that nobody sees", six, regexp.MustCompile(`[\x{a0}\x{ad}\x{2000}-\x{200f}\x{2028}-\x{202f}\x{2060}\x{feff}]`), "a\u200bb"},
	{"NFC: a letter and its accent apart", six, regexp.MustCompile(`[\x{300}-\x{36f}\x{212a}\x{212b}]`), "a\u0301"},
	{"NFC: tone before the vowel below", six[1:2], regexp.MustCompile(`[\x{e48}-\x{e4b}][\x{e38}-\x{e3a}]|[\x{e38}\x{e39}]\x{e3a}`), "\u0e01\u0e48\u0e38"},
	{"two E for AE, or AM in two", six[1:2], regexp.MustCompile(`\x{e40}\x{e40}|\x{e4d}[\x{e48}-\x{e4b}]?\x{e32}`), "\u0e40\u0e40\u0e01"},
	{"NFC: asat before the dot below, or UU in two", six[2:3], regexp.MustCompile(`[\x{1039}\x{103a}]\x{1037}|\x{1025}\x{102e}`), "\u1004\u103a\u1037"},
	{"E not after its consonant, as in Zawgyi", six[2:3], regexp.MustCompile(`(^|[^\x{1000}-\x{1021}\x{103b}-\x{103f}])\x{1031}`), "\u1031\u1014"},
	{"stacker under nothing, as in Zawgyi", six[2:3], regexp.MustCompile(`\x{1039}($|[^\x{1000}-\x{1021}])`), "\u1014\u1039"},
	{"a sign that only Zawgyi or another language uses", six[2:3], regexp.MustCompile(`[\x{1022}\x{1028}\x{1033}-\x{1035}\x{1050}-\x{109f}]`), "\u1000\u1060"},
	{"digit for a letter", six[2:3], regexp.MustCompile(`[\x{1040}-\x{1049}][\x{102b}-\x{103e}]`), "\u1040\u102f"},
	{"NFC: stacker after the mark above", six[3:4], regexp.MustCompile(`\x{17dd}\x{17d2}`), "\u1780\u17dd\u17d2"},
	{"stacker under nothing, or a vowel in two", six[3:4], regexp.MustCompile(`\x{17d2}($|[^\x{1780}-\x{17b3}])|\x{17c1}[\x{17b6}\x{17b8}]`), "\u1780\u17c1\u17b8"},
	{"NFC: tone before the vowel below", six[4:5], regexp.MustCompile(`[\x{ec8}-\x{ecb}][\x{eb8}-\x{eba}]|[\x{eb8}\x{eb9}]\x{eba}`), "\u0e81\u0ec8\u0eb8"},
	{"two E for EI, AM or HO in two", six[4:5], regexp.MustCompile(`\x{ec0}\x{ec0}|\x{ecd}[\x{ec8}-\x{ecb}]?\x{eb2}|\x{eab}[\x{e99}\x{ea1}]`), "\u0eab\u0ea1"},
}

func TestSpokenListsAreInSixLanguages(t *testing.T) {
	t.Parallel()
	var spoken []string
	for _, list := range schemas.Lists() {
		want := six[:2]
		if schemas.Spoken(list) {
			spoken, want = append(spoken, list), six
		}
		for _, c := range schemas.Codes(list) {
			wantWords(t, list+" "+c.Code, c.Labels, want)
			if diff := cmp.Diff(want[1:], c.Draft); diff != "" {
				t.Errorf("%s: every language but English is a draft (-want +got):\n%s", list, diff)
			}
			for lang, label := range c.Labels {
				if lang != "en" && label == c.Labels["en"] && !slices.Contains(ofProgram, list) && !slices.Contains(sameInEnglish[list], c.Code) {
					t.Errorf("%s %s: the label in %s is the English one", list, c.Code, lang)
				}
			}
		}
	}
	if diff := cmp.Diff(spokenLists, spoken); diff != "" {
		t.Errorf("spoken lists (-want +got):\n%s", diff)
	}
	if schemas.Spoken("no_such_list") {
		t.Error("a list that does not exist is spoken")
	}
}

// wantWords wants words in exactly these languages.
func wantWords(t *testing.T, at string, words map[string]string, langs []string) {
	t.Helper()
	if len(words) != len(langs) {
		t.Errorf("%s is in %d languages, want %d", at, len(words), len(langs))
	}
	for _, lang := range langs {
		if words[lang] == "" {
			t.Errorf("%s lacks %s", at, lang)
		}
	}
}

func TestWordsAreInTheScriptOfTheirLanguage(t *testing.T) {
	t.Parallel()
	for _, list := range schemas.Lists() {
		for _, c := range schemas.Codes(list) {
			for _, words := range []map[string]string{c.Labels, c.Hint, c.Ask, c.Look} {
				for lang, text := range words {
					if slices.Contains(ofProgram, list) {
						text = strings.TrimSpace(text)
					}
					for _, wrong := range misspellings(lang, text, schemas.Spoken(list)) {
						t.Errorf("%s %s in %s: %s: %+q", list, c.Code, lang, wrong, text)
					}
				}
			}
		}
	}
}

func TestMisspellingsAreFound(t *testing.T) {
	t.Parallel()
	for _, m := range misspelt {
		for _, lang := range m.langs {
			if !slices.Contains(misspellings(lang, m.wrong, false), m.name) {
				t.Errorf("%s: %s is not found in %+q", lang, m.name, m.wrong)
			}
		}
	}
	for _, tc := range []struct {
		lang, text    string
		spoken, wrong bool
	}{
		{"my", "\u1019\u103c\u1031, \u1004\u103a\u1039\u1002\u1031", true, false}, // E after a medial, and under a kinzi
		{"my", "\u1014 \u1031\u1014", true, true},                                 // E after a space
		{"km", "ກ", true, true}, {"vi", "а", true, true},                          // the second one is Cyrillic
		{"th", "ISIC", true, true}, {"th", "ISIC", false, false},
		{"en", "a–b, 2+", true, false}, {"lo", "1–2", true, false},
	} {
		if got := misspellings(tc.lang, tc.text, tc.spoken); (len(got) > 0) != tc.wrong {
			t.Errorf("%s %+q: %v", tc.lang, tc.text, got)
		}
	}
}

// misspellings says what is wrong with the writing of a text. Nobody reads aloud
// the names of formats and standards, so they may be in Latin letters elsewhere.
func misspellings(lang, text string, spoken bool) []string {
	var found []string
	foreign := func(r rune) bool {
		return !unicode.In(r, scripts[lang], unicode.Common, unicode.Inherited) && (spoken || !unicode.Is(unicode.Latin, r))
	}
	if strings.ContainsFunc(text, foreign) {
		found = append(found, "has letters of another script")
	}
	for _, m := range misspelt {
		if slices.Contains(m.langs, lang) && m.signs.MatchString(text) {
			found = append(found, m.name)
		}
	}
	return found
}

func TestEveryIndicatorCanBeAskedAbout(t *testing.T) {
	t.Parallel()
	for _, list := range schemas.Lists() {
		for _, c := range schemas.Codes(list) {
			if list != "ilo11" {
				if c.Ask != nil || c.Look != nil {
					t.Errorf("%s %s: only the eleven indicators have a question", list, c.Code)
				}
				continue
			}
			wantWords(t, "the question of "+c.Code, c.Ask, six)
			wantWords(t, "what to look for: "+c.Code, c.Look, six[:2])
		}
	}
}

func TestCodesMayBeChangedByWhoeverAsked(t *testing.T) {
	t.Parallel()
	c := schemas.Codes("ilo11")[0]
	c.Labels["en"], c.Ask["en"], c.Look["en"] = "changed", "changed", "changed"
	schemas.Codes("means_of_control")[0].Standards[schemas.HTCDS] = "changed"
	schemas.Codes("delphi")[0].ILO11[0] = "changed"
	again := schemas.Codes("ilo11")[0]
	value, _ := schemas.Crosswalk("means_of_control", "debt_bondage", schemas.HTCDS)
	for _, got := range []string{again.Labels["en"], again.Ask["en"], again.Look["en"], value, schemas.Codes("delphi")[0].ILO11[0]} {
		if got == "changed" {
			t.Error("the list itself was changed")
		}
	}
}
