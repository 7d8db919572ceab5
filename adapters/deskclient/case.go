package deskclient

import (
	"context"

	"github.com/saphan-project/saphan/services/casefile"
	"github.com/saphan-project/saphan/services/desk"
)

// Cases lists the cases that the agency can see, the latest change first.
func (c *Client) Cases(ctx context.Context) ([]desk.Case, error) {
	var list struct {
		Cases []desk.Case `json:"cases"`
	}
	err := c.get(ctx, &list, "cases")
	return list.Cases, err
}

// Case returns one case, by id or reference.
func (c *Client) Case(ctx context.Context, name string) (desk.Case, error) {
	var found desk.Case
	err := c.get(ctx, &found, "cases", name)
	return found, err
}

// Trace tells what happened to a case, by id or reference.
func (c *Client) Trace(ctx context.Context, name string) ([]casefile.Step, error) {
	var t desk.Trace
	err := c.get(ctx, &t, "cases", name, "trace")
	return t.Steps, err
}

// ActOnCase says a word about a case, by id or reference; the verbs are those of
// desk.CaseVerbs.
func (c *Client) ActOnCase(ctx context.Context, verb, name string, in desk.ActInput) (desk.Answer, error) {
	var a desk.Answer
	err := c.post(ctx, in, &a, "cases", name, verb)
	return a, err
}

// Event returns the bytes of one event that the desk holds of a case, by id or
// reference, or of an inspection, by id: as they were signed.
func (c *Client) Event(ctx context.Context, name, event string) ([]byte, error) {
	var raw []byte
	err := c.get(ctx, &raw, "cases", name, "events", event)
	return raw, err
}
