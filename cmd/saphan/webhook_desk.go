package main

import (
	"cmp"
	"context"
	"math/rand/v2"
	"net/url"

	"github.com/saphan-project/saphan/adapters/httpapi"
	"github.com/saphan-project/saphan/adapters/telemetry"
	hooks "github.com/saphan-project/saphan/adapters/webhook"
	"github.com/saphan-project/saphan/services/desk"
	"github.com/saphan-project/saphan/services/webhook"
)

// Webhooks are those of the desk.
func (d *deskNode) Webhooks() httpapi.Webhooks { return d.hooks }

// newWebhooks returns the webhooks of a desk; its tasks run them.
func newWebhooks(d *deskNode, w world) *webhook.Service {
	return webhook.New(webhook.Config{
		Feed: deskFeed{d.Service}, Store: d.files.Webhooks,
		Sender: hooks.New(hooks.Config{Origin: cmp.Or(w.origin, unnamed), Loopback: w.loopback, Now: w.ids.Now}),
		IDs:    w.ids, Jitter: rand.Float64, Wait: w.rest,
		Observe: telemetry.ObserveWebhooks(w.log),
	})
}

// unnamed is the origin of a node that nobody has told its name.
const unnamed = "localhost"

// originOf is the name under which receivers know a node with this address: its host.
func originOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return unnamed
	}
	return u.Hostname()
}

// deskFeed is the feed of a desk as its webhooks read it.
type deskFeed struct{ *desk.Service }

// Feed returns entries behind a place.
func (f deskFeed) Feed(ctx context.Context, after uint64, limit int) ([]webhook.Told, uint64, error) {
	entries, last, err := f.Service.Feed(ctx, after, limit)
	told := make([]webhook.Told, len(entries))
	for i, e := range entries {
		told[i] = webhook.Told(e)
	}
	return told, last, err
}
