package schemas_test

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saphan-project/saphan/schemas"
)

func page(t testing.TB, name, lang string) schemas.Page {
	t.Helper()
	p, ok := schemas.PageOf(name, lang)
	if !ok {
		t.Fatalf("no page of %s", name)
	}
	return p
}

// memberAt follows names through the members of a page.
func memberAt(t testing.TB, p schemas.Page, path string) schemas.Member {
	t.Helper()
	members, found := p.Members, schemas.Member{}
	for name := range strings.SplitSeq(path, ".") {
		i := slices.IndexFunc(members, func(m schemas.Member) bool { return m.Name == name })
		if i < 0 {
			t.Fatalf("%s: no member %s", p.Name, path)
		}
		found, members = members[i], members[i].Members
	}
	return found
}

func TestEveryTypeAndSectionHasItsPage(t *testing.T) {
	t.Parallel()
	var want []string
	for _, typ := range schemas.Types() {
		want = append(want, typ.Name)
	}
	for _, s := range schemas.Sections() {
		want = append(want, "section."+s)
	}
	if diff := cmp.Diff(want, schemas.Pages()); diff != "" {
		t.Errorf("pages (-want +got):\n%s", diff)
	}
	for _, name := range want {
		p := page(t, name, "en")
		raw, _ := schemas.Schema(name)
		var schema struct {
			Description string
			Properties  map[string]json.RawMessage
		}
		if err := json.Unmarshal(raw, &schema); err != nil {
			t.Fatal(err)
		}
		got := map[string]json.RawMessage{}
		for _, m := range p.Members {
			got[m.Name] = schema.Properties[m.Name]
			if m.Meaning == "" || m.Type == "" || m.Sensitivity == "" {
				t.Errorf("%s: %s is not told whole", name, m.Name)
			}
		}
		if len(got) != len(schema.Properties) || len(got) != len(p.Members) || p.Purpose != schema.Description || p.Words == "" {
			t.Errorf("%s: the page leaves something out", name)
		}
	}
	for _, name := range []string{"", "common", "referral.eaten", "offer", "section.diary", "../common"} {
		if _, ok := schemas.PageOf(name, "en"); ok {
			t.Errorf("there is a page of %q", name)
		}
	}
}

// placeholder is what a phrase looks like that was not filled in.
var placeholder = regexp.MustCompile(`\{[a-z]+\}`)

func TestPagesAreMarkdownAndReadWell(t *testing.T) {
	t.Parallel()
	for _, name := range schemas.Pages() {
		for _, lang := range []string{"en", "th"} {
			p := page(t, name, lang)
			text := p.Text()
			prose := slices.Collect(outsideCode(text))
			if strings.Count(text, "```")%2 != 0 || !strings.HasPrefix(text, "# "+name+" · ") || !strings.HasSuffix(text, "\n") {
				t.Errorf("%s in %s: no whole page", name, lang)
			}
			for _, line := range prose {
				if lang == "en" && len([]rune(line)) > 96 || strings.HasSuffix(line, " ") {
					t.Errorf("%s: a line is too long, or ends in a blank: %s", name, line)
				}
			}
			words := strings.Join(prose, "\n")
			if found := placeholder.FindString(words); found != "" {
				t.Errorf("%s in %s: %s was not filled in", name, lang, found)
			}
			if thai := strings.ContainsFunc(words, func(r rune) bool { return r >= 'ก' && r <= '๙' }); thai != (lang == "th") {
				t.Errorf("%s: the page in %s is in the wrong language", name, lang)
			}
			if !strings.Contains(text, strings.TrimSpace(string(p.Example))) {
				t.Errorf("%s: the example is missing", name)
			}
			eachMember(p.Members, func(m schemas.Member) {
				if !strings.Contains(words, "`"+m.Name+"` (") {
					t.Errorf("%s in %s: %s is missing", name, lang, m.Name)
				}
			})
		}
	}
}

func eachMember(members []schemas.Member, see func(schemas.Member)) {
	for _, m := range members {
		see(m)
		eachMember(m.Members, see)
	}
}

// outsideCode yields the lines of a page that are no code.
func outsideCode(text string) func(func(string) bool) {
	return func(yield func(string) bool) {
		code := false
		for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
			if strings.HasPrefix(line, "```") {
				code = !code
				continue
			}
			if !code && !yield(line) {
				return
			}
		}
	}
}

