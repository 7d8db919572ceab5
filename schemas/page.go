package schemas

import (
	"encoding/json"
	"slices"
	"strings"
)

// Page is what somebody who writes a program has to know of a type of event or of
// a section. All of it comes from the schema, its example, and the code lists;
// Text writes it out. Descriptions are in English whatever the language.
type Page struct {
	Name    string `json:"name"`  // as in "referral.requested" or "section.offer"
	Kind    string `json:"kind"`  // "event" or "section"
	Words   string `json:"words"` // what it is called on screen
	Purpose string `json:"purpose"`
	Schema  string `json:"schema"` // the attribute dataschema
	Lang    string `json:"lang"`   // of its words

	// Type, Author ("agency", or the service of the hub), Scope and Classification
	// are those of an event; empty for a section.
	Type           string `json:"type,omitempty"`
	Author         string `json:"author,omitempty"`
	Scope          string `json:"scope,omitempty"`
	Classification string `json:"classification,omitempty"`

	Attributes []Member        `json:"attributes,omitempty"` // of an event in open form
	Members    []Member        `json:"members"`              // of the data
	Rules      []string        `json:"rules,omitempty"`      // what depends on what, in words
	Sections   []PagePart      `json:"sections,omitempty"`   // that may come with the event
	ComesWith  []string        `json:"comes_with,omitempty"` // types that take the section
	Lists      []PageCodes     `json:"lists,omitempty"`      // code lists of its members
	Example    json.RawMessage `json:"example"`
	// Shortcut is a command that files such an event from what the desk knows
	// already. Who has one fills it in.
	Shortcut string `json:"shortcut,omitempty"`
	// Access is who may file such an event, and who sees it. Who knows the rules
	// fills it in; nil says nothing.
	Access *Access `json:"access,omitempty"`
}

// PagePart is a section that may come with an event.
type PagePart struct {
	Name    string `json:"name"` // as in "offer"
	Words   string `json:"words"`
	Purpose string `json:"purpose"`
}

// PageCodes is a code list, or the part of one, that members take their values from.
type PageCodes struct {
	List  string `json:"list"`
	Codes []Code `json:"codes"`
}

// Member is one member of an object, or an attribute of an event.
type Member struct {
	Name string `json:"name"`
	// Needed is "required", "optional", "conditional", "desk" (leave it out: the
	// desk writes it) or "filled" (the desk fills it in where it is left out).
	Needed  string `json:"needed"`
	When    string `json:"when,omitempty"` // what makes a conditional one required, in words
	Type    string `json:"type"`           // kind of value in words
	List    string `json:"list,omitempty"` // code list of the value, or of its elements
	Meaning string `json:"meaning,omitempty"`
	// Sensitivity is the schema's x-sens: fact, public, p2, p3 or p4.
	Sensitivity string `json:"sensitivity,omitempty"`
	// Members are those of an object, or of each object in a list.
	Members []Member `json:"members,omitempty"`
}

// PageOf makes the page of a type of event by its short name, or of a section, as
// in "section.offer", with words in a language ("en", "th"). It reports false when
// there is none of that name.
func PageOf(name, lang string) (Page, bool) {
	root, err := expandEmbedded(name)
	if err != nil || name == "common" {
		return Page{}, false
	}
	p := Page{
		Name: name, Kind: sectionNoun, Purpose: str(root, "description"), Schema: schemaID(name), Lang: lang,
		Example: exampleOf(name),
	}
	m := pageMaker{lang: lang, lists: map[string][]string{}}
	p.Members = m.members(root, "")
	p.Rules = m.rules(root, "")
	p.Lists = m.codeLists()
	if t, ok := TypeNamed(name); ok {
		p.event(t, lang)
		return p, true
	}
	_, section := SplitName(name)
	p.Words = Label(sectionNoun, section, lang)
	for _, t := range Types() {
		if slices.Contains(SectionsOf(t.Name), section) {
			p.ComesWith = append(p.ComesWith, t.Name)
		}
	}
	return p, true
}

// Pages lists the names of all pages: types of events, then sections.
func Pages() []string {
	return slices.DeleteFunc(schemaNames(), func(name string) bool { return name == "common" })
}

// event fills in what the table of types says.
func (p *Page) event(t Type, lang string) {
	p.Kind, p.Words, p.Type = "event", Label("event", t.Name, lang), t.CloudEventType()
	p.Author, p.Scope, p.Classification = t.Author, string(t.Scope), t.Classification
	if t.Author == AnyAgency {
		p.Author = "agency"
		p.Attributes = openForm(t, lang)
	}
	for _, name := range SectionsOf(t.Name) {
		part := PagePart{Name: name, Words: Label(sectionNoun, name, lang)}
		if root, err := expandEmbedded(sectionNoun + "." + name); err == nil {
			part.Purpose = str(root, "description")
		}
		p.Sections = append(p.Sections, part)
	}
}

