package deskclient

import (
	"context"
	"net/http"

	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/desk"
)

// File files one event in open form. The answer has no receipt while the event
// waits at the desk.
func (c *Client) File(ctx context.Context, raw []byte) (desk.Answer, error) {
	var a desk.Answer
	err := c.do(ctx, request{
		method: http.MethodPost, path: "/v1/events", contentType: "application/cloudevents+json",
		body: raw, into: &a,
	})
	return a, err
}

// FileBatch files a JSON array of events in open form. The error is about the
// batch as a whole; each result has its event's own, a *services.Error, beside
// an answer that holds the event's id.
func (c *Client) FileBatch(ctx context.Context, raw []byte) ([]desk.Result, error) {
	var lines []struct {
		ID      string       `json:"id"`
		Answer  *desk.Answer `json:"answer"`
		Problem *problem     `json:"problem"`
	}
	err := c.do(ctx, request{
		method: http.MethodPost, path: "/v1/events", contentType: "application/cloudevents-batch+json",
		body: raw, into: &lines,
	})
	if err != nil {
		return nil, err
	}
	results := make([]desk.Result, len(lines))
	for i, l := range lines {
		results[i].Answer.Event = l.ID
		switch {
		case l.Answer != nil:
			results[i].Answer = *l.Answer
		case l.Problem != nil:
			results[i].Err = l.Problem.refusal()
		default:
			results[i].Err = services.Refuse(services.Internal, "answer")
		}
	}
	return results, nil
}
