// Package cmd_test holds the import policy of the whole tree, and checks that it
// is kept. It is a statement of policy: a change here is a change of design.
package cmd_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	module      = "github.com/saphan-project/saphan/"
	maxFile     = 300 // lines, tests aside
	maxFunction = 40  // lines, tests aside
)

// topLevel is all that the top of the tree may hold, beside names that begin
// with a dot.
var topLevel = []string{
	"schemas", "services", "adapters", "cmd",
	"docker-compose.yml", "go.mod", "go.sum", "README.md", "LICENSE", "CHANGELOG.md",
}

// homes says who may import a library; a library without a row is refused.
var homes = map[string][]string{
	"github.com/santhosh-tekuri/jsonschema/v5":          {"schemas"},
	"github.com/cloudevents/sdk-go/v2":                  {"schemas"},
	"github.com/go-json-experiment/json":                {"schemas", "adapters"},
	"golang.org/x/mod/sumdb":                            {"services/notary"},
	"github.com/nats-io":                                {"adapters/natsbus"},
	"github.com/synadia-io/orbit.go":                    {"adapters/natsbus"},
	"modernc.org/sqlite":                                {"adapters/sqlite"},
	"filippo.io/age":                                    {"adapters/sealing"},
	"github.com/secure-systems-lab/go-securesystemslib": {"adapters/signing"},
	"golang.org/x/time":                                 {"adapters/httpapi"},
	"go.opentelemetry.io/otel":                          {"adapters/telemetry", "cmd"},
	"github.com/prometheus":                             {"adapters/telemetry"},
	"github.com/rs/zerolog":                             {"adapters", "cmd"},
	"github.com/spf13/cobra":                            {"cmd"},
	"code.dny.dev/ssrf":                                 {"adapters/webhook"},
}

// testLibraries may be imported by every test, and by nothing else.
var testLibraries = []string{
	"pgregory.net/rapid", "github.com/google/go-cmp", "github.com/rogpeppe/go-internal", "golang.org/x/tools/txtar",
	"github.com/google/jsonschema-go",
}

// impure are packages of the standard library that no service may import: the
// network, the machine and chance.
var impure = []string{"net", "os", "math/rand", "crypto/rand", "syscall", "plugin"}

// clock are the names of package time that read a clock or wait for one.
var clock = []string{
	"Now", "Since", "Until", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker", "Sleep",
}

// process are the names of package os that only cmd may use.
var process = []string{"Exit", "Args", "Getenv", "LookupEnv", "Environ", "ExpandEnv", "Setenv"}

// rule is one line of the policy. Its check returns what is wrong with a file.
type rule struct {
	name  string
	check func(source) []string
	// broken is a file that breaks it: each rule is shown to be able to fail.
	brokenPath, broken string
}

var rules = []rule{
	{"imports point downwards, never to a sibling", checkDirection,
		"adapters/web/web.go", `import "github.com/saphan-project/saphan/adapters/sqlite"`},
	{"a service's only sibling is casefile", checkDirection,
		"services/routing/routing.go", `import "github.com/saphan-project/saphan/services/vault"`},
	{"a service never imports an adapter", checkDirection,
		"services/routing/x_test.go", `import "github.com/saphan-project/saphan/adapters/natsbus"`},
	{"the contract of services knows no service", checkDirection,
		"services/runner_test.go", `import "github.com/saphan-project/saphan/services/vault"`},
	{"nobody imports cmd", checkDirection,
		"adapters/web/web.go", `import "github.com/saphan-project/saphan/cmd/saphan"`},
	{"schemas imports nothing of ours", checkDirection,
		"schemas/event.go", `import "github.com/saphan-project/saphan/services"`},
	{"one home for each library", checkHomes,
		"adapters/web/web.go", `import "github.com/nats-io/nats.go/jetstream"`},
	{"no library without a home", checkHomes,
		"cmd/saphan/main.go", `import "example.com/invented"`},
	{"test libraries in tests only", checkHomes,
		"adapters/web/web.go", `import "pgregory.net/rapid"`},
	{"services are pure", checkPure,
		"services/desk/desk.go", `import "net/http"`},
	{"services have no clock", checkClock,
		"services/services.go", "import t \"time\"\nvar now = t.Now"},
	{"services do not hide the clock", checkClock,
		"services/desk/desk.go", `import . "time"`},
	{"only cmd talks to its process", checkProcess,
		"adapters/sqlite/open.go", "import \"os\"\nfunc f() { os.Exit(1) }"},
	{"only cmd reads flags", checkProcess,
		"adapters/sqlite/open.go", `import "flag"`},
	{"no init function", checkFunctions,
		"cmd/saphan/main.go", "func init() {}"},
	{"no panic outside tests", checkFunctions,
		"schemas/id.go", "func f() { panic(0) }"},
	{"functions have at most 40 lines", checkFunctions,
		"schemas/id.go", "func f() {" + strings.Repeat("\n", maxFunction) + "}"},
	{"files have at most 300 lines", checkLength,
		"schemas/id.go", strings.Repeat("\n", maxFile)},
	{"no test is skipped", checkSkips,
		"schemas/id_test.go", "func f(t interface{ Skip() }) { t.Skip() }"},
}

