package deskclient

import (
	"context"
	"encoding/json"

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
	var t struct {
		Steps []casefile.Step `json:"steps"`
	}
	err := c.get(ctx, &t, "cases", name, "trace")
	return t.Steps, err
}

// Open returns the plaintext of a section, a JSON object.
func (c *Client) Open(ctx context.Context, in desk.OpenInput) (json.RawMessage, error) {
	var section json.RawMessage
	body := map[string]string{"event": in.Event, "section": in.Section, "purpose": in.Purpose}
	err := c.post(ctx, body, &section, "cases", in.Case, "open")
	return section, err
}
