package httpapi

import (
	"reflect"
	"slices"
	"strings"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// doc is what the document of the API says of a route. It stands beside the handler;
// tests hold every answer against it.
type doc struct {
	id      string   // of the operation: a verb and a noun
	summary string   // one line, imperative
	about   string   // more, in CommonMark; may be empty
	verbs   []string // that the path can end in
	asks    []parameter
	takes   []content
	answers []content
	// refuses are the kinds of refusal beyond those that every route of its shape has
	// (see refusals), and codes refusals whose status is not that of their kind.
	refuses []services.Kind
	codes   []*services.Error
}

// content is one form of the body of a request, or one answer.
type content struct {
	status int      // of an answer
	says   string   // what it means
	media  string   // typeJSON when empty
	header []string // of an answer: names in headers
	shape  shape
}

// shape makes the schema of a body. What it refers to is added to the parts.
type shape func(*schemas.Parts) any

// of is a body that is a Go value.
func of[T any](p *schemas.Parts) any { return p.Of(reflect.TypeFor[T]()) }

// input is a body that is read into a Go value, strictly.
func input[T any](p *schemas.Parts) any { return p.Closed(reflect.TypeFor[T]()) }

// listOf is an object whose one member is a list.
func listOf[T any](name string) shape {
	return func(p *schemas.Parts) any {
		list := p.Of(reflect.TypeFor[[]T]())
		return object{"type": "object", "properties": object{name: list}, "required": []string{name}}
	}
}

// signedEvent is an event of any type, as it was signed.
func signedEvent(p *schemas.Parts) any {
	var all []any
	for _, t := range schemas.Types() {
		all = append(all, p.Event(t))
	}
	return object{"oneOf": all}
}

// eventStream is text whose data are events. OpenAPI 3.1 has no word for that.
func eventStream(p *schemas.Parts) any { return object{"type": "string", "x-data": signedEvent(p)} }

// anyObject is a JSON object that is described elsewhere.
func anyObject(*schemas.Parts) any { return object{"type": "object"} }

// openEvent is an event in open form, of any type that an agency can file.
func openEvent(p *schemas.Parts) any {
	var all []any
	names := object{}
	for _, t := range schemas.Types() {
		if t.Author != schemas.AnyAgency {
			continue
		}
		ref := p.OpenEvent(t)
		all = append(all, ref)
		names[t.CloudEventType()] = ref["$ref"]
	}
	return object{"oneOf": all, "discriminator": object{"propertyName": "type", "mapping": names}}
}

func openBatch(p *schemas.Parts) any {
	return object{"type": "array", "minItems": 1, "maxItems": schemas.MaxBatch, "items": openEvent(p)}
}

// refusals are the kinds of refusal that a route of this shape can answer with, but
// for Internal: that can happen anywhere.
func (rt route) refusals() []services.Kind {
	var kinds []services.Kind
	if rt.needs != "" {
		kinds = append(kinds, services.Unauthorized, services.Forbidden, services.Later)
	}
	if strings.Contains(rt.pattern, "{") {
		kinds = append(kinds, services.Unknown)
	}
	if rt.doc.takes != nil {
		kinds = append(kinds, services.Invalid, services.TooLarge)
	}
	kinds = append(kinds, rt.doc.refuses...)
	slices.Sort(kinds)
	return slices.Compact(kinds)
}

// statuses are those that the refusals of a route can have, each with its kind. A token
// can be used too often, and only a body can be of another format, or not be read at all.
func (rt route) statuses() map[int]services.Kind {
	all := make(map[int]services.Kind)
	for _, kind := range rt.refusals() {
		all[kind.Outcome().HTTP] = kind
	}
	if rt.needs != "" {
		all[errTooMany.HTTP()] = errTooMany.Kind
	}
	if rt.doc.takes != nil {
		all[400], all[415] = services.Invalid, services.Invalid
	}
	for _, e := range rt.doc.codes {
		all[e.HTTP()] = e.Kind
	}
	return all
}
