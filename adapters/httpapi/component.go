package httpapi

import (
	"cmp"
	"fmt"
	"net/textproto"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/desk"
)

// components are what several operations refer to.
func (d *document) components() object {
	responses, headers := object{}, object{}
	problem := object{typeProblem: object{"schema": d.parts.Of(reflect.TypeFor[problemDetails]())}}
	for kind, words := range titles {
		response := object{"description": words["en"], "content": problem}
		if name := headerOf[kind]; name != "" {
			response["headers"] = object{name: object{"$ref": "#/components/headers/" + name}}
		}
		responses[string(kind)] = response
	}
	for name, says := range headerWords {
		headers[name] = object{"description": says, "schema": object{"type": "string"}}
	}
	all := d.parts.All()
	if details, ok := all["ProblemDetails"].(object); ok {
		details["x-codes"] = refusalWords()
	}
	return object{
		"schemas": all, "responses": responses, "headers": headers,
		"parameters": object{"language": object{
			"name": "Accept-Language", "in": "header", "schema": object{"type": "string", "examples": []string{"th, en;q=0.5"}},
			"description": "The language of refusals: en, or th where it is liked better.",
		}},
		"securitySchemes": object{"bearer": object{
			"type": "http", "scheme": "bearer", "description": "The token of a desk: the desk file and curl.conf hold it.",
		}},
	}
}

// headerOf is the header that a refusal of a kind comes with.
var headerOf = map[services.Kind]string{services.Unauthorized: "WWW-Authenticate", services.Later: "Retry-After"}

// headerWords says what the headers of answers hold.
var headerWords = map[string]string{
	"Location":         "Path of the receipt.",
	"Retry-After":      "Seconds after which to ask again.",
	"WWW-Authenticate": "Bearer: send a token.",
}

// refusalWords are the sentences to the codes of refusals, by language.
func refusalWords() map[string]map[string]string {
	words := make(map[string]map[string]string)
	for _, c := range schemas.Codes("refusal") {
		words[c.Code] = c.Labels
	}
	return words
}

// braces are the parameters of a path.
var braces = regexp.MustCompile(`\{([a-z]+)\}`)

// parameters are those of the path, of the headers, and of an event in binary mode.
func (d *document) parameters(rt route, path string) []any {
	var all []any
	for _, found := range braces.FindAllStringSubmatch(path, -1) {
		p := pathParameters[found[1]]
		schema := object{"type": "string"}
		switch {
		case found[1] == "verb":
			schema["enum"] = rt.doc.verbs
		case p.shared != "":
			schema = d.parts.Common(p.shared)
		}
		all = append(all, object{
			"name": found[1], "in": "path", "required": true, "description": p.says, "schema": schema, "example": p.example,
		})
	}
	for _, p := range rt.doc.asks {
		all = append(all, object{
			"name": p.name, "in": cmp.Or(p.in, "query"), "description": p.says, "schema": object{"type": "string"}, "example": p.example,
		})
	}
	if slices.ContainsFunc(rt.doc.takes, func(c content) bool { return c.media == typeEvent }) {
		all = append(all, binaryHeaders()...)
	}
	return append(all, object{"$ref": "#/components/parameters/language"})
}

// parameter is a part of a path, or what may stand behind it.
type parameter struct {
	name, says, example string
	in                  string // "header"; "query" when empty
	shared              string // the shared part of the schemas that it is; "" for another text
}

// pathParameters says what stands between braces.
var pathParameters = map[string]parameter{
	"event":    {says: "Id of the event.", example: "01a20647-3660-76a9-9ee7-f93b091b009a", shared: "event_id"},
	"case":     {says: "The case by its reference, or by its id.", example: "K7QM-3F9X-S"},
	"referral": {says: "Id of the referral.", example: "a85f144560e468371b13b1a302e18dfa", shared: "id"},
	"token":    {says: "Id of the token.", example: "3f9a01c2d4e5"},
	"webhook":  {says: "Id of the webhook.", example: "3f9a01c2d4e5"},
	"agency":   {says: "Id of the agency.", example: "shelter-harbour", shared: "agency_id"},
	"letter":   {says: "Place of the letter on record.", example: "17"},
	"batch":    {says: "Id of the batch.", example: "7bf92f3577b34da6a3ce929d0e0e4736", shared: "id"},
	"verb":     {says: "The word."},
	"type":     {says: "Name of the schema.", example: "referral.requested"},
}

// binaryHeaders are the attributes of an event as headers, in binary mode only.
func binaryHeaders() []any {
	page, _ := schemas.PageOf("referral.requested", "en")
	var all []any
	for _, attribute := range page.Attributes {
		if attribute.Name == "data" || attribute.Name == "datacontenttype" {
			continue // the body, and its Content-Type
		}
		all = append(all, object{
			"name": textproto.CanonicalMIMEHeaderKey(attributePrefix + attribute.Name), "in": "header",
			"schema": object{"type": "string"}, "description": "Binary mode: the attribute " + attribute.Name + ".",
		})
	}
	return all
}

// namesOf are the words of some tables, each once.
func namesOf(tables ...[]desk.Verb) []string {
	var names []string
	for _, v := range slices.Concat(tables...) {
		if !slices.Contains(names, v.Name) {
			names = append(names, v.Name)
		}
	}
	return names
}

// wordsOf is a table of words: what each files, takes and needs.
func wordsOf(tables ...[]desk.Verb) string {
	var b strings.Builder
	b.WriteString("\n\n| word | files | takes | needs |\n|---|---|---|---|\n")
	for _, v := range slices.Concat(tables...) {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", v.Name, v.Type, strings.Join(v.Takes, ", "), strings.Join(v.Needs, ", "))
	}
	return b.String()
}
