package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/saphan-project/saphan/adapters/deskclient"
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/webhook"
)

func (c *command) triggerCommand() *cobra.Command {
	to := ""
	cmd := &cobra.Command{
		Use: "trigger TYPE", Short: "Send an example event to your own webhooks",
		Long: `Send the example of a type of event to your own webhooks that get such events, or to
one, once. It is marked so that nobody can take it for real: its source is
urn:saphan:example, it has an attribute saphanexample, and it has no signature of an
agency. It goes nowhere else, and never into the ledger, where it would stand for ever.`,
		Example: `  saphan trigger referral.offered
  saphan trigger referral.offered --to 3f9a01c2d4e5
  saphan schema ls                              the types that there are`,
		Args: takes(1, 1),
		RunE: c.aboutWebhooks(func(cmd *cobra.Command, args []string) error {
			name := shortName(args[0])
			if _, known := schemas.TypeNamed(name); !known {
				return unknownType(name)
			}
			return c.trigger(cmd.Context(), name, to)
		}),
	}
	cmd.Flags().StringVar(&to, "to", "", "`ID` of the one webhook that it goes to, whatever types it gets")
	return cmd
}

// unknownType refuses what is no type of event, as the name of a section is none.
func unknownType(name string) error {
	var names []string
	for _, t := range schemas.Types() {
		names = append(names, t.Name)
	}
	return usage("there is no such type of event", didYouMean("trigger ", name, names, "saphan schema ls lists them"))
}

func (c *command) trigger(ctx context.Context, typ, to string) error {
	client, err := c.client()
	if err != nil {
		return err
	}
	ids := []string{to}
	if to == "" {
		if ids, err = c.webhooksFor(ctx, client, typ); err != nil {
			return err
		}
	}
	var told, failed []webhook.Checked
	for _, id := range ids {
		checked, err := client.TestWebhook(ctx, id, webhook.ExampleInput{Type: typ})
		if err != nil {
			return err
		}
		if told = append(told, checked); !checked.Outcome.OK() {
			failed = append(failed, checked)
		}
	}
	if err := c.tellTests(told); err != nil || len(failed) == 0 {
		return err
	}
	f := c.explainUnsent(&unsent{failed})
	if len(failed) < len(told) {
		f.exit = exitPartial
	}
	return f
}

// webhooksFor lists the own webhooks that get a type of event.
func (c *command) webhooksFor(ctx context.Context, client *deskclient.Client, typ string) ([]string, error) {
	found, err := client.Webhooks(ctx)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, s := range found {
		if s.Open() && s.Takes(typ) {
			ids = append(ids, s.ID)
		}
	}
	if len(ids) == 0 {
		return nil, &failure{"none of your webhooks gets such events", "saphan webhook ls lists them; --to ID sends it to one all the same", services.Unknown.Outcome().Exit}
	}
	return ids, nil
}

// tellTests tells how each attempt ended.
func (c *command) tellTests(told []webhook.Checked) error {
	if c.json {
		return c.print(map[string][]webhook.Checked{"sent": told})
	}
	rows := [][]string{{"WEBHOOK", "OUTCOME", "URL"}}
	for _, t := range told {
		rows = append(rows, []string{t.ID, c.outcome(t.Outcome), t.URL})
	}
	return table(c.stdout, rows)
}
