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

// showSchema shows the JSON Schema of one type, of a section as in
// "section.offer", or of what they share, "common".
func showSchema(c *call) (answer, error) {
	raw, found := schemas.Schema(c.PathValue("type"))
	if !found {
		return answer{}, errNotVisible
	}
	return answer{status: 200, contentType: "application/schema+json", body: exact(raw)}, nil
}
