package deskclient

import (
	"context"

	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/desk"
)

// ActOnBatch says a word about the cases of a batch, by its id or a reference. The
// error is about the batch as a whole; each result has its case's own, a
// *services.Error.
func (c *Client) ActOnBatch(ctx context.Context, verb, batch string, in desk.ActInput) (desk.BatchAnswer, error) {
	var told struct {
		desk.BatchAnswer
		Results []struct {
			Case      string       `json:"case"`
			Reference string       `json:"reference"`
			Answer    *desk.Answer `json:"answer"`
			Problem   *problem     `json:"problem"`
		} `json:"results"`
	}
	if err := c.post(ctx, in, &told, "batches", batch, verb); err != nil {
		return desk.BatchAnswer{}, err
	}
	a := told.BatchAnswer
	for _, r := range told.Results {
		line := desk.CaseResult{Case: r.Case, Reference: r.Reference}
		switch {
		case r.Answer != nil:
			line.Answer = *r.Answer
		case r.Problem != nil:
			line.Err = r.Problem.refusal()
		default:
			line.Err = services.Refuse(services.Internal, "answer")
		}
		a.Results = append(a.Results, line)
	}
	return a, nil
}
