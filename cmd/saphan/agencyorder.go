package main

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/saphan-project/saphan/adapters/deskclient"
	"github.com/saphan-project/saphan/services/operator"
)

// agencyOrder is a word of the operator about an agency that needs nothing else.
type agencyOrder struct {
	verb, short, long string
	done              string // what is said when it is done
	give              func(*deskclient.Operator, context.Context, string) (operator.Member, error)
}

var (
	suspending = agencyOrder{
		"suspend", "Shut an agency out at once", `Shut an agency out at once: its connections are cut, its tokens open nothing, and the
hub takes nothing from it. It is offered nothing. What happens meanwhile waits in its
inbox, until saphan agency resume.`, "is suspended: nothing goes in or out", (*deskclient.Operator).Suspend,
	}
	resuming = agencyOrder{
		"resume", "Let an agency in again that was suspended", "Let an agency in again that was suspended. It finds in its inbox what happened meanwhile.",
		"is active again", (*deskclient.Operator).Resume,
	}
)

func (c *command) agencyOrderCommand(o agencyOrder) *cobra.Command {
	return &cobra.Command{
		Use: o.verb + " ID", Short: o.short, Long: o.long, Example: "  saphan agency " + o.verb + " shelter-harbour", Args: takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			op, err := c.operator()
			if err != nil {
				return err
			}
			m, err := o.give(op, cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if c.json {
				return c.print(m)
			}
			_, err = fmt.Fprintf(c.stdout, "%s %s.\n", m.ID, o.done)
			return err
		},
	}
}

func (c *command) agencyRotateCommand() *cobra.Command {
	var dir string
	var yes, lost bool
	cmd := &cobra.Command{
		Use:   "rotate ID [--bundle DIR [--lost]]",
		Short: "Renew how an agency comes in, and end what it came in by",
		Long: `Renew how an agency comes in, and end what it came in by: every connection and user on
the bus and, for a desk beside the hub, every token. For a desk of its own name its
bundle: the new user's key is made there. Keys that are missing in it are made as well, and
published. An agency that is suspended stays so. Where the whole bundle is lost, --lost makes
another one in an empty DIR: what was sealed for the old one stays closed to it.
Where signing.pem is a new one, the hub takes nothing more that the old one has signed:
have the desk send what waits first. What still waited comes back as refused (saphan inbox
shows it): let go of it with POST /v1/outbox/EVENT/discard, and file it again under
another id.`,
		Example: `  saphan agency rotate shelter-harbour
  saphan agency rotate shelter-new --bundle ./shelter-new`,
		Args: takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := c.confirm(args[0], "ends every connection and token of", yes); err != nil {
				return err
			}
			if dir != "" && !lost { // another folder's new keys would cut the agency's desk off
				if _, err := (&bundle{dir: dir}).standing(); err != nil {
					return err
				}
			}
			return c.rotateAgency(cmd.Context(), args[0], dir)
		},
	}
	cmd.Flags().BoolVar(&lost, "lost", false, "the bundle is lost: make another one")
	cmd.Flags().StringVar(&dir, "bundle", "", "`DIR` of the agency's bundle, when it has a desk of its own")
	cmd.Flags().BoolVar(&yes, "yes", false, "do it without asking")
	return cmd
}

func (c *command) rotateAgency(ctx context.Context, id, dir string) error {
	op, err := c.operator()
	if err != nil {
		return err
	}
	var b *bundle
	var in operator.RotateInput
	if dir != "" {
		if b, err = openBundle(dir, id); err != nil {
			return err
		}
		if err := b.renewUser(); err != nil {
			return err
		}
		in = operator.RotateInput{User: b.user.Public, Keys: b.keys.public()}
	}
	access, err := op.Rotate(ctx, id, in)
	if err != nil {
		return err
	}
	return c.tellAccess(access, b, "renewed")
}

func (c *command) agencyOffboardCommand() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "offboard ID",
		Short: "Let an agency go for ever, and list the cases that it leaves",
		Long: `Let an agency go for ever: it is suspended at once, closed in the directory, and its
account, its inbox and every token of its desk are gone. Cases that waited for it are
listed, so that somebody takes them over: a coordinator of the case asks another agency to
lead, or files the referral anew. Its id is not given again.`,
		Example: "  saphan agency offboard shelter-harbour",
		Args:    takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.offboardAgency(cmd.Context(), args[0], yes)
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do it without asking")
	return cmd
}

func (c *command) offboardAgency(ctx context.Context, id string, yes bool) error {
	op, err := c.operator()
	if err != nil {
		return err
	}
	if !yes {
		m, err := op.Member(ctx, id)
		if err != nil {
			return err
		}
		fmt.Fprintf(c.stderr, "Open cases that wait for %s: %d.\n", id, len(m.Holds))
	}
	if err := c.confirm(id, "is for ever, and cuts off", yes); err != nil {
		return err
	}
	m, err := op.Offboard(ctx, id)
	if err != nil {
		return err
	}
	if c.json {
		return c.print(m)
	}
	fmt.Fprintf(c.stdout, "%s is gone: its account, its inbox, its connections and its tokens. What it filed stays in the ledger.\n", m.ID)
	if m.Hosted {
		fmt.Fprintln(c.stdout, "Its desk's folder is still on the hub's machine, with its keys: hand it over, or erase it.")
	}
	return c.tellHolds(m.Holds)
}

// holdWords say what an agency holds of a case.
var holdWords = map[string]string{
	"lead": "leads it", "transfer": "was asked to lead it", "acceptance": "has taken a referral on", "offer": "was offered a referral",
}

// tellHolds lists the cases that wait for somebody else now.
func (c *command) tellHolds(held []operator.HeldCase) error {
	if len(held) == 0 {
		_, err := fmt.Fprintln(c.stdout, "No open case waits for it.")
		return err
	}
	fmt.Fprintf(c.stdout, "Open cases that somebody has to take over: %d.\n", len(held))
	rows := [][]string{{"CASE", "IT"}}
	for _, h := range held {
		var words []string
		for _, hold := range h.Holds {
			words = append(words, cmp.Or(holdWords[string(hold)], string(hold)))
		}
		rows = append(rows, []string{h.Reference, strings.Join(words, ", ")})
	}
	return table(c.stdout, rows)
}

// confirm has the person type the agency's id, unless they have said yes.
func (c *command) confirm(id, what string, yes bool) error {
	if yes {
		return nil
	}
	fmt.Fprintf(c.stderr, "This %s %s. Type its id to go on: ", what, id)
	line, _ := bufio.NewReader(c.stdin).ReadString('\n')
	if strings.TrimSpace(line) != id {
		fmt.Fprintln(c.stderr)
		return usage("nothing was done", "type the agency's id, or add --yes")
	}
	return nil
}

// listMembers lists the agencies as the operator sees them.
func (c *command) listMembers(ctx context.Context) error {
	op, err := c.operator()
	if err != nil {
		return err
	}
	members, err := op.Members(ctx)
	if err != nil {
		return err
	}
	if c.json {
		return c.print(map[string][]operator.Member{"agencies": members})
	}
	rows := [][]string{{"AGENCY", "NAME", "KIND", "STATUS", "DESK"}}
	for _, m := range members {
		where := "its own"
		if m.Hosted {
			where = "beside the hub"
		}
		rows = append(rows, []string{
			m.ID, cmp.Or(m.Name[c.lang], m.Name[languages[0]]), label("agency_kind", m.Kind, c.lang),
			label("agency_status", m.Status, c.lang), where,
		})
	}
	return table(c.stdout, rows)
}
