package httpapi

import (
	"net/http"
	"slices"

	"github.com/saphan-project/saphan/services"
)

var docOutbox = doc{
	id: "resolveParked", summary: "Decide about an event of the outbox that was refused and holds up its case",
	about:   "retry sends it again as it is; discard lets go of it, and what waits behind it goes on.",
	verbs:   []string{"retry", "discard"},
	answers: slices.Concat(filed, []content{{status: 200, says: "It was discarded.", shape: anyObject}}),
	refuses: []services.Kind{services.Conflict},
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
