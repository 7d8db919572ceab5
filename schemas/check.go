package schemas

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// maxProblems is how many problems one answer lists: an array of a hundred
// thousand wrong elements has as many.
const maxProblems = 50

// Check holds the data of an event against the schema of its type: shape only,
// not the rules of the case. The error is Problems; their pointers begin with
// "/data". Any other error is a bug in the embedded schemas.
func Check(e Event) error {
	t, ok := TypeOf(e)
	if !ok {
		return Problems{{Pointer: "/type", Code: CodeUnknownType}}
	}
	return CheckData(t.Name, e.Data())
}

// CheckData does what Check does for data that is no event yet; typeName is the
// short name, as in "referral.accepted".
func CheckData(typeName string, data []byte) error {
	if _, ok := TypeNamed(typeName); !ok {
		return Problems{{Pointer: "/type", Code: CodeUnknownType}}
	}
	return checkAgainst(typeName, data, "/data")
}

// CheckSection holds the plaintext of a section against its schema. It comes
// from another agency, sealed, so nobody has looked at it before: it is read as
// strictly as an event. Pointers are those of the section in an open event: they
// begin with "/data/sections/" and the name.
func CheckSection(section string, plaintext []byte) error {
	if !slices.Contains(Sections(), section) {
		return Problems{{Pointer: "/sections", Code: CodeUnexpected}}
	}
	return checkAgainst(sectionNoun+"."+section, plaintext, "/data/sections/"+section)
}

func checkAgainst(name string, raw []byte, prefix string) error {
	if len(raw) > MaxEvent {
		return Problems{{Pointer: prefix, Code: CodeTooLarge}}
	}
	if _, err := object(raw, MaxDepth); err != nil {
		return under(prefix, err)
	}
	set, err := compiled()
	if err != nil {
		return err
	}
	document, err := readAny(raw)
	if err != nil {
		return Problems{{Pointer: prefix, Code: CodeMalformed}}
	}
	var ve *jsonschema.ValidationError
	err = set.schemas[name].Validate(document)
	if errors.As(err, &ve) {
		return under(prefix, set.problems(name, ve, document))
	}
	return err
}

// schemaSet holds the embedded schemas, compiled, and as documents for looking
// up what a failed keyword said.
type schemaSet struct {
	schemas   map[string]*jsonschema.Schema // by name, as in "referral.accepted"
	documents map[string]any                // by $id
	sources   map[string]any                // by $id, with the order of properties
	expanded  map[string]keywords           // by $id, with every $ref put in
}

// compiled compiles every embedded schema once. There is no loader: a $ref that
// leads out of the embedded set does not compile, and nothing is ever fetched.
var compiled = sync.OnceValues(func() (*schemaSet, error) {
	set := &schemaSet{schemas: map[string]*jsonschema.Schema{}, documents: map[string]any{}, sources: map[string]any{}, expanded: map[string]keywords{}}
	c := jsonschema.NewCompiler()
	c.Draft = jsonschema.Draft2020
	c.AssertFormat = true
	c.LoadURL = func(string) (io.ReadCloser, error) {
		return nil, errors.New("not an embedded schema")
	}
	for _, name := range schemaNames() {
		if err := set.add(c, name); err != nil {
			return nil, fmt.Errorf("read schema %s: %w", name, err)
		}
	}
	for _, name := range schemaNames() {
		s, err := c.Compile(schemaID(name))
		if err != nil {
			return nil, fmt.Errorf("compile schema %s: %w", name, err)
		}
		set.schemas[name] = s
		if set.expanded[schemaID(name)], err = (expander{set.sources}).root(schemaID(name)); err != nil {
			return nil, fmt.Errorf("read schema %s: %w", name, err)
		}
	}
	return set, nil
})

// schemaID returns the $id of a schema by its name.
func schemaID(name string) string {
	if name == "common" {
		return schemaPrefix + name
	}
	return schemaPrefix + name + version
}

func (set *schemaSet) add(c *jsonschema.Compiler, name string) error {
	raw, err := files.ReadFile(schemaPath(name))
	if err != nil {
		return err
	}
	if set.documents[schemaID(name)], err = readAny(raw); err != nil {
		return err
	}
	if set.sources[schemaID(name)], err = readSchema(raw); err != nil {
		return err
	}
	return c.AddResource(schemaID(name), bytes.NewReader(raw))
}

// problems keeps the leaves of what the validator found: where in the input and
// which keyword. Its messages quote values and names from the input, so they go
// no further than here. name is that of the schema.
func (set *schemaSet) problems(name string, ve *jsonschema.ValidationError, document any) Problems {
	var ps Problems
	var walk func(*jsonschema.ValidationError)
	walk = func(ve *jsonschema.ValidationError) {
		for _, cause := range ve.Causes {
			walk(cause)
		}
		if len(ve.Causes) == 0 && len(ps) < maxProblems {
			for _, p := range set.leaf(ve, document) {
				p.Rule = schemaID(name) + "#" + ve.KeywordLocation
				ps = append(ps, p)
			}
		}
	}
	walk(ve)
	slices.SortFunc(ps, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Pointer, b.Pointer), cmp.Compare(a.Code, b.Code), cmp.Compare(a.List, b.List))
	})
	return slices.CompactFunc(ps, func(a, b Problem) bool { return a.Pointer == b.Pointer && a.Code == b.Code })
}

// leaf words one failure as problems. A missing member is named by where it
// should be; its name is the schema's. An unknown one points to its parent.
func (set *schemaSet) leaf(ve *jsonschema.ValidationError, document any) Problems {
	place, keyword := ve.InstanceLocation, path.Base(ve.KeywordLocation)
	id, at, _ := strings.Cut(ve.AbsoluteKeywordLocation, "#")
	if path.Base(path.Dir(at)) == "properties" && resolve(set.documents[id], at) == false {
		return Problems{{Pointer: place, Code: codeFalse}} // a schema that nothing fits has no keyword
	}
	switch keyword {
	case codeRequired:
		wanted, _ := resolve(set.documents[id], at).([]any)
		instance, _ := resolve(document, place).(map[string]any)
		var ps Problems
		for _, w := range wanted {
			name, _ := w.(string)
			if _, present := instance[name]; !present {
				ps = append(ps, Problem{Pointer: place + "/" + name, Code: keyword})
			}
		}
		return ps
	case "enum":
		list, _ := resolve(set.documents[id], strings.TrimSuffix(at, keyword)+listKeyword).(string)
		return Problems{{Pointer: place, Code: keyword, List: list}}
	}
	return Problems{{Pointer: place, Code: keyword}}
}

// codeFalse is the code of what may not be there at all: its schema is false.
const codeFalse = "false"

// listKeyword is our annotation beside an enum: the code list that it equals.
const listKeyword = "x-list"

// resolve follows a JSON pointer; nil when it leads nowhere.
func resolve(document any, pointer string) any {
	for _, token := range strings.Split(pointer, "/")[1:] {
		token = strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
		switch v := document.(type) {
		case map[string]any:
			document = v[token]
		case []any:
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(v) {
				return nil
			}
			document = v[i]
		default:
			return nil
		}
	}
	return document
}

// readAny reads JSON with its numbers as they are written.
func readAny(raw []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	err := d.Decode(&v)
	return v, err
}
