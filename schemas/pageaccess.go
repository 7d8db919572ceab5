package schemas

import "slices"

// ruleList is the code list with the words for who may file, when, and who sees.
const ruleList = "rule"

// Access is who may file events of a type, when the gate takes them, and who sees
// them. The rules themselves are no part of this package.
type Access struct {
	// Ledger says that such events are recorded. One that is not is written to the
	// inbox of one agency, and nothing below applies.
	Ledger bool   `json:"ledger"`
	By     []Rule `json:"by,omitempty"`    // the author is one of these
	When   []Rule `json:"when,omitempty"`  // all of it holds
	Sees   []Rule `json:"sees,omitempty"`  // none: it is in the directory, and in no inbox
	Opens  []Rule `json:"opens,omitempty"` // for whom the event's own sections are sealed
}

// Rule is a code of the list rule with its words.
type Rule struct {
	Code  string `json:"code"`
	Words string `json:"words"`
}

// RulesOf gives codes of the list rule their words in a language ("en", "th"), in
// the given order. A code that the list does not have stands for itself.
func RulesOf(codes []string, lang string) []Rule {
	var all []Rule
	for _, code := range codes {
		all = append(all, Rule{code, Label(ruleList, code, lang)})
	}
	return all
}

// access writes who may file an event, when, and who sees it.
func (w *pageWriter) access(p Page) {
	if p.Access == nil {
		return
	}
	w.title("title.by")
	w.by(p)
	w.when(p)
	w.title("title.sees")
	w.sees(p)
}

func (w *pageWriter) by(p Page) {
	switch {
	case !p.Access.Ledger:
		w.line(wrap(w.say("by.nobody", "name", p.Author), 0))
		return
	case p.Author != "agency":
		w.line(wrap(w.say("by.hub", "name", p.Author), 0))
		return
	}
	w.ruled("by.one", "by.any", p.Access.By)
	if slices.ContainsFunc(p.Members, func(m Member) bool { return m.Name == "on_behalf_of" }) {
		w.paragraph(w.say("by.for"))
	}
}

func (w *pageWriter) when(p Page) {
	switch {
	case !p.Access.Ledger:
	case len(p.Access.When) == 0:
		w.paragraph(w.say("when.none"))
	default:
		w.line("")
		w.ruled("when.one", "when.all", p.Access.When)
	}
}

func (w *pageWriter) sees(p Page) {
	switch {
	case !p.Access.Ledger:
		w.line(wrap(w.say("sees.told"), 0))
		return
	case len(p.Access.Sees) == 0:
		w.line(wrap(w.say("sees.directory"), 0))
		return
	}
	w.rules(p.Access.Sees)
	also := "sees.nobody_else"
	if p.Scope == string(ScopeCase) {
		also = "sees.also"
	}
	w.paragraph(w.say(also))
	switch {
	case len(p.Access.Opens) > 0:
		w.line("")
		w.points("opens.by", p.Access.Opens)
	case len(p.Sections) > 0:
		w.paragraph(w.say("opens.elsewhere"))
	}
}

// points writes a sentence, and a list of rules below it.
func (w *pageWriter) points(code string, rules []Rule) {
	w.line(wrap(w.say(code), 0) + "\n")
	w.rules(rules)
}

func (w *pageWriter) rules(rules []Rule) {
	for _, rule := range rules {
		w.item(0, w.say("rule.point", "rule", upperFirst(rule.Words)))
	}
}

// ruled writes one rule as a sentence, and more of them as a list.
func (w *pageWriter) ruled(one, more string, rules []Rule) {
	if len(rules) == 1 {
		w.line(wrap(w.say(one, "rule", rules[0].Words), 0))
		return
	}
	w.points(more, rules)
}
