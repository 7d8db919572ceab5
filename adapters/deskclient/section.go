package deskclient

import (
	"context"
	"encoding/json"

	"github.com/saphan-project/saphan/services/desk"
)

// Open returns the plaintext of a section, a JSON object.
func (c *Client) Open(ctx context.Context, in desk.OpenInput) (json.RawMessage, error) {
	var section json.RawMessage
	body := map[string]string{"event": in.Event, "section": in.Section, "purpose": in.Purpose}
	err := c.post(ctx, body, &section, "cases", in.Case, "open")
	return section, err
}
