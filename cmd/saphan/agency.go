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
	return c.forOperator(group(
		&cobra.Command{
			Use: "agency", Short: "List the agencies, say whether yours has room; for the operator: admit them and let them go",
			Long: `List the agencies on the bus, and say whether yours has room.
The hub's operator admits agencies, shuts them out, renews how they come in, and lets
them go: add, suspend, resume, rotate and offboard speak with the running hub that
--hub names.`,
			Example: `  saphan agency ls
  saphan agency capacity shelter none
  saphan agency add shelter-new --file agency.json --hub ./saphan-data/hub/operator.json`,
		},
		&cobra.Command{
			Use: "ls", Short: "List the agencies that your desk knows, or with --hub all of them as the operator sees them",
			Example: "  saphan agency ls", Args: takes(0, 0),
			RunE: func(cmd *cobra.Command, _ []string) error {
				if c.hub != "" || c.desk == "" && c.getenv("SAPHAN_HUB") != "" {
					return c.listMembers(cmd.Context())
				}
				return c.listAgencies(cmd.Context())
			},
		},
		c.capacityCommand(), c.agencyAddCommand(), c.agencyOrderCommand(suspending), c.agencyOrderCommand(resuming),
		c.agencyRotateCommand(), c.agencyOffboardCommand()))
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
