package httpapi

import (
	"encoding/json"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/desk"
)

// openBody names the section of the case that is to be opened.
type openBody struct {
	Event   string `json:"event,omitempty"` // empty: the latest that names the section
	Section string `json:"section"`         // a code of the list section
	Purpose string `json:"purpose"`         // a code of the list purpose
}

var docOpenSection = doc{
	id: "openSection", summary: "Open a sealed section of a case",
	about:   "That it was opened, by whom and for what, is in the ledger before the section leaves the vault. A GET never opens anything.",
	takes:   []content{{shape: input[openBody]}},
	answers: []content{{status: 200, says: "The plaintext: an object by the schema of the section.", shape: plaintext}},
	refuses: []services.Kind{services.Conflict},
}

// plaintext is one of the sections.
func plaintext(p *schemas.Parts) any {
	var all []any
	for _, name := range schemas.Sections() {
		all = append(all, p.Section(name))
	}
	return object{"anyOf": all}
}

// openSection answers with the plaintext of a section.
func openSection(c *call) (answer, error) {
	var in openBody
	if err := c.input(&in); err != nil {
		return answer{}, err
	}
	plaintext, err := c.desk.OpenSection(c.Context(), desk.OpenInput{
		Case: c.PathValue("case"), Event: in.Event, Section: in.Section, Purpose: in.Purpose,
	})
	return ok(json.RawMessage(plaintext)), err
}
