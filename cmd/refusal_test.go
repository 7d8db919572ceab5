package cmd_test

import (
	"go/ast"
	"go/token"
	"slices"
	"strconv"
	"testing"

	"github.com/saphan-project/saphan/schemas"
)

// unsaid are refusals that no desk and no hub answers with: they arise in the program
// that asks, which says in its own words that nobody answers.
var unsaid = []string{"account", "subject", "desk_away"}

// TestEveryRefusalHasItsWords: whoever is refused reads what to do about it, in
// English and in Thai. What is Unknown has one answer for all; so has a bug, and what
// comes with problems has a sentence for each.
func TestEveryRefusalHasItsWords(t *testing.T) {
	t.Parallel()
	files := tree(t)
	constants := make(map[string]string)
	for _, f := range files {
		f.constants(constants)
	}
	met := 0
	for _, f := range files {
		for _, code := range f.refusals(constants) {
			met++
			for _, lang := range []string{"en", "th"} {
				if schemas.Refusal(code, lang) == "" && !schemas.HasCode("problem", code) && !slices.Contains(unsaid, code) {
					t.Errorf("%s: the refusal %q has no words in %s", f.path, code, lang)
				}
			}
		}
	}
	if met < 100 {
		t.Errorf("found only %d refusals", met)
	}
}

// constants adds the texts of a file, by package and name.
func (f source) constants(all map[string]string) {
	ast.Inspect(f.ast, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok && len(spec.Names) == len(spec.Values) {
			for i, name := range spec.Names {
				if text, ok := literal(spec.Values[i]); ok {
					all[f.ast.Name.Name+"."+name.Name] = text
				}
			}
		}
		return true
	})
}

func literal(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(lit.Value)
	return text, err == nil
}

// refusals lists the codes that a file refuses with, but for bugs and for what is not
// to be seen. A code that is worked out while the program runs is another one's.
func (f source) refusals(constants map[string]string) []string {
	var codes []string
	ast.Inspect(f.ast, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || f.test || len(call.Args) < 2 || !slices.Contains([]string{"Refuse", "RefuseIn", "Because"}, lastName(call.Fun)) {
			return true
		}
		code, ok := literal(call.Args[1])
		if name := call.Args[1]; !ok {
			switch name := name.(type) {
			case *ast.Ident:
				code = constants[f.ast.Name.Name+"."+name.Name]
			case *ast.SelectorExpr:
				code = constants[lastName(name.X)+"."+name.Sel.Name]
			}
		}
		if kind := lastName(call.Args[0]); code != "" && kind != "Internal" && kind != "Unknown" {
			codes = append(codes, code)
		}
		return true
	})
	return codes
}

// lastName is the name of x, or of x.y.
func lastName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}
