package deskclient

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/saphan-project/saphan/services/webhook"
)

// AddWebhook adds an endpoint. The answer holds its secret, and nothing else ever does.
func (c *Client) AddWebhook(ctx context.Context, in webhook.EndpointInput) (webhook.EndpointSecret, error) {
	var made webhook.EndpointSecret
	err := c.post(ctx, in, &made, "webhooks")
	return made, err
}

// Webhooks lists endpoints, the oldest first.
func (c *Client) Webhooks(ctx context.Context) ([]webhook.EndpointStatus, error) {
	var list struct {
		Webhooks []webhook.EndpointStatus `json:"webhooks"`
	}
	err := c.get(ctx, &list, "webhooks")
	return list.Webhooks, err
}

// Webhook returns an endpoint, by its id.
func (c *Client) Webhook(ctx context.Context, id string) (webhook.EndpointStatus, error) {
	var found webhook.EndpointStatus
	err := c.get(ctx, &found, "webhooks", id)
	return found, err
}

// VerifyWebhook asks the receiver of an endpoint whether it wants events.
func (c *Client) VerifyWebhook(ctx context.Context, id string) (webhook.Checked, error) {
	var told webhook.Checked
	err := c.post(ctx, struct{}{}, &told, "webhooks", id, "verify")
	return told, err
}

// PauseWebhook has what comes to an endpoint wait.
func (c *Client) PauseWebhook(ctx context.Context, id string) (webhook.Endpoint, error) {
	var e webhook.Endpoint
	err := c.post(ctx, struct{}{}, &e, "webhooks", id, "pause")
	return e, err
}

// ResumeWebhook sends what waited for a paused endpoint.
func (c *Client) ResumeWebhook(ctx context.Context, id string) (webhook.Endpoint, error) {
	var e webhook.Endpoint
	err := c.post(ctx, struct{}{}, &e, "webhooks", id, "resume")
	return e, err
}

// RotateWebhook gives an endpoint a new key. The answer holds its secret, and nothing
// else ever does.
func (c *Client) RotateWebhook(ctx context.Context, id string, in webhook.KeyInput) (webhook.EndpointSecret, error) {
	var made webhook.EndpointSecret
	err := c.post(ctx, in, &made, "webhooks", id, "rotate")
	return made, err
}

// RemoveWebhook ends an endpoint for good.
func (c *Client) RemoveWebhook(ctx context.Context, id string) (webhook.Endpoint, error) {
	var e webhook.Endpoint
	err := c.post(ctx, struct{}{}, &e, "webhooks", id, "remove")
	return e, err
}

// TestWebhook sends an endpoint the example of a type, once.
func (c *Client) TestWebhook(ctx context.Context, id string, in webhook.ExampleInput) (webhook.Checked, error) {
	var told webhook.Checked
	err := c.post(ctx, in, &told, "webhooks", id, "test")
	return told, err
}

// Deliveries lists one page of what was sent to an endpoint or is to be, the newest
// first.
func (c *Client) Deliveries(ctx context.Context, id string, in webhook.LogInput) (webhook.DeliveryLog, error) {
	q := url.Values{}
	for name, value := range map[string]string{
		"state": string(in.State), "type": in.Type,
		"before": strconv.FormatUint(in.Before, 10), "limit": strconv.Itoa(in.Limit),
	} {
		if value != "" && value != "0" {
			q.Set(name, value)
		}
	}
	var found webhook.DeliveryLog
	path := join([]string{"webhooks", id, "deliveries"})
	if len(q) > 0 {
		path += "?" + q.Encode()
	}
	err := c.do(ctx, request{method: http.MethodGet, path: path, into: &found})
	return found, err
}

// RetryDeliveries sends deliveries of an endpoint again.
func (c *Client) RetryDeliveries(ctx context.Context, id string, in webhook.RetryInput) (webhook.Moved, error) {
	var told webhook.Moved
	err := c.post(ctx, in, &told, "webhooks", id, "deliveries", "retry")
	return told, err
}

// SkipDelivery gives up a delivery, so that the next one of its case may go.
func (c *Client) SkipDelivery(ctx context.Context, id string, in webhook.SkipInput) (webhook.Moved, error) {
	var told webhook.Moved
	err := c.post(ctx, in, &told, "webhooks", id, "deliveries", "skip")
	return told, err
}

// ReplayWebhook sends an endpoint everything again, from a place or an instant on.
func (c *Client) ReplayWebhook(ctx context.Context, id string, in webhook.ReplayInput) (webhook.Moved, error) {
	var told webhook.Moved
	err := c.post(ctx, in, &told, "webhooks", id, "replay")
	return told, err
}
