package deskclient

import (
	"context"

	"github.com/saphan-project/saphan/services/desk"
)

// Agencies lists the agencies that the desk knows, sorted by id.
func (c *Client) Agencies(ctx context.Context) ([]desk.Agency, error) {
	var list struct {
		Agencies []desk.Agency `json:"agencies"`
	}
	err := c.get(ctx, &list, "agencies")
	return list.Agencies, err
}
