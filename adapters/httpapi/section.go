package httpapi

import (
	"encoding/json"

	"github.com/saphan-project/saphan/services/desk"
)

// openBody names the section of the case that is to be opened.
type openBody struct {
	Event   string `json:"event"` // empty: the latest that names the section
	Section string `json:"section"`
	Purpose string `json:"purpose"`
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
