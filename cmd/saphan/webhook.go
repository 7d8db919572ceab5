package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/saphan-project/saphan/adapters/deskclient"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/webhook"
)

func (c *command) webhookCommand() *cobra.Command {
	verbs := []*cobra.Command{c.addWebhookCommand(), c.rotateWebhookCommand(), c.listWebhooksCommand()}
	for _, w := range webhookWords {
		verbs = append(verbs, c.sayWebhookCommand(w))
	}
	verbs = append(verbs, c.webhookLogCommand(), c.retryCommand(), c.skipCommand(), c.replayCommand())
	for _, verb := range verbs {
		verb.RunE = c.aboutWebhooks(verb.RunE)
	}
	return group(
		&cobra.Command{
			Use: "webhook", Short: "Have events sent to your own system",
			Long: `Have what your agency is shown sent to your own system over HTTPS, signed as Standard
Webhooks wants it: each event once it is there, tried again for five days, and the
events of a case in order. An event tells its type and its case; your system asks
for the rest (unless it was added with --full).`,
			Example: `  saphan webhook add https://cases.example.org/hook --types 'referral.*'
  saphan webhook ls
  saphan webhook log 3f9a01c2d4e5 --state failed
  saphan webhook retry 3f9a01c2d4e5 --state failed --since 2h
  saphan webhook replay 3f9a01c2d4e5 --since 2026-11-23T08:00:00+07:00
  saphan trigger referral.offered               try it with an example`,
		}, verbs...)
}

func (c *command) addWebhookCommand() *cobra.Command {
	var in webhook.EndpointInput
	cmd := &cobra.Command{
		Use: "add URL", Short: "Add an address, and ask its receiver whether it wants events",
		Long: `Add an address, and ask its receiver whether it wants events. The receiver says yes
by answering OPTIONS with the header WebHook-Allowed-Origin: what it was told in
WebHook-Request-Origin, or *. WebHook-Allowed-Rate says how many requests a minute it
takes. Nothing is sent before. An address is https, on port 443 or from 1024 on, without
user and password, and leads to a public machine.

The secret is shown once. The receiver checks each event with it, or with the public
key, which is no secret (headers webhook-id, webhook-timestamp, webhook-signature), and
answers 2xx; by the id it tells repeats apart.`,
		Example: `  saphan webhook add https://cases.example.org/hook
  saphan webhook add https://cases.example.org/hook --types 'referral.*,case.closed'
  saphan webhook add https://cases.example.org/hook --full`,
		Args: takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			in.URL = args[0]
			return c.addWebhook(cmd.Context(), in)
		},
	}
	cmd.Flags().StringSliceVar(&in.Types, "types", nil, "`TYPES` of event that it gets, with commas, as in 'referral.*,case.closed'; all when not given")
	cmd.Flags().BoolVar(&in.Full, "full", false, "send events as they are stored, and not only what happened where")
	return cmd
}

func (c *command) addWebhook(ctx context.Context, in webhook.EndpointInput) error {
	client, err := c.client()
	if err != nil {
		return err
	}
	made, err := client.AddWebhook(ctx, in)
	if err != nil {
		return err
	}
	if err := c.tellKey(made); err != nil || c.json {
		return err
	}
	next := "trigger referral.offered --to " + made.ID
	if made.State == webhook.Unverified {
		next = "webhook verify " + made.ID
	}
	c.suggest(next)
	return c.webhookTable(webhook.EndpointStatus{Endpoint: made.Endpoint})
}

