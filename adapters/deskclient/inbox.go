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
