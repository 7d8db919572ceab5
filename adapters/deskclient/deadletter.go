package deskclient

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/saphan-project/saphan/services/operator"
)

const letters = "/v1/operator/deadletters"

// DeadLetters lists what services and desks gave up on, the newest first.
func (o *Operator) DeadLetters(ctx context.Context, q operator.Query) (operator.LetterList, error) {
	asked := url.Values{}
	set := func(name, value string, given bool) {
		if given {
			asked.Set(name, value)
		}
	}
	set("all", "true", q.All)
	set("consumer", q.Consumer, q.Consumer != "")
	set("reason", q.Reason, q.Reason != "")
	set("since", q.Since.Format(time.RFC3339), !q.Since.IsZero())
	set("limit", strconv.Itoa(q.Limit), q.Limit != 0)
	var list operator.LetterList
	err := o.c.do(ctx, request{method: http.MethodGet, path: letters + "?" + asked.Encode(), into: &list})
	return list, err
}

// DeadLetter shows one, with its bytes if asked, and what a replay would do.
func (o *Operator) DeadLetter(ctx context.Context, place uint64, bytes bool) (operator.LetterPreview, error) {
	path := letters + "/" + strconv.FormatUint(place, 10)
	if bytes {
		path += "?bytes=true"
	}
	var p operator.LetterPreview
	err := o.c.do(ctx, request{method: http.MethodGet, path: path, into: &p})
	return p, err
}

// Replay hands out once more what a letter is about.
func (o *Operator) Replay(ctx context.Context, place uint64) (operator.Letter, error) {
	var l operator.Letter
	err := o.c.post(ctx, struct{}{}, &l, "operator", "deadletters", strconv.FormatUint(place, 10), "replay")
	return l, err
}
