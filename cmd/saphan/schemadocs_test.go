package main

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saphan-project/saphan/schemas"
)

// TestDocsTellWhoMayFileEveryType: each page of a type of event says who may file
// it, when, and who sees it; in words, and in codes for programs.
func TestDocsTellWhoMayFileEveryType(t *testing.T) {
	t.Parallel()
	for lang, titles := range map[string][]string{
		"en": {"\n## Who may file it, and when\n", "\n## Who sees it\n"}, "th": {"\n## ใครยื่นได้ และเมื่อใด\n", "\n## ใครเห็น\n"},
	} {
		var unsealed []string
		for _, p := range docsPages(t, lang) {
			if event := p.Kind == "event"; event != (p.Access != nil) {
				t.Errorf("%s: access is told: %v", p.Name, !event)
			}
			for _, title := range titles {
				if got := strings.Contains(p.Text(), title); got != (p.Access != nil) {
					t.Errorf("%s in %s: %s is there: %v", p.Name, lang, title, got)
				}
			}
			if p.Access == nil {
				continue
			}
			checkAccess(t, p)
			if len(p.Sections) > 0 && len(p.Access.Opens) == 0 {
				unsealed = append(unsealed, p.Name)
			}
		}
		if diff := cmp.Diff([]string{"referral.requested"}, unsealed); diff != "" {
			t.Errorf("types whose sections the desk files as content.shared (-want +got):\n%s", diff)
		}
	}
}

func docsPages(t *testing.T, lang string) []schemas.Page {
	t.Helper()
	var told struct{ Pages []schemas.Page }
	got := (&cliDesk{}).play(t, "", "schema", "docs", "--json", "--lang", lang)
	if err := json.Unmarshal([]byte(got.out), &told); err != nil || len(told.Pages) != len(schemas.Pages()) {
		t.Fatalf("%v: %d pages: %s", err, len(told.Pages), got.err)
	}
	return told.Pages
}

// quotedName is how the words of a rule name a member, a section or a code.
var quotedName = regexp.MustCompile("`([a-z_]+)`")

// checkAccess: a row has an author and words for everything, a hub's type is the
// hub's alone, and what the words name in backquotes the reader finds on the page.
func checkAccess(t *testing.T, p schemas.Page) {
	t.Helper()
	if p.Access.Ledger == (p.Name == "access.ended") || p.Access.Ledger != (len(p.Access.By) > 0) {
		t.Errorf("%s: ledger %v, by %v", p.Name, p.Access.Ledger, p.Access.By)
	}
	hub := slices.ContainsFunc(p.Access.By, func(r schemas.Rule) bool { return r.Code == "the_hub" })
	if p.Access.Ledger && hub != (p.Author != "agency") {
		t.Errorf("%s: by the hub: %v, and its author is %s", p.Name, hub, p.Author)
	}
	for _, r := range slices.Concat(p.Access.By, p.Access.When, p.Access.Sees, p.Access.Opens) {
		if r.Words == r.Code {
			t.Errorf("%s: %s has no words", p.Name, r.Code)
		}
		for _, found := range quotedName.FindAllStringSubmatch(r.Words, -1) {
			if !onPage(p, found[1]) {
				t.Errorf("%s: the words of %s name %s, which is not on the page", p.Name, r.Code, found[1])
			}
		}
	}
}

// onPage reports whether a name is a member of the data, a section that may come
// with it, or a code that a member takes.
func onPage(p schemas.Page, name string) bool {
	return slices.ContainsFunc(p.Members, func(m schemas.Member) bool { return m.Name == name }) ||
		slices.ContainsFunc(p.Sections, func(s schemas.PagePart) bool { return s.Name == name }) ||
		slices.ContainsFunc(p.Lists, func(l schemas.PageCodes) bool {
			return slices.ContainsFunc(l.Codes, func(c schemas.Code) bool { return c.Code == name })
		})
}
