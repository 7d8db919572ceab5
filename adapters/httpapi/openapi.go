package httpapi

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// object is a place of the document.
type object = map[string]any

var docOpenAPI = doc{
	id: "showOpenAPI", summary: "Show this document",
	answers: []content{{status: 200, says: "OpenAPI 3.1.", shape: anyObject}},
}

// showOpenAPI shows what the API can be asked, for programs.
func showOpenAPI(c *call) (answer, error) {
	return ok(json.RawMessage(c.api.openAPI())), nil
}

var docAsyncAPI = doc{
	id: "showAsyncAPI", summary: "Show the document of the bus",
	about:   "For programs that speak with the hub over NATS, as this desk does.",
	answers: []content{{status: 200, says: "AsyncAPI 3.", shape: anyObject}},
}

// showAsyncAPI shows what can be sent and received on the bus, for programs.
func showAsyncAPI(c *call) (answer, error) {
	return ok(json.RawMessage(c.api.asyncAPI())), nil
}

// OpenAPI returns the OpenAPI 3.1 document of the API. It is made from the list of
// routes, the verbs of package desk, the Go types of bodies, and the schemas and code
// lists of package schemas.
func OpenAPI(version string) []byte {
	d := &document{parts: schemas.NewParts("#/components/schemas/"), paths: object{}}
	for _, rt := range routes() {
		if rt.doc.id != "" {
			d.route(rt)
		}
	}
	raw, err := json.Marshal(object{
		"openapi": "3.1.0",
		"info": object{
			"title": "Saphan: a desk", "version": version, "description": apiAbout,
			"license": object{"name": "Apache 2.0", "identifier": "Apache-2.0"},
		},
		"servers":    []any{object{"url": "/"}},
		"tags":       d.tagList(),
		"paths":      d.paths,
		"webhooks":   d.webhooks(),
		"components": d.components(),
	})
	if err != nil {
		return nil
	}
	return raw
}

const apiAbout = `The HTTP API of an agency's desk: events in, the inbox, cases and their traces out.
The bearer token says whose desk is meant, and so what can be seen; what is not there and what the agency may not
see get the same answer. Every refusal is a problem document (RFC 9457) in English or Thai, whichever the header
Accept-Language likes better.`

// document is the document while it is written.
type document struct {
	parts *schemas.Parts
	paths object
	tags  []string
}

// route adds the operation of a route.
func (d *document) route(rt route) {
	method, path, _ := strings.Cut(rt.pattern, " ")
	operation := object{
		"operationId": rt.doc.id, "summary": rt.doc.summary, "tags": []string{d.tag(path)},
		"parameters": d.parameters(rt, path), "responses": d.responses(rt),
	}
	if rt.doc.about != "" {
		operation["description"] = rt.doc.about
	}
	operation["security"] = []any{}
	if rt.needs != "" {
		operation["security"] = []any{object{"bearer": []services.TokenScope{rt.needs}}}
	}
	if rt.doc.takes != nil {
		// A word can be said with nothing beside it.
		operation["requestBody"] = object{"required": rt.doc.verbs == nil, "content": d.contents(rt.doc.takes)}
	}
	item, _ := d.paths[path].(object)
	if item == nil {
		item = object{}
		d.paths[path] = item
	}
	item[strings.ToLower(method)] = operation
}

// tag is the first word of a path: what it is about.
func (d *document) tag(path string) string {
	tag := "node"
	if rest, ok := strings.CutPrefix(path, "/v1/"); ok {
		tag, _, _ = strings.Cut(rest, "/")
	}
	if !slices.Contains(d.tags, tag) {
		d.tags = append(d.tags, tag)
	}
	return tag
}

func (d *document) tagList() []object {
	list := make([]object, len(d.tags))
	for i, tag := range d.tags {
		list[i] = object{"name": tag}
	}
	return list
}

// contents are the forms of a body by media type; several of one type are each one
// of them.
func (d *document) contents(all []content) object {
	schemas := make(map[string][]any)
	for _, c := range all {
		media := cmp.Or(c.media, typeJSON)
		schemas[media] = append(schemas[media], c.shape(d.parts))
	}
	out := object{}
	for media, list := range schemas {
		out[media] = object{"schema": list[0]}
		if len(list) > 1 {
			out[media] = object{"schema": object{"oneOf": list}}
		}
	}
	return out
}

// responses are the answers of a route and its refusals, by status.
func (d *document) responses(rt route) object {
	out := object{"default": object{"$ref": "#/components/responses/" + string(services.Internal)}}
	for _, status := range statusesOf(rt.doc.answers) {
		var same []content
		var says []string
		headers := object{}
		for _, c := range rt.doc.answers {
			if c.status != status {
				continue
			}
			same, says = append(same, c), append(says, c.says)
			for _, name := range c.header {
				headers[name] = object{"$ref": "#/components/headers/" + name}
			}
		}
		out[strconv.Itoa(status)] = object{
			"description": strings.Join(says, " "), "content": d.contents(same), "headers": headers,
		}
	}
	for status, kind := range rt.statuses() {
		if name := strconv.Itoa(status); out[name] == nil {
			out[name] = object{"$ref": "#/components/responses/" + string(kind)}
		}
	}
	return out
}

func statusesOf(answers []content) []int {
	var list []int
	for _, c := range answers {
		list = append(list, c.status)
	}
	slices.Sort(list)
	return slices.Compact(list)
}
