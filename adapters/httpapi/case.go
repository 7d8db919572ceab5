package httpapi

import (
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/desk"
)

var docCases = doc{
	id: "listCases", summary: "List the cases that the agency can see, the latest change first",
	answers: []content{
		{status: 200, says: "The cases, without what the agency was not shown.", shape: listOf[desk.Case]("cases")},
	},
}

// listCases lists the cases that the agency can see, the latest change first.
func listCases(c *call) (answer, error) {
	cases, err := c.desk.Cases(c.Context())
	return ok(map[string][]desk.Case{"cases": listed(cases)}), err
}

var docCase = doc{
	id: "showCase", summary: "Show one case",
	answers: []content{{status: 200, says: "The case, without what the agency was not shown.", shape: of[desk.Case]}},
	refuses: []services.Kind{services.Conflict},
}

// showCase shows one case, by id or reference.
func showCase(c *call) (answer, error) {
	found, err := c.desk.Case(c.Context(), c.PathValue("case"))
	return ok(found), err
}

var docTrace = doc{
	id: "traceCase", summary: "Show what happened to a case, step by step",
	about:   "With the events of inspections that the case cites. It files nothing.",
	answers: []content{{status: 200, says: "The steps in the order of the ledger.", shape: of[desk.Trace]}},
	refuses: []services.Kind{services.Conflict},
}

// traceCase shows what happened to a case, by id or reference.
func traceCase(c *call) (answer, error) {
	told, err := c.desk.Trace(c.Context(), c.PathValue("case"))
	told.Steps = listed(told.Steps)
	return ok(told), err
}

var docActOnCase = doc{
	id: "actOnCase", summary: "Say a word about a case",
	about:   wordsOf(desk.CaseVerbs()),
	verbs:   namesOf(desk.CaseVerbs()),
	takes:   []content{{shape: input[desk.ActInput]}},
	answers: filed,
	refuses: []services.Kind{services.Conflict},
}

var docEvent = doc{
	id: "showEvent", summary: "Show an event",
	about:   "The bytes of an event of a case, by id or reference, or of an inspection, as they were signed.",
	answers: []content{{status: 200, says: "The event.", media: typeEvent, shape: signedEvent}},
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
