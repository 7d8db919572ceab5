package deskclient_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saphan-project/saphan/adapters/deskclient"
	"github.com/saphan-project/saphan/services/webhook"
)

const hookID = "3f9a01c2d4e5"

func TestEachWordToAWebhookAsksItsRoute(t *testing.T) {
	t.Parallel()
	const endpoint = `{"id":"` + hookID + `","state":"active","secret":"whsec_c2VjcmV0","count":3,"outcome":{"code":"ok","status":204},"deliveries":{"waiting":2}}`
	at := "/v1/webhooks/" + hookID
	half := 43200
	for name, row := range map[string]struct {
		answer string
		call   func(context.Context, *deskclient.Client) (any, error)
		want   string // the request in short
		got    any
	}{
		"add": {endpoint, func(ctx context.Context, c *deskclient.Client) (any, error) {
			made, err := c.AddWebhook(ctx, webhook.EndpointInput{URL: "https://hook.example.org", Types: []string{"referral.*"}})
			return made.ID + made.Secret, err
		}, `POST /v1/webhooks {"url":"https://hook.example.org","types":["referral.*"]}`, hookID + "whsec_c2VjcmV0"},
		"list": {`{"webhooks":[` + endpoint + `]}`, func(ctx context.Context, c *deskclient.Client) (any, error) {
			list, err := c.Webhooks(ctx)
			return list[0].Deliveries[webhook.Waiting], err
		}, `GET /v1/webhooks `, 2},
		"show": {endpoint, func(ctx context.Context, c *deskclient.Client) (any, error) {
			s, err := c.Webhook(ctx, hookID)
			return s.State, err
		}, `GET ` + at + ` `, webhook.Active},
		"verify": {endpoint, func(ctx context.Context, c *deskclient.Client) (any, error) {
			told, err := c.VerifyWebhook(ctx, hookID)
			return told.Outcome, err
		}, `POST ` + at + `/verify {}`, webhook.Outcome{Code: webhook.OK, Status: 204}},
		"pause": {endpoint, func(ctx context.Context, c *deskclient.Client) (any, error) {
			e, err := c.PauseWebhook(ctx, hookID)
			return e.ID, err
		}, `POST ` + at + `/pause {}`, hookID},
		"resume": {endpoint, func(ctx context.Context, c *deskclient.Client) (any, error) {
			e, err := c.ResumeWebhook(ctx, hookID)
			return e.ID, err
		}, `POST ` + at + `/resume {}`, hookID},
		"remove": {endpoint, func(ctx context.Context, c *deskclient.Client) (any, error) {
			e, err := c.RemoveWebhook(ctx, hookID)
			return e.ID, err
		}, `POST ` + at + `/remove {}`, hookID},
		"rotate": {endpoint, func(ctx context.Context, c *deskclient.Client) (any, error) {
			made, err := c.RotateWebhook(ctx, hookID, webhook.KeyInput{Overlap: &half})
			return made.Secret, err
		}, `POST ` + at + `/rotate {"overlap":43200}`, "whsec_c2VjcmV0"},
		"test": {endpoint, func(ctx context.Context, c *deskclient.Client) (any, error) {
			told, err := c.TestWebhook(ctx, hookID, webhook.ExampleInput{Type: "referral.offered"})
			return told.Outcome.Status, err
		}, `POST ` + at + `/test {"type":"referral.offered"}`, 204},
		"log": {`{"deliveries":[{"place":7,"last":{"code":"timed_out"}}],"next":7}`, func(ctx context.Context, c *deskclient.Client) (any, error) {
			return c.Deliveries(ctx, hookID, webhook.LogInput{State: webhook.Failed, Page: webhook.Page{Before: 9, Limit: 1}})
		}, `GET ` + at + `/deliveries?before=9&limit=1&state=failed `, webhook.DeliveryLog{
			Deliveries: []webhook.Delivery{{Place: 7, Last: webhook.Outcome{Code: webhook.TimedOut}}}, Next: 7,
		}},
		"whole log": {`{"deliveries":[]}`, func(ctx context.Context, c *deskclient.Client) (any, error) {
			log, err := c.Deliveries(ctx, hookID, webhook.LogInput{})
			return len(log.Deliveries), err
		}, `GET ` + at + `/deliveries `, 0},
		"retry": {endpoint, func(ctx context.Context, c *deskclient.Client) (any, error) {
			return c.RetryDeliveries(ctx, hookID, webhook.RetryInput{State: webhook.Failed, Since: time.Unix(0, 0).UTC()})
		}, `POST ` + at + `/deliveries/retry {"state":"failed","since":"1970-01-01T00:00:00Z"}`, webhook.Moved{Count: 3}},
		"skip": {endpoint, func(ctx context.Context, c *deskclient.Client) (any, error) {
			return c.SkipDelivery(ctx, hookID, webhook.SkipInput{Event: eventID})
		}, `POST ` + at + `/deliveries/skip {"event":"` + eventID + `"}`, webhook.Moved{Count: 3}},
		"replay": {endpoint, func(ctx context.Context, c *deskclient.Client) (any, error) {
			return c.ReplayWebhook(ctx, hookID, webhook.ReplayInput{Place: 5})
		}, `POST ` + at + `/replay {"place":5}`, webhook.Moved{Count: 3}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seen := ""
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				seen = r.Method + " " + r.URL.String() + " " + string(body)
				_, _ = io.WriteString(w, row.answer)
			}))
			defer server.Close()
			got, err := row.call(t.Context(), deskclient.New(deskclient.DeskFile{URL: server.URL}))
			if err != nil || seen != row.want {
				t.Errorf("asked %q, want %q; %v", seen, row.want, err)
			}
			if diff := cmp.Diff(row.got, got); diff != "" {
				t.Errorf("got (-want +got):\n%s", diff)
			}
		})
	}
}