func TestLayers(t *testing.T) {
	t.Parallel()
	files := tree(t)
	if len(files) < 20 {
		t.Fatalf("found only %d files", len(files))
	}
	reported := map[string]bool{}
	for _, r := range rules {
		for _, f := range files {
			for _, problem := range r.check(f) {
				if line := f.path + ": " + problem; !reported[line] {
					reported[line] = true
					t.Error(line)
				}
			}
		}
	}
}

func TestEveryRuleCanFail(t *testing.T) {
	t.Parallel()
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			if len(r.check(parse(t, r.brokenPath, "package p\n"+r.broken))) == 0 {
				t.Error("a file that breaks the rule was not reported")
			}
			if got := r.check(parse(t, r.brokenPath, "package p\n")); len(got) != 0 {
				t.Errorf("an empty file was reported: %v", got)
			}
		})
	}
}

// TestTopLevel: four folders, and a fixed list of files. What git ignores at the
// top is not of the tree.
func TestTopLevel(t *testing.T) {
	t.Parallel()
	entries, err := os.ReadDir("..")
	if err != nil {
		t.Fatal(err)
	}
	ignored, err := os.ReadFile("../.gitignore")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		if !slices.Contains(strings.Split(string(ignored), "\n"), "/"+e.Name()) {
			names = append(names, e.Name())
		}
	}
	for _, problem := range checkTopLevel(names) {
		t.Error(problem)
	}
	if len(checkTopLevel(append(slices.Clone(topLevel), "pkg"))) != 1 || len(checkTopLevel(topLevel[1:])) != 1 {
		t.Error("a foreign or a missing entry is not reported")
	}
}

func checkTopLevel(names []string) []string {
	var problems []string
	for _, name := range names {
		if !strings.HasPrefix(name, ".") && !slices.Contains(topLevel, name) {
			problems = append(problems, name+": does not belong at the top of the tree")
		}
	}
	for _, name := range topLevel {
		if !slices.Contains(names, name) {
			problems = append(problems, name+": missing at the top of the tree")
		}
	}
	return problems
}

// checkDirection: schemas ← services ← services/x ← adapters/x ← cmd.
func checkDirection(f source) []string {
	var problems []string
	for _, to := range f.imports {
		to, ours := strings.CutPrefix(to, module)
		if ours && !mayImport(f.unit(), to) {
			problems = append(problems, "must not import "+to+": imports point downwards, never to a sibling")
		}
	}
	return problems
}

// mayImport says what a unit may import of ours. It may always import what lies
// in its own folder; but what lies below services is not services' own.
func mayImport(from, to string) bool {
	layer, _, nested := strings.Cut(from, "/")
	if to == from || under(to, from) && from != "services" {
		return true
	}
	switch layer {
	case "services":
		return under(to, "schemas") || nested && (to == "services" || under(to, "services/casefile"))
	case "adapters":
		return under(to, "schemas") || under(to, "services")
	case "cmd":
		return true
	}
	return false
}

// checkHomes: each library has its homes, and no other package imports it.
func checkHomes(f source) []string {
	var problems []string
	for _, library := range f.imports {
		first, _, _ := strings.Cut(library, "/")
		if strings.HasPrefix(library, module) || !strings.Contains(first, ".") {
			continue
		}
		if f.test && slices.ContainsFunc(testLibraries, func(l string) bool { return under(library, l) }) {
			continue
		}
		if !slices.ContainsFunc(homesOf(library), func(home string) bool { return under(f.unit(), home) }) {
			problems = append(problems, "must not import "+library+": its home is elsewhere, see homes")
		}
	}
	return problems
}

func homesOf(library string) []string {
	for l, at := range homes {
		if under(library, l) {
			return at
		}
	}
	return nil
}

// checkPure: a service imports no network, no machine and no chance.
func checkPure(f source) []string {
	var problems []string
	for _, p := range f.imports {
		if f.service() && slices.ContainsFunc(impure, func(i string) bool { return under(p, i) }) {
			problems = append(problems, "must not import "+p+": services are pure")
		}
	}
	return problems
}

// checkClock: a service is given its clock; it has none of its own.
func checkClock(f source) []string {
	if !f.service() {
		return nil
	}
	return f.uses("time", clock, "its clock enters by constructor")
}

