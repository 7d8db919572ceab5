package deskclient

import (
	"context"

	"github.com/saphan-project/saphan/schemas"
)

// Agency is a row of the directory, without its keys.
type Agency struct {
	ID       string                `json:"agency"`
	Kind     string                `json:"kind"`
	Name     map[string]string     `json:"name"` // by language
	Status   string                `json:"status"`
	Office   schemas.Area          `json:"office"`
	Areas    []schemas.Area        `json:"areas,omitempty"`
	Services []schemas.ServiceLine `json:"services,omitempty"`
}

// Agencies lists the agencies that the desk knows, sorted by id.
func (c *Client) Agencies(ctx context.Context) ([]Agency, error) {
	var list struct {
		Agencies []Agency `json:"agencies"`
	}
	err := c.get(ctx, &list, "agencies")
	return list.Agencies, err
}
