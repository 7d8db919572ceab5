package casefile_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services/casefile"
)

// playAll plays every scenario and adds up what was let through and refused.
func playAll(t *testing.T) (accepted map[string]int, refused map[string][]string) {
	t.Helper()
	accepted, refused = map[string]int{}, map[string][]string{}
	for _, file := range scenarios(t) {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		w := play(t, archive)
		for typ, n := range w.accepted {
			accepted[typ] += n
		}
		for typ, answers := range w.refused {
			refused[typ] = append(refused[typ], answers...)
		}
	}
	return accepted, refused
}

// TestEveryRowIsPlayed: each row of the table of rules has a line in some scenario
// that it lets through, and one that it refuses.
func TestEveryRowIsPlayed(t *testing.T) {
	t.Parallel()
	accepted, refused := playAll(t)
	for _, typ := range ledgerTypes() {
		if accepted[typ] == 0 {
			t.Errorf("no scenario has a %s that is let through", typ)
		}
		if len(refused[typ]) == 0 {
			t.Errorf("no scenario has a %s that is refused", typ)
		}
	}
}

// ledgerTypes are the types with a row in the table: all but what delivery tells
// an inbox.
func ledgerTypes() []string {
	var names []string
	for _, typ := range schemas.Types() {
		if typ.Name != "access.ended" {
			names = append(names, typ.Name)
		}
	}
	return names
}

// unplayed are the codes that no story can bring about, each with the reason.
var unplayed = map[string]string{
	"not_for_ledger": "a type without a row; TestNotForTheLedger",
}

// TestEveryCodeIsPlayed: each code that the source of the rules refuses with is
// the answer to some line of a scenario.
func TestEveryCodeIsPlayed(t *testing.T) {
	t.Parallel()
	_, refused := playAll(t)
	heard := map[string]bool{}
	for _, answers := range refused {
		for _, answer := range answers {
			heard[strings.Fields(answer)[1]] = true
		}
	}
	codes := refusalCodes(t)
	if len(codes) < 40 {
		t.Errorf("the source has only the codes %v: does this test still read it?", codes)
	}
	for _, code := range codes {
		if !heard[code] && unplayed[code] == "" {
			t.Errorf("no scenario is refused with %q", code)
		}
		if schemas.Refusal(code, "th") == "" && !schemas.HasCode("problem", code) {
			t.Errorf("nobody is told what to do about %q", code)
		}
		if heard[code] && unplayed[code] != "" {
			t.Errorf("%q is played, and listed as if it were not", code)
		}
	}
}

// refusalCodes reads the codes of refusals from the source: the last string in a
// call of one of the functions that refuse.
func refusalCodes(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	codes := map[string]bool{"not_visible": true}
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), ".go") || strings.HasSuffix(entry.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), entry.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if code := codeOf(n); code != "" {
				codes[code] = true
			}
			return true
		})
	}
	var sorted []string
	for code := range codes {
		sorted = append(sorted, code)
	}
	slices.Sort(sorted)
	return sorted
}

// codeOf is the code of a call that refuses; "" of everything else.
func codeOf(n ast.Node) string {
	call, ok := n.(*ast.CallExpr)
	if !ok || len(call.Args) == 0 {
		return ""
	}
	name := ""
	switch f := call.Fun.(type) {
	case *ast.Ident:
		name = f.Name
	case *ast.SelectorExpr:
		name = f.Sel.Name
	}
	if !slices.Contains([]string{"refuseIf", "invalid", "Refuse", "RefuseIn"}, name) {
		return ""
	}
	last, ok := call.Args[len(call.Args)-1].(*ast.BasicLit)
	if !ok {
		return ""
	}
	code, _ := strconv.Unquote(last.Value)
	return code
}

// TestNotForTheLedger: what delivery tells an inbox is never a fact of a case.
func TestNotForTheLedger(t *testing.T) {
	t.Parallel()
	w := sixAgencies(t)
	w.tell("09:00 labour-one case.opened P1 origin=self")
	f := w.fact(schemas.Draft{
		Author: schemas.Party{Service: schemas.Delivery}, Type: "access.ended", Subject: w.id("P1"), Time: w.now(),
		Data: schemas.AccessEnded{Cause: w.facts[0].ID(), Events: []string{w.facts[0].ID()}},
	})
	if got := refusal(casefile.Check(w.caseState("P1"), w, f)); got != "forbidden not_for_ledger" {
		t.Errorf("access.ended in the ledger: %q", got)
	}
}
