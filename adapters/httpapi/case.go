package httpapi

import "github.com/saphan-project/saphan/services/desk"

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

// traceCase shows what happened to a case, by id or reference.
func traceCase(c *call) (answer, error) {
	told, err := c.desk.Trace(c.Context(), c.PathValue("case"))
	told.Steps = listed(told.Steps)
	return ok(told), err
}

// showEvent answers with the bytes of an event of a case, by id or reference, or of
// an inspection, as they were signed.
func showEvent(c *call) (answer, error) {
	f, err := c.desk.Event(c.Context(), c.PathValue("case"), c.PathValue("event"))
	return answer{status: 200, contentType: typeEvent, body: exact(f.Bytes)}, err
}

// actOnCase files what a person says about a case, by id or reference; the verbs are
// those of desk.CaseVerbs.
func actOnCase(c *call) (answer, error) {
	var in desk.ActInput
	if err := c.input(&in, takenBy(c.PathValue("verb"), desk.CaseVerbs())...); err != nil {
		return answer{}, err
	}
	a, err := c.desk.ActOnCase(c.Context(), c.PathValue("verb"), c.PathValue("case"), in)
	if err != nil {
		return answer{}, err
	}
	return answerTo(a), nil
}