func (c *command) rotateWebhookCommand() *cobra.Command {
	overlap := webhook.DefaultOverlap
	cmd := &cobra.Command{
		Use: "rotate ID", Short: "Give a webhook a new secret; for a while both sign",
		Example: `  saphan webhook rotate 3f9a01c2d4e5
  saphan webhook rotate 3f9a01c2d4e5 --overlap 0s      the old one is known to others`,
		Args: takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := c.client()
			if err != nil {
				return err
			}
			seconds := int(overlap / time.Second)
			made, err := client.RotateWebhook(cmd.Context(), args[0], webhook.KeyInput{Overlap: &seconds})
			if err != nil {
				return err
			}
			return c.tellKey(made)
		},
	}
	cmd.Flags().DurationVar(&overlap, "overlap", overlap, "how `LONG` the old secret signs on, at most 168h")
	return cmd
}

func (c *command) listWebhooksCommand() *cobra.Command {
	return &cobra.Command{
		Use: "ls", Short: "List the webhooks of your desk, and how many events wait", Example: "  saphan webhook ls",
		Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, err := c.client()
			if err != nil {
				return err
			}
			found, err := client.Webhooks(cmd.Context())
			if err != nil {
				return err
			}
			if c.json {
				return c.print(map[string][]webhook.EndpointStatus{"webhooks": found})
			}
			return c.webhookTable(found...)
		},
	}
}

// webhookWord is a word about one webhook that takes nothing else.
type webhookWord struct {
	name, short string
	say         webhookSay
	next        string // what to type next; %s is the webhook
}

type webhookSay func(*deskclient.Client, context.Context, string) (webhook.EndpointStatus, error)

var webhookWords = []webhookWord{
	{"show", "Show one webhook", (*deskclient.Client).Webhook, ""},
	{"verify", "Ask the receiver again whether it wants events", thenShown(verified), "trigger referral.offered --to %s"},
	{"pause", "Have what comes wait", thenShown((*deskclient.Client).PauseWebhook), "webhook resume %s"},
	{"resume", "Send what waited, in order", thenShown((*deskclient.Client).ResumeWebhook), "webhook log %s"},
	{"rm", "Remove a webhook for good; what waits is given up", thenShown((*deskclient.Client).RemoveWebhook), ""},
}

// thenShown says a word about a webhook, and shows it afterwards.
func thenShown(say func(*deskclient.Client, context.Context, string) (webhook.Endpoint, error)) webhookSay {
	return func(client *deskclient.Client, ctx context.Context, id string) (webhook.EndpointStatus, error) {
		if _, err := say(client, ctx, id); err != nil {
			return webhook.EndpointStatus{}, err
		}
		return client.Webhook(ctx, id)
	}
}

// verified asks a receiver; that it does not agree is a failure.
func verified(client *deskclient.Client, ctx context.Context, id string) (webhook.Endpoint, error) {
	told, err := client.VerifyWebhook(ctx, id)
	if err == nil && !told.Outcome.OK() {
		err = &unsent{[]webhook.Checked{told}}
	}
	return told.Endpoint, err
}

func (c *command) sayWebhookCommand(w webhookWord) *cobra.Command {
	return &cobra.Command{
		Use: w.name + " ID", Short: w.short, Example: "  saphan webhook " + w.name + " 3f9a01c2d4e5",
		Args: takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := c.client()
			if err != nil {
				return err
			}
			s, err := w.say(client, cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if c.json {
				return c.print(s)
			}
			if err := c.webhookTable(s); err != nil {
				return err
			}
			if details := c.details(s.Endpoint); w.name == "show" && len(details) > 0 {
				return table(c.stdout, details)
			}
			if w.next != "" {
				c.suggest(fmt.Sprintf(w.next, s.ID))
			}
			return nil
		},
	}
}

// aboutWebhooks has a command say what its receivers answered, and what there is none
// of.
func (c *command) aboutWebhooks(run func(*cobra.Command, []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		err := run(cmd, args)
		var un *unsent
		switch {
		case errors.As(err, &un):
			return c.explainUnsent(un)
		case services.KindOf(err) == services.Unknown:
			return &failure{"there is no such webhook, or nothing of it to be sent", "saphan webhook ls lists them, saphan webhook log ID what was sent", services.Unknown.Outcome().Exit}
		}
		return err
	}
}