// checkProcess: only cmd reads flags and the environment, and exits.
func checkProcess(f source) []string {
	if f.test || under(f.path, "cmd") {
		return nil
	}
	problems := f.uses("os", process, "only cmd does that")
	problems = append(problems, f.uses("log", []string{"Fatal", "Fatalf", "Fatalln"}, "only cmd exits")...)
	if slices.Contains(f.imports, "flag") {
		problems = append(problems, "must not import flag: only cmd reads flags")
	}
	return problems
}

// checkFunctions: no function too long, no init, no panic.
func checkFunctions(f source) []string {
	var problems []string
	if f.test {
		return nil
	}
	for _, d := range f.ast.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		if n := f.line(fn.End()) - f.line(fn.Pos()) + 1; n > maxFunction {
			problems = append(problems, fmt.Sprintf("function %s has %d lines, more than %d", fn.Name.Name, n, maxFunction))
		}
		if fn.Recv == nil && fn.Name.Name == "init" {
			problems = append(problems, "must not have an init function")
		}
	}
	ast.Inspect(f.ast, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		if name, ok := call.Fun.(*ast.Ident); ok && name.Name == "panic" {
			problems = append(problems, fmt.Sprintf("line %d must not panic", f.line(call.Pos())))
		}
		return true
	})
	return problems
}

// checkLength: no file too long, tests aside.
func checkLength(f source) []string {
	if n := f.line(f.ast.FileEnd); n > maxFile && !f.test {
		return []string{fmt.Sprintf("has %d lines, more than %d", n, maxFile)}
	}
	return nil
}

// checkSkips: a test that does not run shows nothing.
func checkSkips(f source) []string {
	var problems []string
	ast.Inspect(f.ast, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		if ok && f.test && slices.Contains([]string{"Skip", "Skipf", "SkipNow"}, s.Sel.Name) {
			problems = append(problems, fmt.Sprintf("line %d must not skip the test", f.line(s.Pos())))
		}
		return true
	})
	return problems
}

// source is one parsed Go file.
type source struct {
	path    string // from the top of the tree, with slashes
	test    bool
	imports []string
	ast     *ast.File
	set     *token.FileSet
}

// unit is the package that counts for the layers: schemas, services, or a
// folder right below services, adapters or cmd, with all that lies in it.
func (f source) unit() string {
	parts := strings.Split(path.Dir(f.path), "/")
	if parts[0] == "schemas" {
		return parts[0]
	}
	return strings.Join(parts[:min(2, len(parts))], "/")
}

func (f source) service() bool { return under(f.path, "services") && !f.test }

func (f source) line(p token.Pos) int { return f.set.Position(p).Line }

// uses finds the given names of a package of the standard library, under
// whatever name the file imports it. A dot import is reported as such.
func (f source) uses(pkg string, names []string, why string) []string {
	local := ""
	for _, spec := range f.ast.Imports {
		if spec.Path.Value != strconv.Quote(pkg) {
			continue
		}
		local = path.Base(pkg)
		if spec.Name != nil {
			local = spec.Name.Name
		}
	}
	if local == "." {
		return []string{"must not import " + pkg + " without its name"}
	}
	var problems []string
	ast.Inspect(f.ast, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		x, ok := s.X.(*ast.Ident)
		if ok && x.Name == local && slices.Contains(names, s.Sel.Name) {
			problems = append(problems, fmt.Sprintf("line %d must not use %s.%s: %s", f.line(s.Pos()), pkg, s.Sel.Name, why))
		}
		return true
	})
	return problems
}

// under reports whether a path is a folder or lies in it.
func under(p, folder string) bool { return p == folder || strings.HasPrefix(p, folder+"/") }

func parse(t *testing.T, name string, content any) source {
	t.Helper()
	f := source{path: name, test: strings.HasSuffix(name, "_test.go"), set: token.NewFileSet()}
	parsed, err := parser.ParseFile(f.set, name, content, parser.SkipObjectResolution|parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	f.ast = parsed
	for _, spec := range parsed.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		f.imports = append(f.imports, p)
	}
	return f
}

// tree parses every Go file below the four folders. It reads them itself: what a
// child process reads, the test cache would not notice.
func tree(t *testing.T) []source {
	t.Helper()
	var files []source
	for _, folder := range topLevel[:4] {
		err := filepath.WalkDir(filepath.Join("..", folder), func(name string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && d.Name() == "testdata":
				return fs.SkipDir
			case d.IsDir() || filepath.Ext(name) != ".go":
				return nil
			}
			content, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			rel, err := filepath.Rel("..", name)
			if err != nil {
				return err
			}
			files = append(files, parse(t, filepath.ToSlash(rel), content))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return files
}