func TestAPageSaysWhenAMemberIsNeeded(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ page, member, needed, when, sensitivity string }{
		{"referral.requested", "service", "required", "", "fact"},
		{"referral.requested", "act_before", "optional", "", "fact"},
		{"referral.requested", "area.code", "conditional", "when kind is province", "fact"},
		{"case.opened", "sealed", "desk", "", "fact"},
		{"case.opened", "from.event", "required", "", "fact"},
		{"section.offer", "pick_up.area.kind", "required", "", "p3"}, // as sensitive as what it is in
		{"section.contact", "guardian.suspect", "required", "", "p4"},
		{"agency.registered", "kind", "required", "", "public"},
	} {
		m := memberAt(t, page(t, tc.page, "en"), tc.member)
		if m.Needed != tc.needed || m.When != tc.when || m.Sensitivity != tc.sensitivity {
			t.Errorf("%s %s: %s, %q, %s", tc.page, tc.member, m.Needed, m.When, m.Sensitivity)
		}
	}
}

func TestAPageSaysInWordsWhatAValueIs(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ page, member, list, en string }{
		{"referral.requested", "referral", "", "32 lower-case hex digits, not all zero"},
		{"referral.requested", "priority", "priority", "one of: emergency, urgent, normal"},
		{"referral.requested", "area.code", "area", "a code of the list area (77)"},
		{"case.opened", "areas", "", "a list of at most 8, none twice, each an object"},
		{"section.offer", "people", "", "a whole number, 1 to 500"},
		{"section.offer", "already_called", "", "a list of at most 10, each an object"},
		{"section.account", "debt.currency", "", "text that fits `^[A-Z]{3}$`"},
	} {
		m := memberAt(t, page(t, tc.page, "en"), tc.member)
		if m.Type != tc.en || m.List != tc.list {
			t.Errorf("%s %s: %q of %q", tc.page, tc.member, m.Type, m.List)
		}
	}
}

func TestAPageSaysWhatDependsOnWhat(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ page, en, th string }{
		{"case.opened", "when kind is situation: only these sections may come with it: site.", "เมื่อ kind เป็น situation: แนบได้เฉพาะส่วนเหล่านี้: site."},
		{"finding.recorded", "In `violations`: when none_found is among them: at most 1 in the list.", ""},
		{"referral.requested", "In `area`: unless kind is province: give only kind.", ""},
		{"section.identity", "Give at least 1 of the members.", "ต้องมีสมาชิกอย่างน้อย 1"},
	} {
		if got := page(t, tc.page, "en").Rules; !slices.Contains(got, tc.en) {
			t.Errorf("%s: %q", tc.page, got)
		}
		if got := page(t, tc.page, "th").Rules; tc.th != "" && !slices.Contains(got, tc.th) {
			t.Errorf("%s: %q", tc.page, got)
		}
	}
}

// Whoever gives what the page calls required, and nothing else around the data,
// files something that the desk takes; whoever leaves out any of it does not.
func TestWhatAPageCallsRequiredIsEnoughAndIsNeeded(t *testing.T) {
	t.Parallel()
	for _, typ := range schemas.Types() {
		p := page(t, typ.Name, "en")
		if typ.Author != schemas.AnyAgency {
			if p.Author != typ.Author || len(p.Attributes) > 0 || strings.Contains(p.Text(), "/v1/events") {
				t.Errorf("%s: the page lets an agency file it", typ.Name)
			}
			continue
		}
		var whole map[string]any
		if err := json.Unmarshal(p.Example, &whole); err != nil {
			t.Fatal(err)
		}
		least := map[string]any{}
		for _, a := range p.Attributes {
			if a.Needed == "required" {
				least[a.Name] = whole[a.Name]
			}
		}
		if err := fileable(t, least); err != nil {
			t.Errorf("%s: what is required is not enough: %v", typ.Name, err)
		}
		for name := range least {
			without := maps.Clone(least)
			delete(without, name)
			if fileable(t, without) == nil {
				t.Errorf("%s: %s is called required, and may be left out", typ.Name, name)
			}
		}
		facts, _ := whole["data"].(map[string]any)
		for _, m := range p.Members {
			if m.Needed != "required" {
				continue
			}
			less := maps.Clone(facts)
			delete(less, m.Name)
			if fileable(t, with(least, "data", less)) == nil {
				t.Errorf("%s: %s is called required, and may be left out", typ.Name, m.Name)
			}
		}
	}
}

func fileable(t *testing.T, doc map[string]any) error {
	t.Helper()
	raw, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	_, err = checkOpen(raw)
	return err
}
