package deskclient

import (
	"context"

	"github.com/saphan-project/saphan/services/desk"
)

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
