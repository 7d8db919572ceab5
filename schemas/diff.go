package schemas

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// Change is one difference between two versions of a schema, and whom it touches.
//
// The reader that Readers speaks of was written for the old version and follows
// the rule of the pages ("What a reader must put up with"): it ignores members
// that it does not know, shows codes that it does not know as they are and decides
// nothing by them, and relies on everything else: on members that are required, on
// types, on limits (a column may be as wide as maxLength), on the way in which a
// value is written, and on the protection that x-sens asks for. A program that
// validates strictly with the old schema is not such a reader: objects are closed,
// so it refuses every new member and code. The gate and the desks are strict, so a
// new version is given to them first.
//
// Writers speaks of a program that files what the old version allows: whether all
// of it passes the new one. Where that cannot be known, as with two patterns, both
// are false.
type Change struct {
	// Pointer is the place in the data, with * for each element of a list, as in
	// "/from/*/event"; empty for the data as a whole.
	Pointer string `json:"pointer"`
	Code    string `json:"code"` // a code of the list change
	What    string `json:"what,omitempty"`
	Old     string `json:"old,omitempty"`
	New     string `json:"new,omitempty"`
	Readers bool   `json:"readers_keep_working"`
	Writers bool   `json:"writers_keep_working"`

	was, is *condition // of a condition
}

// Sentence says the change in a language ("en", "th").
func (c Change) Sentence(lang string) string {
	was, is := c.Old, c.New
	if c.was != nil {
		was = c.was.sentence(lang)
	}
	if c.is != nil {
		is = c.is.sentence(lang)
	}
	return phrase("change", c.Code, lang, "what", c.What, "old", was, "new", is)
}

// sentence says a whole condition: when it holds, and what it asks for.
func (c condition) sentence(lang string) string {
	asks := c.asks(lang)
	for _, name := range strs(c.then["required"]) {
		asks = append(asks, phrase(grammarList, "then.needs", lang, "name", name))
	}
	return c.words(lang) + ": " + strings.Join(asks, "; ")
}

// Additive reports whether readers and writers of the old version keep working
// with all of the changes. Otherwise the schema needs a new major version.
func Additive(changes []Change) bool {
	return !slices.ContainsFunc(changes, func(c Change) bool { return !c.Readers || !c.Writers })
}

// Errors of Diff.
var (
	ErrNoSchema    = errors.New("this is no JSON Schema of draft 2020-12 that can be read here")
	ErrOtherSchema = errors.New("these are schemas of two different things: their $id differ in more than the version")
)

// Diff compares two versions of the schema of one type or section, and explains
// every change, in the order of places. References to urn:saphan:schema:common are
// followed in the shared parts of this program, for both. The error wraps
// ErrNoSchema or ErrOtherSchema. A keyword that is not known here counts as a rule
// like any other.
func Diff(old, new []byte) ([]Change, error) {
	was, err := readVersion(old)
	if err != nil {
		return nil, fmt.Errorf("read the old schema: %w", err)
	}
	is, err := readVersion(new)
	if err != nil {
		return nil, fmt.Errorf("read the new schema: %w", err)
	}
	if a, b := withoutVersion(str(was, "$id")), withoutVersion(str(is, "$id")); a != b && a != "" && b != "" {
		return nil, fmt.Errorf("compare schemas: %w", ErrOtherSchema)
	}
	d := &differ{}
	d.compare("", was, is)
	d.parts(sub(was, "$defs"), sub(is, "$defs"))
	slices.SortStableFunc(d.changes, func(a, b Change) int {
		return cmp.Or(cmp.Compare(a.Pointer, b.Pointer), cmp.Compare(a.Code, b.Code))
	})
	return d.changes, nil
}

var versionAtEnd = regexp.MustCompile(`\.v[0-9]+$`)

func withoutVersion(id string) string { return versionAtEnd.ReplaceAllString(id, "") }

// unnamed is the $id of a schema that has none.
const unnamed = schemaPrefix + "unnamed"

// readVersion reads a schema that is none of ours, and puts its references in.
func readVersion(raw []byte) (keywords, error) {
	if _, err := object(raw, MaxDepth); err != nil {
		return nil, ErrNoSchema
	}
	v, err := readSchema(raw)
	doc, ok := v.(keywords)
	if err != nil || !ok {
		return nil, ErrNoSchema
	}
	set, err := compiled()
	if err != nil {
		return nil, err
	}
	id := cmp.Or(str(doc, "$id"), unnamed)
	if err := compileAlone(id, raw); err != nil {
		return nil, ErrNoSchema
	}
	documents := maps.Clone(set.sources)
	documents[id] = doc
	root, err := expander{documents}.root(id)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoSchema, err)
	}
	return root, nil
}

// compileAlone shows that the validator can read a schema. What it says is not
// passed on.
func compileAlone(id string, raw []byte) error {
	c := jsonschema.NewCompiler()
	c.Draft = jsonschema.Draft2020
	c.LoadURL = func(url string) (io.ReadCloser, error) {
		shared, ok := Schema(strings.TrimPrefix(url, schemaPrefix))
		if !ok || id == url {
			return nil, errReference
		}
		return io.NopCloser(bytes.NewReader(shared)), nil
	}
	if err := c.AddResource(id, bytes.NewReader(raw)); err != nil {
		return err
	}
	_, err := c.Compile(id)
	return err
}

// differ collects changes.
type differ struct {
	changes []Change
}

// touched says who keeps working in spite of a change.
type touched struct{ readers, writers bool }

// The four that there are: a narrower schema still gives readers what they rely
// on; a wider one still takes what writers file.
var (
	nobody    = touched{readers: true, writers: true}
	narrowed  = touched{readers: true}
	widened   = touched{writers: true}
	everybody = touched{}
)

func (d *differ) add(at, code string, who touched, c Change) {
	c.Pointer, c.Code, c.Readers, c.Writers = at, code, who.readers, who.writers
	d.changes = append(d.changes, c)
}

// parts compares what schemas share.
func (d *differ) parts(was, is keywords) {
	for _, name := range bothSorted(was, is) {
		at := "/$defs/" + name
		switch old, now := was[name], is[name]; {
		case old == nil:
			d.add(at, "part_added", nobody, Change{})
		case now == nil:
			d.add(at, "part_removed", everybody, Change{})
		default:
			d.either(at, old, now)
		}
	}
}

// either compares two schemas that may be true or false instead of an object.
func (d *differ) either(at string, was, is any) {
	old, isObject := was.(keywords)
	now, wasObject := is.(keywords)
	switch {
	case isObject && wasObject:
		d.compare(at, old, now)
	case !reflect.DeepEqual(was, is):
		d.add(at, "rule_changed", everybody, Change{What: "schema", Old: shownValue(was), New: shownValue(is)})
	}
}

// bothSorted lists the names of both, each once.
func bothSorted(a, b keywords) []string {
	names := slices.AppendSeq(slices.Collect(maps.Keys(a)), maps.Keys(b))
	slices.Sort(names)
	return slices.Compact(names)
}
