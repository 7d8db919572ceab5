package schemas

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// pageWidth is how many columns a line of a page takes, code aside.
const pageWidth = 96

// maxCodesShown is how long a code list may be to be shown on a page.
const maxCodesShown = 40

// Text writes the page as Markdown that reads well on a terminal, too: lists and
// short lines, no tables and no HTML.
func (p Page) Text() string {
	w := &pageWriter{lang: p.Lang}
	w.line("# " + p.Name + " · " + p.Words)
	w.paragraph(p.Purpose)
	w.head(p)
	w.access(p)
	if len(p.Attributes) > 0 {
		w.title("title.around")
		w.members(p.Attributes, 0, "")
	}
	w.data(p)
	w.sections(p)
	w.codes(p.Lists)
	w.example(p)
	if p.Author == "agency" {
		w.file(p.Shortcut)
	}
	if p.Kind == "event" {
		w.title("title.tolerate")
		w.numbered("tolerate.")
	}
	return w.b.String()
}

type pageWriter struct {
	b    strings.Builder
	lang string
}

func (w *pageWriter) say(code string, values ...string) string {
	return phrase(pageList, code, w.lang, values...)
}

func (w *pageWriter) line(s string)      { w.b.WriteString(s + "\n") }
func (w *pageWriter) title(code string)  { w.line("\n## " + w.say(code) + "\n") }
func (w *pageWriter) paragraph(s string) { w.line("\n" + wrap(s, 0)) }

// item writes a point of a list, at a depth.
func (w *pageWriter) item(depth int, s string) {
	indent := strings.Repeat("  ", depth)
	w.line(indent + "- " + strings.TrimLeft(wrap(s, 2*depth+2), " "))
}

// numbered writes every point that the list of words has under a prefix.
func (w *pageWriter) numbered(prefix string) {
	for i := 1; HasCode(pageList, prefix+strconv.Itoa(i)); i++ {
		w.item(0, w.say(prefix+strconv.Itoa(i)))
	}
}

func (w *pageWriter) code(language, s string) {
	w.line("\n```" + language + "\n" + strings.TrimRight(s, "\n") + "\n```")
}

// head writes who says it, about what.
func (w *pageWriter) head(p Page) {
	w.line("")
	row := func(code, value string) {
		if value != "" {
			w.item(0, w.say(code)+": "+value)
		}
	}
	row("head.type", quoted(p.Type))
	row("head.schema", quoted(p.Schema))
	switch p.Author {
	case "":
	case "agency":
		row("head.author", w.say("author.agency"))
	default:
		row("head.author", w.say("author.hub", "name", p.Author))
	}
	if p.Scope != "" {
		row("head.subject", scopeWords(ScopeKind(p.Scope), w.lang))
	}
	row("head.classification", quoted(p.Classification))
	row("head.comes_with", strings.Join(p.ComesWith, ", "))
	var names []string
	for _, s := range p.Sections {
		names = append(names, s.Name)
	}
	row("head.sections", strings.Join(names, ", "))
}

func quoted(s string) string {
	if s == "" {
		return ""
	}
	return "`" + s + "`"
}

// data writes the members and what depends on what. A sensitivity that all of
// them have is said once.
func (w *pageWriter) data(p Page) {
	code := "title.members"
	if p.Kind == sectionNoun {
		code = "title.section_members"
	}
	w.title(code)
	used := sensitivitiesOf(p.Members)
	shared := ""
	if len(used) == 1 {
		shared = used[0]
		w.line(wrap(w.say("all.sens", "sens", w.say("sens."+shared))+" "+w.say("rule.closed"), 0) + "\n")
	} else {
		w.line(wrap(w.say("rule.closed")+" "+w.legend(used), 0) + "\n")
	}
	w.members(p.Members, 0, shared)
	if len(p.Rules) > 0 {
		w.title("title.rules")
		for _, rule := range p.Rules {
			w.item(0, upperFirst(rule))
		}
	}
}

