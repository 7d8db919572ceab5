package httpapi

import "github.com/saphan-project/saphan/services/desk"

var docRoute = doc{
	id: "tryRoute", summary: "Tell whom a referral would be offered to, who not, and why",
	about:   "Of the request it needs service, area and age_class. Nothing is filed.",
	takes:   []content{{shape: input[desk.RouteInput]}},
	answers: []content{{status: 200, says: "The choice as it would come out.", shape: of[desk.Route]}},
}

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
