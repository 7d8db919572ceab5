package schemas_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saphan-project/saphan/schemas"
)

// spokenLists are those that a worker hears or holds. A list is taken off here
// only when no worker meets its words any more.
var spokenLists = []string{
	"age_class", "agency_kind", "answer", "contact_way", "ilo11", "language", "neutral_reason", "people_band", "phone_holder",
	"present", "safe_contact", "section", "service", "service_subtype", "sex", "told",
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

// scripts are what a language is written in; Vietnamese writes Latin letters.
var scripts = map[string][2]rune{
	"th": {0x0e00, 0x0e7f}, "my": {0x1000, 0x109f}, "km": {0x1780, 0x17ff}, "lo": {0x0e80, 0x0eff},
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
			labels := c.Labels
			if slices.Contains(ofProgram, list) {
				labels = trimmed(labels)
			}
			wantWords(t, list+" "+c.Code, labels, want)
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

func trimmed(words map[string]string) map[string]string {
	out := make(map[string]string, len(words))
	for lang, text := range words {
		out[lang] = strings.TrimSpace(text)
	}
	return out
}

// wantWords wants words in exactly these languages, each in its own script.
func wantWords(t *testing.T, at string, words map[string]string, langs []string) {
	t.Helper()
	if len(words) != len(langs) {
		t.Errorf("%s is in %d languages, want %d", at, len(words), len(langs))
	}
	for _, lang := range langs {
		text := words[lang]
		if text == "" || text != strings.TrimSpace(text) {
			t.Errorf("%s lacks %s", at, lang)
		}
		for other, block := range scripts {
			foreign := func(r rune) bool { return r >= block[0] && r <= block[1] }
			if other != lang && strings.ContainsFunc(text, foreign) {
				t.Errorf("%s: %s has letters of %s", at, lang, other)
			}
		}
	}
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
