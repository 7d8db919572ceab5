package deskclient

import (
	"context"

	"github.com/saphan-project/saphan/services/desk"
)

// Inbox lists what needs the agency, most pressing first.
func (c *Client) Inbox(ctx context.Context) ([]desk.Item, error) {
	var list struct {
		Items []desk.Item `json:"items"`
	}
	err := c.get(ctx, &list, "inbox")
	return list.Items, err
}

// Retry sends an event of the outbox that was refused again, as it is.
func (c *Client) Retry(ctx context.Context, event string) (desk.Answer, error) {
	var a desk.Answer
	err := c.post(ctx, struct{}{}, &a, "outbox", event, "retry")
	return a, err
}

// Discard lets go of an event of the outbox that was refused.
func (c *Client) Discard(ctx context.Context, event string) error {
	return c.post(ctx, struct{}{}, &struct{}{}, "outbox", event, "discard")
}
