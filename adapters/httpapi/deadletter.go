package httpapi

import (
	"context"
	"strconv"
	"time"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/operator"
)

// DeadLetters looks after what services and desks gave up on.
type DeadLetters interface {
	DeadLetters(ctx context.Context, q operator.Query) (operator.LetterList, error)
	DeadLetter(ctx context.Context, place uint64, bytes bool) (operator.LetterPreview, error)
	Replay(ctx context.Context, place uint64) (operator.Letter, error)
}

var docDeadLetters = doc{
	id: "listDeadLetters", summary: "List what services and desks gave up on, the newest first",
	about: "A list has types and short ids, and no data.",
	asks: []parameter{
		{name: "all", says: "true: those that need nobody, too.", example: "true"},
		{name: "consumer", says: "Of this one alone.", example: "delivery"},
		{name: "reason", says: "For this reason alone.", example: "max_deliveries"},
		{name: "since", says: "Since an instant, RFC 3339.", example: "2026-11-23T00:00:00Z"},
		{name: "limit", says: "How many at most.", example: "20"},
	},
	answers: []content{{status: 200, says: "The letters.", shape: of[operator.LetterList]}},
	refuses: []services.Kind{services.Invalid},
}

// listDeadLetters lists those that need somebody, the newest first. The parameters
// "consumer", "reason", "since" (RFC 3339) and "limit" pick some; "all=true" lists
// those that need nobody, too.
func listDeadLetters(c *call, op Operator) (answer, error) {
	q, err := letterQuery(c)
	if err != nil {
		return answer{}, err
	}
	list, err := op.DeadLetters(c.Context(), q)
	return ok(list), err
}

func letterQuery(c *call) (operator.Query, error) {
	given := c.URL.Query()
	q := operator.Query{All: given.Get("all") == "true", Consumer: given.Get("consumer"), Reason: given.Get("reason")}
	var err error
	if since := given.Get("since"); since != "" {
		if q.Since, err = time.Parse(time.RFC3339, since); err != nil {
			return q, invalidParameter("/since", "format")
		}
	}
	if limit := given.Get("limit"); limit != "" {
		if q.Limit, err = strconv.Atoi(limit); err != nil || q.Limit < 1 {
			return q, invalidParameter("/limit", "minimum")
		}
	}
	return q, nil
}

func invalidParameter(pointer, code string) error {
	return services.RefuseInput(schemas.Problems{{Pointer: pointer, Code: code}})
}

var docDeadLetter = doc{
	id: "showDeadLetter", summary: "Show a dead letter, and what a replay would do",
	asks:    []parameter{{name: "bytes", says: "true: its message as well, byte for byte.", example: "true"}},
	answers: []content{{status: 200, says: "The letter.", shape: of[operator.LetterPreview]}},
}

// showDeadLetter shows one, and what a replay would do; with the parameter
// "bytes=true" what it is about, byte for byte.
func showDeadLetter(c *call, op Operator) (answer, error) {
	place, err := letterPlace(c)
	if err != nil {
		return answer{}, err
	}
	p, err := op.DeadLetter(c.Context(), place, c.URL.Query().Get("bytes") == "true")
	return ok(p), err
}

var docReplayDeadLetter = doc{
	id: "replayDeadLetter", summary: "Hand out once more what a dead letter is about",
	answers: []content{{status: 200, says: "The letter as it stands now.", shape: of[operator.Letter]}},
	refuses: []services.Kind{services.Conflict},
}

// replayDeadLetter hands out once more what it is about.
func replayDeadLetter(c *call, op Operator) (answer, error) {
	place, err := letterPlace(c)
	if err != nil {
		return answer{}, err
	}
	l, err := op.Replay(c.Context(), place)
	return ok(l), err
}

func letterPlace(c *call) (uint64, error) {
	place, err := strconv.ParseUint(c.PathValue("letter"), 10, 64)
	if err != nil {
		return 0, errNotVisible
	}
	return place, nil
}
