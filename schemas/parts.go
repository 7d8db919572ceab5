package schemas

import (
	"maps"
	"slices"
	"strings"
)

// Parts are schemas that lie side by side in a larger document and refer to each
// other: the components of an OpenAPI or an AsyncAPI document. They say the same as
// the schemas that they are made from. A part is added when something refers to it,
// under one of these names: that of a type of event, as in "referral.requested" for
// the event as it is signed; the same with ".open", for the event in open form; with
// ".data", for its data; with ".known", for as much of its data as is known;
// "section.offer", "common.area"; and the name of a Go type, as in "Item".
//
// A keyword beside a reference stands with it in an allOf: not every reader of such
// documents looks at it otherwise.
type Parts struct {
	at  string
	all map[string]any
}

// NewParts returns parts that will lie at a place of their document, as in
// "#/components/schemas/".
func NewParts(at string) *Parts { return &Parts{at: at, all: make(map[string]any)} }

// All returns the parts by name. They must not be changed.
func (p *Parts) All() map[string]any { return maps.Clone(p.all) }

// add returns a reference to a part, which is made the first time.
func (p *Parts) add(name string, make func() keywords) keywords {
	if _, there := p.all[name]; !there {
		p.all[name] = nil // it may refer to itself
		p.all[name] = make()
	}
	return keywords{"$ref": p.at + name}
}

// Common refers to a part that several schemas share, as in "area".
func (p *Parts) Common(name string) map[string]any {
	return p.add("common."+name, func() keywords { return p.source("common", "/$defs/"+name) })
}

// Section refers to the plaintext of a section, as in "offer".
func (p *Parts) Section(name string) map[string]any {
	return p.add(sectionNoun+"."+name, func() keywords { return p.source(sectionNoun+"."+name, "") })
}

// Data refers to the data of a type of event as it is signed.
func (p *Parts) Data(t Type) map[string]any {
	return p.add(t.Name+".data", func() keywords { return p.source(t.Name, "") })
}

// known refers to as much of the data of a type as is known: nothing is required.
func (p *Parts) known(t Type) keywords {
	return p.add(t.Name+".known", func() keywords {
		part := p.source(t.Name, "")
		maps.DeleteFunc(part, func(name string, _ any) bool {
			return slices.Contains([]string{"required", "if", "then", "else", "allOf", "not"}, name)
		})
		return part
	})
}

// source is an embedded schema, or what a pointer leads to in it, as a part.
func (p *Parts) source(name, pointer string) keywords {
	part, _ := p.adapt(sourceOf(name, pointer)).(keywords)
	return part
}

// sourceOf is an embedded schema, or what a pointer leads to in it, as it is written.
func sourceOf(name, pointer string) keywords {
	set, err := compiled()
	if err != nil {
		return nil
	}
	source, _ := resolve(set.documents[schemaID(name)], pointer).(keywords)
	return source
}

// adapt writes a place of a schema as it stands in a part: references lead to other
// parts, and what names the document that it comes from is left out. All our
// references lead into the shared parts.
func (p *Parts) adapt(v any) any {
	switch v := v.(type) {
	case keywords:
		out := make(keywords, len(v))
		for name, child := range v {
			if !slices.Contains([]string{"$ref", "$id", "$schema"}, name) {
				out[name] = p.adapt(child)
			}
		}
		if ref, ok := v["$ref"].(string); ok {
			return beside(p.Common(ref[strings.LastIndex(ref, "/")+1:]), out)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, child := range v {
			out[i] = p.adapt(child)
		}
		return out
	}
	return v
}

// beside narrows what a reference leads to.
func beside(ref, narrower keywords) keywords {
	if len(narrower) == 0 {
		return ref
	}
	others, _ := narrower["allOf"].([]any)
	out := maps.Clone(narrower)
	out["allOf"] = slices.Concat([]any{ref}, others)
	return out
}
