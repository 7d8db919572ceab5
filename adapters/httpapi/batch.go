package httpapi

import (
	"net/http"

	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/desk"
)

// batchBody answers a word over a batch.
type batchBody struct {
	Batch   string       `json:"batch"`   // its id
	Event   string       `json:"event"`   // under which the same can be said again
	Results []caseResult `json:"results"` // one a case
}

// caseResult is the answer about one case: what it would have got alone.
type caseResult struct {
	Case      string          `json:"case"`                // its id
	Reference string          `json:"reference,omitempty"` // its short name
	Status    int             `json:"status"`              // that it would have got alone
	Answer    *desk.Answer    `json:"answer,omitempty"`    // what became of it
	Problem   *problemDetails `json:"problem,omitempty"`   // why it was refused
}

var docActOnBatch = doc{
	id: "actOnBatch", summary: "Say a word about every case of a batch, or about some",
	about: "A word about referrals is said of the referrals that were filed together, one about cases of the cases. " +
		"Each gets the answer that it would have got alone. It may be said again under the same event id." +
		wordsOf(desk.Verbs(), desk.CaseVerbs()),
	verbs:   namesOf(desk.Verbs(), desk.CaseVerbs()),
	takes:   []content{{shape: input[desk.ActInput]}},
	answers: []content{{status: 207, says: "Look at each result.", shape: of[batchBody]}},
	refuses: []services.Kind{services.Conflict},
}

// actOnBatch files what a person says about the cases of a batch. The status is 207:
// look at each.
func actOnBatch(c *call) (answer, error) {
	var in desk.ActInput
	if err := c.input(&in, takenBy(c.PathValue("verb"), desk.Verbs(), desk.CaseVerbs())...); err != nil {
		return answer{}, err
	}
	a, err := c.desk.ActOnBatch(c.Context(), c.PathValue("verb"), c.PathValue("batch"), in)
	if err != nil {
		return answer{}, err
	}
	body := batchBody{Batch: a.Batch, Event: a.Event, Results: make([]caseResult, len(a.Results))}
	for i, r := range a.Results {
		body.Results[i] = c.caseResult(r)
	}
	return answer{status: http.StatusMultiStatus, body: body}, nil
}

func (c *call) caseResult(r desk.CaseResult) caseResult {
	out := caseResult{Case: r.Case, Reference: r.Reference}
	if r.Err != nil {
		p := problemOf(services.AsError(r.Err), language(c.Request))
		out.Status, out.Problem = p.Status, &p
		return out
	}
	out.Status, out.Answer = answerTo(r.Answer).status, &r.Answer
	return out
}
