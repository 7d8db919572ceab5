package httpapi

import (
	"net/http"

	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/desk"
)

// batchBody answers a word over a batch.
type batchBody struct {
	Batch   string       `json:"batch"`
	Event   string       `json:"event"` // under which the same can be said again
	Results []caseResult `json:"results"`
}

// caseResult is the answer about one case: what it would have got alone.
type caseResult struct {
	Case      string       `json:"case"`
	Reference string       `json:"reference,omitempty"`
	Status    int          `json:"status"`
	Answer    *desk.Answer `json:"answer,omitempty"`
	Problem   *problem     `json:"problem,omitempty"`
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
