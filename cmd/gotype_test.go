package cmd_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"go/ast"
	"go/token"
	"os"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saphan-project/saphan/adapters/httpapi"
	"github.com/saphan-project/saphan/adapters/natsbus"
	"github.com/saphan-project/saphan/schemas"
)

var update = flag.Bool("update", false, "write schemas/gotype.json anew")

// comments are what the comments of a type say, as in schemas/gotype.json.
type comments struct {
	About   string            `json:"about,omitempty"`
	Members map[string]member `json:"members,omitempty"`
	Codes   []string          `json:"codes,omitempty"`

	embeds []string
}

type member struct {
	About string `json:"about"`
	List  string `json:"list,omitempty"`
}

// TestCommentsOfPublishedTypes: whoever reads the documents of the API and of the
// bus reads what the comments of the Go types say, and every member has one.
func TestCommentsOfPublishedTypes(t *testing.T) {
	t.Parallel()
	all := make(map[string]*comments)
	for _, f := range tree(t) {
		if !f.test {
			f.comments(all)
		}
	}
	want := make(map[string]*comments)
	for _, name := range published(t) {
		keep(t, want, all, name)
	}
	for name, said := range want {
		for m, words := range said.Members {
			if words.About == "" {
				t.Errorf("%s: the member %s has no comment", name, m)
			}
			if words.List != "" && len(schemas.Codes(words.List)) == 0 {
				t.Errorf("%s: the member %s is of a list that there is not: %s", name, m, words.List)
			}
		}
	}
	const file = "../schemas/gotype.json"
	if *update {
		if err := os.WriteFile(file, indented(t, want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(indented(t, want)), string(got)); diff != "" {
		t.Errorf("run go test ./cmd -run TestComments -update, and read what changed (-comments +file):\n%s", diff)
	}
}

// published lists the Go types that the documents are made from.
func published(t *testing.T) []string {
	t.Helper()
	var names []string
	documents := slices.Concat(httpapi.OpenAPI("devel"), natsbus.AsyncAPI("devel"))
	for _, m := range regexp.MustCompile(`"x-go":"([^"]+)"`).FindAllSubmatch(documents, -1) {
		names = append(names, string(m[1]))
	}
	if len(names) < 20 {
		t.Fatalf("found only %v", names)
	}
	return names
}

// keep takes over a type, and those that it embeds.
func keep(t *testing.T, want, all map[string]*comments, name string) {
	t.Helper()
	said := all[name]
	if said == nil {
		t.Fatalf("there is no type %s", name)
	}
	want[name] = said
	for _, embedded := range said.embeds {
		keep(t, want, all, embedded)
	}
}

func indented(t *testing.T, v any) []byte {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// comments adds what the comments of a file say of its types.
func (f source) comments(all map[string]*comments) {
	at := func(name string) *comments {
		name = f.ast.Name.Name + "." + name
		if all[name] == nil {
			all[name] = &comments{}
		}
		return all[name]
	}
	for _, d := range f.ast.Decls {
		group, ok := d.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range group.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				said := at(spec.Name.Name)
				said.About = sentence(group.Doc)
				if s, ok := spec.Type.(*ast.StructType); ok {
					f.members(said, s)
				}
			case *ast.ValueSpec:
				if typ, ok := spec.Type.(*ast.Ident); ok && len(spec.Values) == 1 {
					at(typ.Name).code(spec.Values[0])
				}
			}
		}
	}
}

// code adds a constant that is a text.
func (c *comments) code(value ast.Expr) {
	if lit, ok := value.(*ast.BasicLit); ok && lit.Kind == token.STRING {
		if code, err := strconv.Unquote(lit.Value); err == nil {
			c.Codes = append(c.Codes, code)
		}
	}
}

// ofList finds the code list that a comment names.
var ofList = regexp.MustCompile(`\b[Cc]odes? of the list ([a-z_]+)`)

// members adds the members of a struct. A comment speaks for the fields below it as
// well that it names and that have none of their own.
func (f source) members(said *comments, s *ast.StructType) {
	said.Members = make(map[string]member)
	var above *ast.CommentGroup
	for _, field := range s.Fields.List {
		if len(field.Names) == 0 {
			said.embeds = append(said.embeds, f.nameOf(field.Type))
			continue
		}
		if field.Doc != nil {
			above = field.Doc
		}
		if field.Tag == nil {
			continue
		}
		tag, _ := strconv.Unquote(field.Tag.Value)
		name, _, _ := strings.Cut(reflect.StructTag(tag).Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		about := field.Doc
		if about == nil {
			about = field.Comment
		}
		if about == nil && above != nil && slices.Contains(strings.FieldsFunc(above.Text(), notLetter), field.Names[0].Name) {
			about = above
		}
		m := member{About: sentence(about)}
		if found := ofList.FindStringSubmatch(partAbout(m.About, field.Names[0].Name, s)); found != nil {
			m.List = found[1]
		}
		said.Members[name] = m
	}
}

// partAbout is what a comment says of one of the fields that it speaks for.
func partAbout(comment, name string, s *ast.StructType) string {
	if i := strings.Index(comment, name+" "); i > 0 {
		comment = comment[i:]
	}
	for _, field := range s.Fields.List {
		if field.Doc == nil && field.Comment == nil && len(field.Names) > 0 && field.Names[0].Name != name {
			comment, _, _ = strings.Cut(comment, " "+field.Names[0].Name+" ")
		}
	}
	return comment
}

func notLetter(r rune) bool { return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z') }

// nameOf is the name of an embedded type, with its package.
func (f source) nameOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return f.nameOf(e.X)
	case *ast.SelectorExpr:
		if pkg, ok := e.X.(*ast.Ident); ok {
			return path.Base(pkg.Name) + "." + e.Sel.Name
		}
	case *ast.Ident:
		return f.ast.Name.Name + "." + e.Name
	}
	return ""
}

// sentence is a comment on one line, with a capital letter and a full stop.
func sentence(c *ast.CommentGroup) string {
	text := strings.Join(strings.Fields(c.Text()), " ")
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + strings.TrimSuffix(text[1:], ".") + "."
}
