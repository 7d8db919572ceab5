package schemas_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/saphan-project/saphan/schemas"
)

func TestWrap(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		text          string
		column, limit int
		want          string
	}{
		"fits":        {"one  two", 2, 9, "one two"},
		"breaks":      {"one two", 3, 9, "one\n  two"},
		"longer word": {"a toolongforthis b", 2, 6, "a\n  toolongforthis\n  b"},
		"marks":       {"ที่พัก ที่พัก", 0, 7, "ที่พัก ที่พัก"},
		"nothing":     {"", 2, 9, ""},
	} {
		if diff := cmp.Diff(tc.want, schemas.Wrap(tc.text, tc.column, 2, tc.limit)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// Wrapping moves blanks and nothing else, and a line is too long only by its one word.
func TestWrapKeepsTheWords(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		words := rapid.SliceOf(rapid.StringMatching(`[a-zก-๙]{1,9}`)).Draw(rt, "words")
		got := schemas.Wrap(strings.Join(words, " "), 0, 2, 20)
		if diff := cmp.Diff(strings.Fields(strings.Join(words, " ")), strings.Fields(got)); diff != "" {
			rt.Fatalf("(-want +got):\n%s", diff)
		}
		for line := range strings.SplitSeq(got, "\n") {
			if schemas.Columns(line) > 20 {
				rt.Fatalf("%q is too long", line)
			}
		}
	})
}
