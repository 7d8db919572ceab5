package httpapi

import (
	"github.com/saphan-project/saphan/schemas"
)

// typeRow is an event type in a list.
type typeRow struct {
	Name   string `json:"name"`   // as in "referral.accepted"
	Type   string `json:"type"`   // the attribute type of an event
	Schema string `json:"schema"` // the attribute dataschema
	Scope  string `json:"scope"`  // what its subject names
	By     string `json:"by"`     // "agency", or the hub's service that alone files it
}

var docSchemas = doc{
	id: "listSchemas", summary: "List the types of event",
	answers: []content{{status: 200, says: "The types, in the order of a case's life.", shape: listOf[typeRow]("types")}},
}

// listSchemas lists what can be said.
func listSchemas(*call) (answer, error) {
	rows := make([]typeRow, 0, len(schemas.Types()))
	for _, t := range schemas.Types() {
		by := t.Author
		if by == schemas.AnyAgency {
			by = "agency"
		}
		rows = append(rows, typeRow{t.Name, t.CloudEventType(), t.DataSchema(), string(t.Scope), by})
	}
	return ok(map[string][]typeRow{"types": rows}), nil
}

var docSchema = doc{
	id: "showSchema", summary: "Show a JSON Schema",
	about:   "That of a type of event (referral.requested), of a section (section.offer), or of what they share (common).",
	answers: []content{{status: 200, says: "The schema, draft 2020-12.", media: typeSchema, shape: anyObject}},
}

// showSchema shows the JSON Schema of one type, of a section as in
// "section.offer", or of what they share, "common".
func showSchema(c *call) (answer, error) {
	raw, found := schemas.Schema(c.PathValue("type"))
	if !found {
		return answer{}, errNotVisible
	}
	return answer{status: 200, contentType: typeSchema, body: exact(raw)}, nil
}