// sensitivitiesOf lists the sensitivities that members have, the least first.
func sensitivitiesOf(all []Member) []string {
	used := map[string]bool{}
	var walk func([]Member)
	walk = func(all []Member) {
		for _, m := range all {
			used[m.Sensitivity] = true
			walk(m.Members)
		}
	}
	walk(all)
	return slices.DeleteFunc(slices.Clone(sensitivities), func(s string) bool { return s == "" || !used[s] })
}

// legend explains the marks of sensitivity.
func (w *pageWriter) legend(used []string) string {
	parts := make([]string, len(used))
	for i, s := range used {
		parts[i] = "[" + s + "] " + w.say("sens."+s)
	}
	return strings.Join(parts, "; ") + "."
}

// members writes a line for each: its name, whether it has to be there, what it
// is, and what it means.
func (w *pageWriter) members(all []Member, depth int, shared string) {
	for _, m := range all {
		needed := w.say("needed."+m.Needed, "when", m.When)
		s := fmt.Sprintf("`%s` (%s): %s.", m.Name, needed, strings.TrimSuffix(m.Type, "."))
		if m.Meaning != "" {
			s += " " + m.Meaning
		}
		if m.Sensitivity != "" && m.Sensitivity != shared {
			s += " [" + m.Sensitivity + "]"
		}
		w.item(depth, s)
		w.members(m.Members, depth+1, shared)
	}
}

// sections writes what may come with an event, and where it is put.
func (w *pageWriter) sections(p Page) {
	if len(p.Sections) == 0 {
		return
	}
	w.title("title.sections")
	w.line(wrap(w.say("sections.how"), 0) + "\n")
	for _, s := range p.Sections {
		w.item(0, fmt.Sprintf("`%s` (%s): %s", s.Name, s.Words, s.Purpose))
	}
	w.paragraph(w.say("sections.see", "name", sectionNoun+"."+p.Sections[0].Name))
}

// codes writes the lists with their labels, but for long ones.
func (w *pageWriter) codes(lists []PageCodes) {
	if len(lists) == 0 {
		return
	}
	w.title("title.codes")
	for _, l := range lists {
		if len(l.Codes) > maxCodesShown {
			w.item(0, l.List+": "+w.say("codes.more", "count", strconv.Itoa(len(l.Codes)), "list", l.List))
			continue
		}
		words := make([]string, len(l.Codes))
		for i, c := range l.Codes {
			words[i] = "`" + c.Code + "` " + Label(l.List, c.Code, w.lang)
			if c.Of != "" {
				words[i] += " [" + c.Of + "]"
			}
		}
		w.item(0, l.List+": "+strings.Join(words, ", "))
	}
}

func (w *pageWriter) example(p Page) {
	_, name := SplitName(p.Name)
	code := "example." + map[string]string{"agency": "invented", "": sectionNoun}[p.Author]
	if !HasCode(pageList, code) {
		code = "example.hub"
	}
	w.title("title.example")
	w.line(wrap(w.say(code, "name", name), 0))
	w.code("json", string(p.Example))
}

// file writes how an event is filed, and what comes back.
func (w *pageWriter) file(shortcut string) {
	w.title("title.file")
	w.line(wrap(w.say("file.check"), 0))
	w.code("console", "$ saphan validate event.json")
	w.paragraph(w.say("file.send"))
	w.code("console", "$ saphan --desk desk.json file event.json\n"+
		"$ curl -s -K curl.conf -H 'Content-Type: application/cloudevents+json' \\\n"+
		"    --data-binary @event.json http://127.0.0.1:8088/v1/events")
	if shortcut != "" {
		w.paragraph(w.say("file.shortcut"))
		w.code("console", "$ "+shortcut)
	}
	w.paragraph(w.say("file.rules"))
	w.title("title.back")
	w.numbered("back.")
}

func upperFirst(s string) string {
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// wrap breaks a text into lines of pageWidth columns, each indented.
func wrap(s string, indent int) string {
	return strings.Repeat(" ", indent) + Wrap(s, indent, indent, pageWidth)
}
