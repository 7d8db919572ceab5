package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/saphan-project/saphan/adapters/deskclient"
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/desk"
)

func (c *command) caseCommand() *cobra.Command {
	return group(
		&cobra.Command{
			Use: "case", Short: "List cases, and tell what happened to one",
			Example: `  saphan case ls
  saphan case trace K7QM-3F9X-S`,
		},
		&cobra.Command{
			Use: "ls", Short: "List the cases that your agency can see, the latest change first",
			Example: "  saphan case ls", Args: takes(0, 0),
			RunE: func(cmd *cobra.Command, _ []string) error { return c.listCases(cmd.Context()) },
		},
		c.traceCommand())
}

func (c *command) traceCommand() *cobra.Command {
	all := false
	cmd := &cobra.Command{
		Use:   "trace CASE | REFERENCE",
		Short: "Tell what happened to a case, step by step",
		Example: `  saphan case trace K7QM-3F9X-S
  saphan case trace K7QM-3F9X-S --all
  saphan case trace K7QM-3F9X-S --json`,
		Args: takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error { return c.trace(cmd.Context(), args[0], all) },
	}
	cmd.Flags().BoolVar(&all, "all", false, "show what happens by itself, too")
	return cmd
}

func (c *command) listCases(ctx context.Context) error {
	client, err := c.client()
	if err != nil {
		return err
	}
	cases, err := client.Cases(ctx)
	if err != nil {
		return err
	}
	if c.json {
		return c.print(map[string][]desk.Case{"cases": cases})
	}
	if len(cases) == 0 {
		_, err := io.WriteString(c.stdout, "no case can be seen from here\n")
		return err
	}
	rows := [][]string{{"REFERENCE", "ABOUT", "LEAD", "REFERRALS", "CHANGED"}}
	for _, found := range cases {
		rows = append(rows, c.caseRow(found))
	}
	return table(c.stdout, rows)
}

func (c *command) caseRow(found desk.Case) []string {
	var referrals []string
	for _, r := range found.Referrals {
		referrals = append(referrals, strings.TrimSpace(label("service", r.Service, c.lang)+" "+label("state", r.State, c.lang)))
	}
	changed := "waiting to send"
	if !found.Changed.IsZero() {
		changed = clock(c.lang, bangkok(found.Changed), withDate)
	}
	return []string{
		found.Reference, strings.Join(labels(aboutCase(found), c.lang), ", "), leadOf(found),
		strings.Join(referrals, "; "), changed,
	}
}

// leadOf is the agency that leads the case. Who sees no more than a referral
// knows its sender: the lead files them.
func leadOf(found desk.Case) string {
	if found.Lead == "" && len(found.Referrals) > 0 {
		return found.Referrals[0].Sender
	}
	return found.Lead
}

// trace prints what happened to a case.
func (c *command) trace(ctx context.Context, name string, all bool) error {
	client, err := c.client()
	if err != nil {
		return err
	}
	found, err := c.caseNamed(ctx, client, name)
	if err != nil {
		return err
	}
	steps, err := client.Trace(ctx, found.ID)
	if err != nil {
		return err
	}
	v := viewTrace(found, steps)
	v.all = all
	if c.json {
		return c.print(v)
	}
	if err := renderTrace(c.stdout, v, c.lang); err != nil {
		return err
	}
	if n := len(found.Pending); n > 0 {
		fmt.Fprintf(c.stderr, "%s of yours not sent yet\n", count(c.lang, "event", n))
	}
	return nil
}

// caseNamed finds a case by id or reference. A reference that two cases share is
// a Conflict that lists both.
func (c *command) caseNamed(ctx context.Context, client *deskclient.Client, name string) (desk.Case, error) {
	found, err := client.Case(ctx, name)
	if services.KindOf(err) != services.Conflict {
		return found, err
	}
	cases, listErr := client.Cases(ctx)
	if listErr != nil {
		return desk.Case{}, listErr
	}
	prefix, _ := schemas.ParseReference(name)
	var ids []string
	for _, one := range cases {
		if strings.HasPrefix(one.ID, prefix) {
			ids = append(ids, one.ID)
		}
	}
	return desk.Case{}, &failure{
		"several cases have this reference: " + strings.Join(ids, ", "),
		"name one of them instead of the reference", services.Conflict.Outcome().Exit,
	}
}
