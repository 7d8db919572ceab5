package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/saphan-project/saphan/services/webhook"
)

// standings are what --state takes.
func standings() []string {
	var codes []string
	for _, s := range webhook.DeliveryStates() {
		codes = append(codes, string(s))
	}
	return codes
}

func (c *command) webhookLogCommand() *cobra.Command {
	var in webhook.LogInput
	cmd := &cobra.Command{
		Use: "log ID", Short: "List what was sent to a webhook or is to be, the newest first",
		Example: `  saphan webhook log 3f9a01c2d4e5
  saphan webhook log 3f9a01c2d4e5 --state failed`,
		Args: takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkCodes("state", string(in.State), standings(), false); err != nil {
				return err
			}
			return c.webhookLog(cmd.Context(), args[0], in)
		},
	}
	flags := cmd.Flags()
	flags.StringVar((*string)(&in.State), "state", "", "only what stands so: "+strings.Join(standings(), ", "))
	flags.StringVar(&in.Type, "type", "", "only this `TYPE` of event, as in referral.offered")
	flags.Uint64Var(&in.Before, "before", 0, "only what stands before this `PLACE`: the next page")
	flags.IntVar(&in.Limit, "limit", 50, "at most this many, up to 500")
	return cmd
}

func (c *command) webhookLog(ctx context.Context, id string, in webhook.LogInput) error {
	client, err := c.client()
	if err != nil {
		return err
	}
	log, err := client.Deliveries(ctx, id, in)
	if err != nil {
		return err
	}
	if c.json {
		return c.print(log)
	}
	rows := [][]string{{"PLACE", "EVENT", "TYPE", "STATE", "TRIED", "LAST", "OUTCOME", "NEXT"}}
	failed := false
	for _, d := range log.Deliveries {
		rows = append(rows, c.deliveryRow(d))
		failed = failed || d.State == webhook.Failed
	}
	if err := table(c.stdout, rows); err != nil {
		return err
	}
	if failed {
		c.suggest("webhook retry "+id+" --state failed", "webhook skip "+id+" EVENT")
	}
	if log.Next > 0 {
		c.suggest(fmt.Sprintf("webhook log %s --before %d", id, log.Next))
	}
	return nil
}

func (c *command) deliveryRow(d webhook.Delivery) []string {
	row := []string{fmt.Sprint(d.Place), d.Event, d.Type, label("webhook_delivery", string(d.State), c.lang), fmt.Sprint(d.Attempts), "", "", ""}
	if !d.At.IsZero() {
		row[5], row[6] = clock(c.lang, bangkok(d.At), withDate), c.outcome(d.Last)
	}
	if !d.Next.IsZero() {
		row[7] = clock(c.lang, bangkok(d.Next), withDate)
	}
	return row
}

func (c *command) retryCommand() *cobra.Command {
	var in webhook.RetryInput
	var since string
	cmd := &cobra.Command{
		Use: "retry ID [EVENT]", Short: "Send events to a webhook again now: one, or those that stand so",
		Example: `  saphan webhook retry 3f9a01c2d4e5 0190163d-8694-739b-aea5-966c26f8ad91
  saphan webhook retry 3f9a01c2d4e5 --state failed --since 2h
  saphan webhook retry 3f9a01c2d4e5 --state waiting --type referral.offered`,
		Args: takes(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			one := len(args) == 2
			if one == (in.State != "") {
				return usage("an EVENT or --state: one of the two", cmd.UseLine())
			}
			if err := checkCodes("state", string(in.State), standings(), false); err != nil {
				return err
			}
			if one {
				in.Event = args[1]
			}
			var err error
			if in.Since, err = ago("since", since, time.Now()); err != nil {
				return err
			}
			return c.retryDeliveries(cmd.Context(), args[0], in)
		},
	}
	flags := cmd.Flags()
	flags.StringVar((*string)(&in.State), "state", "", "those that stand so: "+strings.Join(standings(), ", "))
	flags.StringVar(&in.Type, "type", "", "only this `TYPE` of event, as in referral.offered")
	flags.StringVar(&since, "since", "", "only what was last tried since then: how `LONG` ago, as in 2h or 3d, or an instant")
	return cmd
}

