package casefile

import (
	"reflect"
	"runtime"
	"strings"
	"unicode"
)

// Explanation is a row of the table of rules in codes of the list rule, in the
// order of the table. A code is the name of the function that decides, as in
// "the_lead" for theLead.
type Explanation struct {
	By    []string // who may file it: one of these roles is enough; never empty
	When  []string // what must hold: every one of these conditions
	Sees  []string // whose inbox it goes to; empty for the directory, which goes to none
	Opens []string // for whom its own sections are sealed; empty when none are
}

// Explain says who may file a type of event, when, and who sees it. The type is
// a short name, as in "referral.accepted". It reports false for a type without a
// row: no such event is ever in the ledger.
func Explain(typ string) (Explanation, bool) {
	r, ok := rules[typ]
	if !ok {
		return Explanation{}, false
	}
	return Explanation{By: named(r.by), When: named(r.when), Sees: named(r.sees), Opens: named(addressees[typ])}, true
}

func named[F role | condition | audience](column []F) []string {
	var all []string
	for _, f := range column {
		all = append(all, nameOf(f))
	}
	return all
}

// nameOf is the name of a function in snake case. Asking the program itself for
// the name keeps the table of rules the one place: a second one, of names, could
// say something else than what the gate does. A function without a name of its
// own, or one whose name the compiler does not keep, has no words in the list
// rule; a test holds every name to the source of the table.
func nameOf(f any) string {
	whole := runtime.FuncForPC(reflect.ValueOf(f).Pointer()).Name()
	name := whole[strings.LastIndexByte(whole, '.')+1:]
	var b strings.Builder
	for i, r := range name {
		if unicode.IsUpper(r) && i > 0 {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
