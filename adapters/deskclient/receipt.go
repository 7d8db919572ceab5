package deskclient

import (
	"context"

	"github.com/saphan-project/saphan/services"
)

// Receipt returns the receipt of an event that the agency filed; Later while it
// waits.
func (c *Client) Receipt(ctx context.Context, event string) (services.Receipt, error) {
	var r services.Receipt
	err := c.get(ctx, &r, "receipts", event)
	return r, err
}