// retryDeliveries sends events again. Where none has failed, it says how many wait: those are
// what somebody who asks for the failed ones misses.
func (c *command) retryDeliveries(ctx context.Context, id string, in webhook.RetryInput) error {
	waiting := 0
	err := c.moved(ctx, "sent again", func(ctx context.Context, w words) (webhook.Moved, error) {
		told, err := w.RetryDeliveries(ctx, id, in)
		if err != nil || told.Count > 0 || in.State != webhook.Failed {
			return told, err
		}
		s, err := w.Webhook(ctx, id)
		waiting = s.Deliveries[webhook.Waiting]
		return told, err
	})
	if err != nil || waiting == 0 || c.json {
		return err
	}
	if _, err := fmt.Fprintf(c.stdout, "%s: waiting\n", count(c.lang, "event", waiting)); err != nil {
		return err
	}
	c.suggest("webhook retry " + id + " --state waiting")
	return nil
}

func (c *command) skipCommand() *cobra.Command {
	return &cobra.Command{
		Use: "skip ID EVENT", Short: "Give up an event, so that the next one of its case may go",
		Example: "  saphan webhook skip 3f9a01c2d4e5 0190163d-8694-739b-aea5-966c26f8ad91",
		Args:    takes(2, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.moved(cmd.Context(), "given up", func(ctx context.Context, w words) (webhook.Moved, error) {
				return w.SkipDelivery(ctx, args[0], webhook.SkipInput{Event: args[1]})
			})
		},
	}
}

func (c *command) replayCommand() *cobra.Command {
	var in webhook.ReplayInput
	var since string
	cmd := &cobra.Command{
		Use: "replay ID", Short: "Send a webhook everything again from somewhere on, in order",
		Long: `Send a webhook everything again from an instant or a place on, in order: also what was
taken or given up, and what the log has forgotten. What was withdrawn from your agency
is not sent.`,
		Example: `  saphan webhook replay 3f9a01c2d4e5 --since 2h
  saphan webhook replay 3f9a01c2d4e5 --since 2026-11-23T08:00:00+07:00
  saphan webhook replay 3f9a01c2d4e5 --place 17`,
		Args: takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if (since == "") == (in.Place == 0) {
				return usage("--since or --place: one of the two", "--since 2h, --since 2026-11-23T08:00:00+07:00 or --place 17")
			}
			var err error
			if in.Since, err = ago("since", since, time.Now()); err != nil {
				return err
			}
			return c.moved(cmd.Context(), "sent again, and what the log had forgotten", func(ctx context.Context, w words) (webhook.Moved, error) {
				return w.ReplayWebhook(ctx, args[0], in)
			})
		},
	}
	cmd.Flags().StringVar(&since, "since", "", "from what was recorded then: how `LONG` ago, as in 2h or 3d, or an instant")
	cmd.Flags().Uint64Var(&in.Place, "place", 0, "from this `PLACE` of the log")
	return cmd
}

// words are those of a desk's client that move deliveries, and show what they are of.
type words interface {
	Webhook(ctx context.Context, id string) (webhook.EndpointStatus, error)
	RetryDeliveries(ctx context.Context, id string, in webhook.RetryInput) (webhook.Moved, error)
	SkipDelivery(ctx context.Context, id string, in webhook.SkipInput) (webhook.Moved, error)
	ReplayWebhook(ctx context.Context, id string, in webhook.ReplayInput) (webhook.Moved, error)
}

// moved says a word that moves deliveries, and tells how many there were.
func (c *command) moved(ctx context.Context, what string, say func(context.Context, words) (webhook.Moved, error)) error {
	client, err := c.client()
	if err != nil {
		return err
	}
	told, err := say(ctx, client)
	if err != nil {
		return err
	}
	if c.json {
		return c.print(told)
	}
	_, err = fmt.Fprintf(c.stdout, "%s: %s\n", count(c.lang, "event", told.Count), what)
	return err
}

// ago reads how long ago something was, as in "2h" or "3d", or an instant; the zero
// instant when nothing is given.
func ago(name, s string, now time.Time) (time.Time, error) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		s = days + "h"
		if d, err := time.ParseDuration(s); err == nil && d >= 0 {
			return now.Add(-24 * d).UTC(), nil
		}
	}
	if d, err := time.ParseDuration(s); err == nil && d >= 0 {
		return now.Add(-d).UTC(), nil
	}
	return instant(name, s)
}
