package main

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/saphan-project/saphan/services/desk"
)

func (c *command) agencyCommand() *cobra.Command {
	return group(
		&cobra.Command{Use: "agency", Short: "List the agencies on the bus, and say whether yours has room",
			Example: "  saphan agency ls\n  saphan agency capacity shelter none"},
		&cobra.Command{
			Use: "ls", Short: "List the agencies that your desk knows", Example: "  saphan agency ls",
			Args: takes(0, 0),
			RunE: func(cmd *cobra.Command, _ []string) error { return c.listAgencies(cmd.Context()) },
		},
		c.capacityCommand())
}

func (c *command) listAgencies(ctx context.Context) error {
	client, err := c.client()
	if err != nil {
		return err
	}
	agencies, err := client.Agencies(ctx)
	if err != nil {
		return err
	}
	if c.json {
		return c.print(map[string][]desk.Agency{"agencies": agencies})
	}
	rows := [][]string{{"AGENCY", "NAME", "KIND", "OFFICE", "SERVICES", "STATUS"}}
	for _, a := range agencies {
		rows = append(rows, c.agencyRow(a))
	}
	return table(c.stdout, rows)
}

func (c *command) agencyRow(a desk.Agency) []string {
	var services []string
	for _, r := range a.Room {
		services = append(services, c.room(r, time.Now()))
	}
	if len(a.Room) == 0 {
		for _, s := range a.Services {
			services = append(services, label("service", s.Service, c.lang))
		}
	}
	return []string{
		a.ID, cmp.Or(a.Name[c.lang], a.Name[languages[0]]), label("agency_kind", a.Kind, c.lang),
		a.Office.Label(c.lang), strings.Join(services, "; "), label("agency_status", a.Status, c.lang),
	}
}
