package httpapi

import (
	"encoding/json"

	"github.com/saphan-project/saphan/services/casefile"
	"github.com/saphan-project/saphan/services/desk"
)

// listCases lists the cases that the agency can see, the latest change first.
func listCases(c *call) (answer, error) {
	cases, err := c.desk.Cases(c.Context())
	return ok(map[string][]desk.Case{"cases": listed(cases)}), err
}

// showCase shows one case, by id or reference.
func showCase(c *call) (answer, error) {
	found, err := c.desk.Case(c.Context(), c.PathValue("case"))
	return ok(found), err
}

// trace is what happened to a case, as far as the agency can see.
type trace struct {
	Case      string          `json:"case"`
	Reference string          `json:"reference"`
	Steps     []casefile.Step `json:"steps"`
}

func traceCase(c *call) (answer, error) {
	found, err := c.desk.Case(c.Context(), c.PathValue("case"))
	if err != nil {
		return answer{}, err
	}
	steps, err := c.desk.Trace(c.Context(), found.ID)
	return ok(trace{found.ID, found.Reference, listed(steps)}), err
}

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