// openForm lists the attributes of an event as a desk takes it.
func openForm(t Type, lang string) []Member {
	env := &envelope{open: true, typ: t}
	var all []Member
	for _, name := range openAttributes() {
		needed := "filled"
		switch {
		case attributes[name].opened(env):
			needed = "required"
		case name == ExtCause:
			needed = "optional"
		}
		words := phrase(grammarList, "attr."+name, lang)
		if fixed := map[string]string{
			"type": t.CloudEventType(), "dataschema": t.DataSchema(), ExtClassification: t.Classification,
			"subject": scopeWords(t.Scope, lang),
		}[name]; fixed != "" {
			words = fixed
		}
		all = append(all, Member{Name: name, Needed: needed, Type: words})
	}
	return append(all, Member{Name: "data", Needed: "required", Type: phrase(grammarList, "attr.data", lang)})
}

// scopeWords says what the subject of a scope is.
func scopeWords(scope ScopeKind, lang string) string {
	code := "scope." + string(scope)
	if !HasCode(pageList, code) {
		code = "scope.other"
	}
	return phrase(pageList, code, lang, "name", string(scope))
}

// exampleOf reads the good example of a schema.
func exampleOf(name string) []byte {
	raw, err := files.ReadFile(strings.TrimSuffix(schemaPath(name), ".json") + ".ok.json")
	if err != nil {
		return nil
	}
	return raw
}

// pageMaker lists members, and collects the codes that they take.
type pageMaker struct {
	lang  string
	lists map[string][]string // codes in use, by list
	order []string
}

// members lists the members of an object, or of each object in a list. What is
// inside a member of a sensitivity is at least as sensitive.
func (m *pageMaker) members(p keywords, within string) []Member {
	if items := sub(p, "items"); items != nil {
		return m.members(items, within)
	}
	required := strs(p["required"])
	var all []Member
	for _, name := range members(p) {
		part := sub(sub(p, "properties"), name)
		sens := moreSensitive(within, str(part, sensKey))
		member := Member{
			Name: name, Needed: "optional", Type: kindWords(part, m.lang), List: m.note(part),
			Meaning: str(part, "description"), Sensitivity: sens, Members: m.members(part, sens),
		}
		member.When = m.neededWhen(p, name)
		switch {
		case name == sealedMember:
			member.Needed, member.When = "desk", ""
		case slices.Contains(required, name):
			member.Needed, member.When = "required", ""
		case member.When != "":
			member.Needed = "conditional"
		}
		all = append(all, member)
	}
	return all
}

// sensKey is our annotation of how sensitive a member is; sensitivities are its
// values, the least sensitive first.
const sensKey = "x-sens"

var sensitivities = []string{"", "public", "fact", "p2", "p3", "p4"}

func moreSensitive(a, b string) string {
	if slices.Index(sensitivities, a) > slices.Index(sensitivities, b) {
		return a
	}
	return b
}

// neededWhen says under which conditions a member is required; "" when never.
func (m *pageMaker) neededWhen(p keywords, name string) string {
	var whens []string
	for _, c := range conditionsOf(p) {
		if slices.Contains(strs(c.then["required"]), name) {
			whens = append(whens, c.words(m.lang))
		}
	}
	return strings.Join(whens, phrase(grammarList, "when.or", m.lang))
}

// note remembers the codes of a member, and returns the list that they are of.
func (m *pageMaker) note(p keywords) string {
	if items := sub(p, "items"); items != nil {
		return m.note(items)
	}
	list := listOf(p)
	if list == "" {
		return ""
	}
	if m.lists[list] == nil {
		m.order = append(m.order, list)
	}
	for _, code := range strs(p["enum"]) {
		if !slices.Contains(m.lists[list], code) {
			m.lists[list] = append(m.lists[list], code)
		}
	}
	return list
}

// codeLists returns the codes of all members, with their labels.
func (m *pageMaker) codeLists() []PageCodes {
	var all []PageCodes
	for _, list := range m.order {
		codes := Codes(list)
		codes = slices.DeleteFunc(codes, func(c Code) bool { return !slices.Contains(m.lists[list], c.Code) })
		all = append(all, PageCodes{list, codes})
	}
	return all
}

// rules says in words what the members' own lines cannot: what depends on other
// members, and how many there must be. at is where, as in "area".
func (m *pageMaker) rules(p keywords, at string) []string {
	var all []string
	for _, c := range conditionsOf(p) {
		if asks := c.asks(m.lang); len(asks) > 0 {
			all = append(all, m.in(at)+c.words(m.lang)+": "+strings.Join(asks, "; ")+".")
		}
	}
	for _, limit := range []struct{ keyword, code string }{{"minProperties", "rule.at_least"}, {"maxProperties", "rule.at_most"}} {
		if n := limitOf(p, limit.keyword); n != "" {
			code := limit.code
			if at != "" {
				code += "_in"
			}
			all = append(all, phrase(pageList, code, m.lang, "limit", n, "name", "`"+at+"`"))
		}
	}
	if items := sub(p, "items"); items != nil {
		return append(all, m.rules(items, at)...)
	}
	for _, name := range members(p) {
		inside := strings.TrimPrefix(at+"."+name, ".")
		if name != sealedMember {
			all = append(all, m.rules(sub(sub(p, "properties"), name), inside)...)
		}
	}
	return all
}

func (m *pageMaker) in(at string) string {
	if at == "" {
		return ""
	}
	return phrase(pageList, "rule.in", m.lang, "name", "`"+at+"`")
}

// pageList is the code list with the words of pages.
const pageList = "page"
