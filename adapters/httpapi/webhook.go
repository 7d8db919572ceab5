package httpapi

import (
	"context"
	"net/http"
	"strconv"

	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/webhook"
)

// Sending has what a desk is shown sent elsewhere.
type Sending interface {
	// Webhooks are those of the desk.
	Webhooks() Webhooks
}

// Webhooks is what the API needs of the webhooks of one desk. Every refusal is a
// *services.Error.
type Webhooks interface {
	Receivers
	Deliveries
}

var _ Webhooks = (*webhook.Service)(nil)

// Receivers adds, changes and ends endpoints.
type Receivers interface {
	Add(ctx context.Context, in webhook.EndpointInput) (webhook.EndpointSecret, error)
	List(ctx context.Context) ([]webhook.EndpointStatus, error)
	Show(ctx context.Context, id string) (webhook.EndpointStatus, error)
	Verify(ctx context.Context, id string) (webhook.Checked, error)
	Pause(ctx context.Context, id string) (webhook.Endpoint, error)
	Resume(ctx context.Context, id string) (webhook.Endpoint, error)
	Rotate(ctx context.Context, id string, in webhook.KeyInput) (webhook.EndpointSecret, error)
	Remove(ctx context.Context, id string) (webhook.Endpoint, error)
}

// Deliveries lists what is sent, and has it sent again or not at all.
type Deliveries interface {
	Test(ctx context.Context, id string, in webhook.ExampleInput) (webhook.Checked, error)
	Deliveries(ctx context.Context, id string, in webhook.LogInput) (webhook.DeliveryLog, error)
	Retry(ctx context.Context, id string, in webhook.RetryInput) (webhook.Moved, error)
	SkipDelivery(ctx context.Context, id string, in webhook.SkipInput) (webhook.Moved, error)
	Replay(ctx context.Context, id string, in webhook.ReplayInput) (webhook.Moved, error)
}

// webhookRoutes are those of a desk's webhooks.
func webhookRoutes() []route {
	all := []route{
		{pattern: "GET /v1/webhooks", handle: listWebhooks, doc: docWebhooks},
		{pattern: "POST /v1/webhooks", handle: addWebhook, doc: docAddWebhook},
		{pattern: "GET /v1/webhooks/{webhook}", handle: aboutWebhook(Webhooks.Show), doc: docWebhook},
		{pattern: "POST /v1/webhooks/{webhook}/verify", handle: aboutWebhook(Webhooks.Verify), doc: docVerifyWebhook},
		{pattern: "POST /v1/webhooks/{webhook}/pause", handle: aboutWebhook(Webhooks.Pause), doc: docPauseWebhook},
		{pattern: "POST /v1/webhooks/{webhook}/resume", handle: aboutWebhook(Webhooks.Resume), doc: docResumeWebhook},
		{pattern: "POST /v1/webhooks/{webhook}/remove", handle: aboutWebhook(Webhooks.Remove), doc: docRemoveWebhook},
		{pattern: "POST /v1/webhooks/{webhook}/rotate", handle: toWebhook(Webhooks.Rotate), doc: docRotateWebhook},
		{pattern: "POST /v1/webhooks/{webhook}/test", handle: toWebhook(Webhooks.Test), doc: docTestWebhook},
		{pattern: "POST /v1/webhooks/{webhook}/replay", handle: toWebhook(Webhooks.Replay), doc: docReplayWebhook},
		{pattern: "GET /v1/webhooks/{webhook}/deliveries", handle: listDeliveries, doc: docDeliveries},
		{pattern: "POST /v1/webhooks/{webhook}/deliveries/retry", handle: toWebhook(Webhooks.Retry), doc: docRetryDeliveries},
		{pattern: "POST /v1/webhooks/{webhook}/deliveries/skip", handle: toWebhook(Webhooks.SkipDelivery), doc: docSkipDelivery},
	}
	for i := range all {
		all[i].needs = services.MayManage
	}
	return all
}

// listWebhooks lists endpoints, the oldest first.
func listWebhooks(c *call) (answer, error) {
	found, err := c.desk.Webhooks().List(c.Context())
	return ok(map[string][]webhook.EndpointStatus{"webhooks": listed(found)}), err
}

// addWebhook adds an endpoint; the answer is the only place where its secret stands.
// Who is sent events can read them: nobody gives away more than they may see.
func addWebhook(c *call) (answer, error) {
	if !c.grant.Allows(services.MayRead) {
		return answer{}, errScope
	}
	var in webhook.EndpointInput
	if err := c.input(&in); err != nil {
		return answer{}, err
	}
	made, err := c.desk.Webhooks().Add(c.Context(), in)
	return answer{status: http.StatusCreated, body: made}, err
}

// aboutWebhook makes a handler of a word about an endpoint that takes nothing.
func aboutWebhook[T any](say func(Webhooks, context.Context, string) (T, error)) handler {
	return func(c *call) (answer, error) {
		told, err := say(c.desk.Webhooks(), c.Context(), c.PathValue("webhook"))
		return ok(told), err
	}
}

// toWebhook makes a handler of a word about an endpoint that takes an input.
func toWebhook[In, T any](say func(Webhooks, context.Context, string, In) (T, error)) handler {
	return func(c *call) (answer, error) {
		var in In
		if err := c.input(&in); err != nil {
			return answer{}, err
		}
		told, err := say(c.desk.Webhooks(), c.Context(), c.PathValue("webhook"), in)
		return ok(told), err
	}
}

// listDeliveries lists one page of the log of an endpoint, the newest first. The
// parameters "state" and "type" pick some; "before" is the place that the page ends
// at, "limit" how many there are at most.
func listDeliveries(c *call) (answer, error) {
	q := c.URL.Query()
	in := webhook.LogInput{State: webhook.DeliveryState(q.Get("state")), Type: q.Get("type")}
	var err error
	if before := q.Get("before"); before != "" {
		if in.Before, err = strconv.ParseUint(before, 10, 63); err != nil {
			return answer{}, invalidParameter("/before", "minimum")
		}
	}
	if limit := q.Get("limit"); limit != "" {
		if in.Limit, err = strconv.Atoi(limit); err != nil || in.Limit < 1 {
			return answer{}, invalidParameter("/limit", "minimum")
		}
	}
	found, err := c.desk.Webhooks().Deliveries(c.Context(), c.PathValue("webhook"), in)
	found.Deliveries = listed(found.Deliveries)
	return ok(found), err
}
