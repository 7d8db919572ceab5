package schemas

import (
	"maps"
	"strings"
)

// Event refers to an event of a type as it is signed, stored and delivered.
func (p *Parts) Event(t Type) map[string]any {
	return p.add(t.Name, func() keywords { return p.form(t, false) })
}

// OpenEvent refers to an event of a type in open form, as a desk's API takes it:
// sections in clear, and much that the desk fills in. It is for types that an
// agency writes.
func (p *Parts) OpenEvent(t Type) map[string]any {
	return p.add(t.Name+".open", func() keywords { return p.form(t, true) })
}

// form is the schema of an event. The decoder checks more: that the trace fits
// subject and id, the time the clock, and the source of an open form the desk.
func (p *Parts) form(t Type, open bool) keywords {
	env := &envelope{open: open, typ: t, attrs: sampleOf(t.Scope)}
	properties, required := keywords{}, []any{}
	for _, name := range attributeOrder {
		need := attributes[name].need(env)
		if need == nil {
			continue
		}
		properties[name] = p.attribute(name, env)
		if need(env) {
			required = append(required, name)
		}
	}
	form := keywords{
		"title": t.CloudEventType(), "type": "object", "additionalProperties": false,
		"properties": properties, "required": append(required, "data"),
	}
	if open {
		properties["data"], form["examples"] = p.openData(t), []any{readExample(t.Name)}
	} else {
		properties["data"] = p.Data(t)
	}
	return form
}

// sampleOf are attributes with which the table of attributes can be asked what an
// event of a scope needs.
func sampleOf(scope ScopeKind) map[string]string {
	const id = "99ef41bd3d8b48a622cb5c1c577dadfd"
	return map[string]string{"id": "01a20647-3660-76a9-9ee7-f93b091b009a", "subject": id}
}

// openData is the data of an open form: sections in place of what names them.
func (p *Parts) openData(t Type) keywords {
	data := maps.Clone(sourceOf(t.Name, ""))
	members := maps.Clone(sub(data, "properties"))
	delete(members, sealedMember)
	data["properties"] = members
	open, _ := p.adapt(data).(keywords)
	if names := SectionsOf(t.Name); len(names) > 0 {
		sub(open, "properties")["sections"] = p.sections(names)
	}
	return open
}

// sections is an object of sections in clear.
func (p *Parts) sections(names []string) keywords {
	properties := keywords{}
	for _, name := range names {
		properties[name] = p.Section(name)
	}
	return keywords{
		"description": "Sections in clear, by name. The desk seals them.",
		"type":        "object", "additionalProperties": false, "properties": properties,
	}
}

// readExample reads the good example of a schema.
func readExample(name string) any {
	v, err := readAny(exampleOf(name))
	if err != nil {
		return nil
	}
	return v
}

// attribute is the schema of an attribute of the envelope.
func (p *Parts) attribute(name string, env *envelope) keywords {
	schema := keywords{"type": "string", "description": phrase(grammarList, "attr."+name, fallback)}
	maps.Copy(schema, attributeSchemas[name](env))
	part, _ := p.adapt(schema).(keywords)
	return part
}

// attributeSchemas is how each attribute is written.
var attributeSchemas = map[string]func(*envelope) keywords{
	"specversion":     only(func(*envelope) string { return "1.0" }),
	"id":              shared("event_id"),
	"source":          sourceSchema,
	"type":            only(func(env *envelope) string { return env.typ.CloudEventType() }),
	"subject":         subjectSchema,
	"time":            timeSchema,
	"datacontenttype": only(func(*envelope) string { return contentType }),
	"dataschema":      only((*envelope).schema),
	ExtCause:          shared("event_id"),
	ExtClassification: only((*envelope).classification),
	ExtTraceParent:    pattern("^00-[0-9a-f]{32}-[0-9a-f]{16}-01$"),
	ExtSignature:      pattern("^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)$"),
}

func only(value func(*envelope) string) func(*envelope) keywords {
	return func(env *envelope) keywords { return keywords{"const": value(env)} }
}

func shared(part string) func(*envelope) keywords {
	return func(*envelope) keywords { return keywords{"$ref": schemaID("common") + "#/$defs/" + part} }
}

func pattern(p string) func(*envelope) keywords {
	return func(*envelope) keywords { return keywords{"pattern": p} }
}

func sourceSchema(env *envelope) keywords {
	if env.typ.Author == AnyAgency {
		return pattern("^" + agencySource + strings.TrimPrefix(agencyGrammar.String(), "^"))(env)
	}
	return keywords{"const": Party{Service: env.typ.Author}.Source()}
}

func subjectSchema(env *envelope) keywords {
	if env.typ.Scope == ScopeAgency {
		return shared("agency_id")(env)
	}
	return shared("id")(env)
}

// timeSchema wants whole minutes of an agency that signs: no fact is finer.
func timeSchema(env *envelope) keywords {
	if env.open || env.typ.Author != AnyAgency {
		return pattern(timeGrammar.String())(env)
	}
	return pattern("^2[01][0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:00Z$")(env)
}
