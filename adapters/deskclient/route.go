package deskclient

import (
	"context"

	"github.com/saphan-project/saphan/services/desk"
)

// Route asks whom a referral would be offered to, who not, and why. It files
// nothing.
func (c *Client) Route(ctx context.Context, in desk.RouteInput) (desk.Route, error) {
	var told desk.Route
	err := c.post(ctx, in, &told, "route")
	return told, err
}
