package casefile_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services/casefile"
)

func TestExplain(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		typ  string
		want casefile.Explanation
	}{
		{"referral.declined", casefile.Explanation{
			By:    []string{"the_offeree"},
			When:  []string{"offer_is_open_or_accepted", "not_bound", "duty_allows", "suggestion_is_known"},
			Sees:  []string{"sender", "coordinators", "offeree"},
			Opens: []string{"offeree", "sender"},
		}},
		{"case.reopened", casefile.Explanation{
			By: []string{"the_lead", "a_coordinator"}, When: []string{"case_is_closed"}, Sees: []string{"lead", "coordinators"},
		}},
		{"agency.capacity_changed", casefile.Explanation{
			By: []string{"itself"}, When: []string{"history_is_there", "service_is_listed"},
		}},
	} {
		got, ok := casefile.Explain(tc.typ)
		if diff := cmp.Diff(tc.want, got); diff != "" || !ok {
			t.Errorf("%s: %v (-want +got):\n%s", tc.typ, ok, diff)
		}
	}
	for _, typ := range []string{"access.ended", "referral.eaten", ""} {
		if got, ok := casefile.Explain(typ); ok {
			t.Errorf("%q has a row: %v", typ, got)
		}
	}
}

// TestEveryRuleHasItsWords: each name in the table has a row in the list of
// words, and the list has no row that nothing uses.
func TestEveryRuleHasItsWords(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	for _, typ := range ledgerTypes() {
		x, ok := casefile.Explain(typ)
		if !ok || len(x.By) == 0 {
			t.Errorf("%s: nobody may file it", typ)
		}
		for _, code := range slices.Concat(x.By, x.When, x.Sees, x.Opens) {
			used[code] = true
			if !schemas.HasCode("rule", code) {
				t.Errorf("%s: no words for %s", typ, code)
			}
		}
	}
	for _, c := range schemas.Codes("rule") {
		if !used[c.Code] {
			t.Errorf("no rule is called %s", c.Code)
		}
	}
}

// TestExplainReadsTheTable compares what the program says of itself with the
// source of the two tables: the compiler must not have lost or changed a name.
func TestExplainReadsTheTable(t *testing.T) {
	t.Parallel()
	rows, lists := tableIn(t, "rules.go", "rules"), tableIn(t, "rules.go", "")
	sealed := tableIn(t, "open.go", "addressees")
	if len(rows) != len(ledgerTypes()) {
		t.Fatalf("%d rows in the source", len(rows))
	}
	for typ, row := range rows {
		columns := row.(*ast.CompositeLit).Elts
		names := func(e ast.Expr) []string { return namesIn(e, lists) }
		want := casefile.Explanation{By: names(columns[0]), When: names(columns[1]), Sees: names(columns[3])}
		if e, ok := sealed[typ]; ok {
			want.Opens = names(e)
		}
		got, _ := casefile.Explain(typ)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-source +explained):\n%s", typ, diff)
		}
	}
	for typ := range sealed {
		if rows[typ] == nil {
			t.Errorf("%s has sections and no row", typ)
		}
	}
}

// tableIn reads a map of a source file: its values by key; or without a name the
// variables of all files whose value is a list, as in offerSides.
func tableIn(t *testing.T, file, table string) map[string]ast.Expr {
	t.Helper()
	found := map[string]ast.Expr{}
	files := []string{file}
	if table == "" {
		files = append(files, "audience.go")
	}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 {
				return true
			}
			switch value := spec.Values[0].(type) {
			case *ast.CallExpr:
				if table == "" {
					found[spec.Names[0].Name] = value
				}
			case *ast.CompositeLit:
				if spec.Names[0].Name != table {
					break
				}
				for _, e := range value.Elts {
					pair := e.(*ast.KeyValueExpr)
					key, err := strconv.Unquote(pair.Key.(*ast.BasicLit).Value)
					if err != nil {
						t.Fatal(err)
					}
					found[key] = pair.Value
				}
			}
			return true
		})
	}
	return found
}

var hump = regexp.MustCompile(`[A-Z]`)

// namesIn are the arguments of is(…), all(…) or to(…), or of the list that a name
// stands for, in snake case; none for nil.
func namesIn(e ast.Expr, lists map[string]ast.Expr) []string {
	if name, ok := e.(*ast.Ident); ok {
		if lists[name.Name] == nil {
			return nil
		}
		return namesIn(lists[name.Name], nil)
	}
	var names []string
	for _, arg := range e.(*ast.CallExpr).Args {
		names = append(names, strings.ToLower(hump.ReplaceAllString(arg.(*ast.Ident).Name, "_$0")))
	}
	return names
}
