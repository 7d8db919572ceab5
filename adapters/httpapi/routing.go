package httpapi

import "github.com/saphan-project/saphan/services/desk"

// tryRoute tells whom a referral would be offered to. It files nothing.
func tryRoute(c *call) (answer, error) {
	var in desk.RouteInput
	if err := c.input(&in); err != nil {
		return answer{}, err
	}
	told, err := c.desk.Route(c.Context(), in)
	if err != nil {
		return answer{}, err
	}
	return ok(told), nil
}
