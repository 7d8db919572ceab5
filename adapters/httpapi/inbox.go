package httpapi

import (
	"net/http"

	"github.com/saphan-project/saphan/services/desk"
)

// showInbox lists what needs the agency, most pressing first.
func showInbox(c *call) (answer, error) {
	items, err := c.desk.Inbox(c.Context())
	return ok(map[string][]desk.Item{"items": listed(items)}), err
}

// listed returns a list that is written as [] when there is nothing in it.
func listed[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// resolveParked decides about an event of the outbox that was refused: "retry"
// sends it again as it is, "discard" lets go of it.
func resolveParked(c *call) (answer, error) {
	event := c.PathValue("event")
	switch c.PathValue("verb") {
	case "retry":
		a, err := c.desk.Retry(c.Context(), event)
		if err != nil {
			return answer{}, err
		}
		return answerTo(a), nil
	case "discard":
		return answer{status: http.StatusOK, body: struct{}{}}, c.desk.Discard(c.Context(), event)
	}
	return answer{}, errNotVisible
}
