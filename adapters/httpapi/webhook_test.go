package httpapi_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saphan-project/saphan/adapters/httpapi"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/webhook"
)

const hookID = tokenID // ids of webhooks and of tokens are made alike

// fakeHooks answers like the webhooks of a desk, and keeps what it was told.
type fakeHooks struct{ desk *fakeDesk }

var _ httpapi.Webhooks = fakeHooks{}

func (d *fakeDesk) Webhooks() httpapi.Webhooks { return fakeHooks{d} }

// hear keeps a word, and answers about an endpoint in a state.
func (h fakeHooks) hear(id string, s webhook.EndpointState, in ...any) (webhook.Endpoint, error) {
	h.desk.mu.Lock()
	h.desk.said = append(h.desk.said, in...)
	h.desk.mu.Unlock()
	err := h.desk.err
	if id != hookID {
		err = services.Refuse(services.Unknown, services.CodeNotVisible)
	}
	e := webhook.Endpoint{ID: hookID, State: s, Keys: []webhook.SigningKey{{Public: "whpk_b", Secret: []byte(canary), Seed: []byte(canary)}}}
	if s == webhook.Paused {
		e.Reason = webhook.ByPerson
	}
	return e, err
}

func (h fakeHooks) Add(_ context.Context, in webhook.EndpointInput) (webhook.EndpointSecret, error) {
	e, err := h.hear(hookID, webhook.Active, in)
	return webhook.EndpointSecret{Endpoint: e, Secret: "whsec_c2VjcmV0"}, err
}

func (h fakeHooks) List(context.Context) ([]webhook.EndpointStatus, error) {
	e, err := h.hear(hookID, webhook.Active)
	return []webhook.EndpointStatus{{Endpoint: e, Deliveries: webhook.Counts{}}}, err
}

func (h fakeHooks) Show(_ context.Context, id string) (webhook.EndpointStatus, error) {
	e, err := h.hear(id, webhook.Active)
	return webhook.EndpointStatus{Endpoint: e, Deliveries: webhook.Counts{webhook.Waiting: 3}}, err
}

func (h fakeHooks) Verify(_ context.Context, id string) (webhook.Checked, error) {
	e, err := h.hear(id, webhook.Active)
	return webhook.Checked{Endpoint: e, Outcome: webhook.OutcomeOf(200)}, err
}

func (h fakeHooks) Pause(_ context.Context, id string) (webhook.Endpoint, error) {
	return h.hear(id, webhook.Paused)
}

func (h fakeHooks) Resume(_ context.Context, id string) (webhook.Endpoint, error) {
	return h.hear(id, webhook.Active)
}

func (h fakeHooks) Remove(_ context.Context, id string) (webhook.Endpoint, error) {
	return h.hear(id, webhook.Disabled)
}

func (h fakeHooks) Rotate(_ context.Context, id string, in webhook.KeyInput) (webhook.EndpointSecret, error) {
	e, err := h.hear(id, webhook.Active, in)
	return webhook.EndpointSecret{Endpoint: e, Secret: "whsec_c2VjcmV0"}, err
}

func (h fakeHooks) Test(_ context.Context, id string, in webhook.ExampleInput) (webhook.Checked, error) {
	e, err := h.hear(id, webhook.Active, in)
	return webhook.Checked{Endpoint: e, Outcome: webhook.OutcomeOf(500)}, err
}

func (h fakeHooks) Deliveries(_ context.Context, id string, in webhook.LogInput) (webhook.DeliveryLog, error) {
	_, err := h.hear(id, webhook.Active, in)
	return webhook.DeliveryLog{Deliveries: []webhook.Delivery{{Place: 8, Event: eventID, Scope: canary, Type: "referral.offered", State: webhook.Failed, Last: webhook.OutcomeOf(500)}}, Next: 8}, err
}

func (h fakeHooks) Retry(_ context.Context, id string, in webhook.RetryInput) (webhook.Moved, error) {
	_, err := h.hear(id, webhook.Active, in)
	return webhook.Moved{Count: 1}, err
}

func (h fakeHooks) SkipDelivery(_ context.Context, id string, in webhook.SkipInput) (webhook.Moved, error) {
	_, err := h.hear(id, webhook.Active, in)
	return webhook.Moved{Count: 1}, err
}

func (h fakeHooks) Replay(_ context.Context, id string, in webhook.ReplayInput) (webhook.Moved, error) {
	_, err := h.hear(id, webhook.Active, in)
	return webhook.Moved{Count: 7}, err
}

// alsoNeeds is what a route needs beside its scope: who is sent events can read them.
var alsoNeeds = map[string]services.TokenScope{"POST /v1/webhooks": services.MayRead}

// Who adds a webhook has events sent to somebody: that takes a token that may read
// them, beside one that may manage.
func TestAWebhookIsAddedByWhoMayRead(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.tokens.put("scoped", services.Grant{ID: "1", Agency: harbour, Scopes: []services.TokenScope{services.MayManage}})
	add := ask{"POST", "/v1/webhooks", `{"url":"https://hook.example.org"}`, and(asJSON, "Authorization", "Bearer scoped")}
	if got := w.send(t, add); got.status != 403 || !strings.Contains(got.body, "forbidden:scope") || len(w.harbour.said) > 0 {
		t.Errorf("%d %s, told %v", got.status, got.body, w.harbour.said)
	}
}

// What the routes say comes through whole, and no secret comes out but a new one.
func TestWhatIsSaidToWebhooks(t *testing.T) {
	t.Parallel()
	w := start(t)
	for _, row := range everyRoute {
		if !strings.Contains(row.path, "webhooks") {
			continue
		}
		if got := w.send(t, row.ask); strings.Contains(got.body, canary) || strings.Contains(got.body, "SW52ZW50ZWQ") {
			t.Errorf("%s tells too much: %s", row.path, got.body)
		}
	}
	never := 0
	want := []any{
		webhook.EndpointInput{URL: "https://hook.example.org", Types: []string{"referral.*"}, Full: true},
		webhook.KeyInput{Overlap: &never},
		webhook.ExampleInput{Type: "referral.offered"},
		webhook.ReplayInput{Since: time.Date(2026, 11, 23, 2, 41, 0, 0, time.UTC)},
		webhook.LogInput{State: webhook.Failed, Type: "referral.offered", Page: webhook.Page{Before: 9, Limit: 5}},
		webhook.RetryInput{Event: eventID},
		webhook.SkipInput{Event: eventID},
	}
	if diff := cmp.Diff(want, w.harbour.said); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}

func TestWebhooksRefuse(t *testing.T) {
	t.Parallel()
	w := start(t)
	for _, row := range []struct {
		ask
		status int
		want   string
	}{
		{ask{"GET", "/v1/webhooks/" + canary[:8], "", nil}, 404, "unknown:not_visible"},
		{ask{"POST", "/v1/webhooks/" + hookID + "/dance", "", nil}, 404, "unknown:not_visible"},
		{ask{"POST", "/v1/webhooks", `{"url":1}`, asJSON}, 422, `"pointer":"/url","code":"type"`},
		{ask{"POST", "/v1/webhooks", `{"` + canary + `":1}`, asJSON}, 400, `none of: url, types, full.`},
		{ask{"GET", "/v1/webhooks/" + hookID + "/deliveries?before=" + canary[:8], "", nil}, 422, `"pointer":"/before"`},
		{ask{"GET", "/v1/webhooks/" + hookID + "/deliveries?limit=-1", "", nil}, 422, `"pointer":"/limit"`},
	} {
		if got := w.send(t, row.ask); got.status != row.status || !strings.Contains(got.body, row.want) || strings.Contains(got.body, canary[:8]) {
			t.Errorf("%s %s: %d %s", row.method, row.path, got.status, got.body)
		}
	}
}
