package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/saphan-project/saphan/adapters/deskclient"
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/desk"
)

// act is one verb of `saphan referral`: what it is for, and which flags it has.
type act struct {
	verb, short, example string
	flags                []string
	word                 string   // the type of event that it files
	next                 []string // what the same agency does then; none when another one is to act
}

var acts = []act{
	{"receive", "Say that somebody here has opened the offer", "", nil, "referral.received", []string{decides}},
	{"claim", "Say that somebody here looks at it", "--answer-by 2026-11-23T05:00:00Z", []string{"answer-by"}, "referral.claimed", nexts[desk.NeedDecide]},
	{"ask", "Ask the sender; your clock stands still until the answer", "--text -", []string{"text"}, "referral.information_requested", nil},
	{"answer", "Answer what the receiver asked", "--text -", []string{"text"}, "referral.information_provided", nil},
	{"accept", "Take it on", "", nil, "referral.accepted", nexts[desk.NeedMeet]},
	{"decline", "Not take it on, and say why", "--reason cannot_take --text -", []string{"reason", "suggests", "text", "told"}, "referral.declined", nil},
	{"meet", "Say that the person has been met", "", nil, "referral.contact_made", nexts[desk.NeedComplete]},
	{"complete", "Say that it is done, and tell the sender what came of it", "--result helped --text -", []string{"result", "text", "told"}, "referral.completed", nil},
	{"acknowledge", "Say that the outcome has been seen: closed", "", []string{"text"}, "referral.outcome_acknowledged", nil},
	{"revoke", "Take the referral back", "--reason person_decided", []string{"reason"}, "referral.revoked", nil},
}

func (c *command) referralCommand() *cobra.Command {
	verbs := make([]*cobra.Command, 0, len(acts)+1)
	for _, a := range acts {
		verbs = append(verbs, c.actCommand(a))
	}
	return group(&cobra.Command{
		Use: "referral", Short: "Open, answer and carry out referrals",
		Example: `  saphan referral open K7QM-3F9X-S                  read what was sent along
  saphan referral accept K7QM-3F9X-S
  saphan referral decline K7QM-3F9X-S --reason cannot_take
  echo "How many nights?" | saphan referral ask K7QM-3F9X-S --text -`,
	}, append(verbs, c.openCommand())...)
}

func (c *command) actCommand(a act) *cobra.Command {
	var in desk.ActInput
	given := actFlags(&in)
	cmd := &cobra.Command{
		Use:     a.verb + " REFERRAL | REFERENCE",
		Short:   a.short,
		Example: strings.TrimRight("  saphan referral "+a.verb+" K7QM-3F9X-S "+a.example, " "),
		Args:    takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, name := range a.flags {
				if err := given[name].check(name); err != nil {
					return err
				}
			}
			if in.Text == "-" {
				raw, err := c.read("-")
				if err != nil {
					return err
				}
				in.Text = strings.TrimSpace(string(raw))
			}
			return c.act(cmd.Context(), a, args[0], in)
		},
	}
	for _, name := range a.flags {
		cmd.Flags().StringVar(given[name].value, name, "", given[name].usage())
	}
	cmd.Flags().StringVar(&in.Event, "event", "", "`ID` to file it under; the same again is filed once")
	return cmd
}

func (c *command) act(ctx context.Context, a act, name string, in desk.ActInput) error {
	client, err := c.client()
	if err != nil {
		return err
	}
	to, err := c.referralNamed(ctx, client, name)
	if err != nil {
		return err
	}
	in.Case = to.caseID
	answered, err := client.Act(ctx, a.verb, to.referral, in)
	if services.KindOf(err) == services.Invalid {
		f := c.explain(services.AsError(err))
		f.hint = "saphan referral " + a.verb + " --help lists what it takes"
		return f
	}
	if err != nil {
		return err
	}
	if err := c.tellAnswer(word(a.word, c.lang), answered); err != nil {
		return err
	}
	c.suggest(about(answered.Reference, a.next...)...)
	return nil
}

// tellAnswer writes what became of one event.
func (c *command) tellAnswer(what string, a desk.Answer) error {
	if c.json {
		return c.print(a)
	}
	_, err := fmt.Fprintf(c.stdout, "  %s%s%s\n", pad(what, wordColumn), pad(a.Reference, referenceColumn), became(desk.Result{Answer: a}))
	return err
}

// target is a referral, and the case that it was found in: "" when it was named
// by its own id.
type target struct{ caseID, referral string }

// referralNamed finds the referral that a referral's id or a case's reference
// means: the case's only one, or the only one that is still open.
func (c *command) referralNamed(ctx context.Context, client *deskclient.Client, name string) (target, error) {
	found, err := c.caseNamed(ctx, client, name)
	if services.KindOf(err) == services.Unknown && schemas.ValidID(name) {
		return target{referral: name}, nil
	}
	if err != nil {
		return target{}, err
	}
	closed := []string{"closed", "revoked"}
	var open []string
	for _, r := range found.Referrals {
		if !slices.Contains(closed, r.State) {
			open = append(open, r.ID)
		}
	}
	switch {
	case len(open) == 1:
		return target{found.ID, open[0]}, nil
	case len(open) == 0 && len(found.Referrals) == 1:
		return target{found.ID, found.Referrals[0].ID}, nil
	case len(open) == 0:
		return target{}, services.Refuse(services.Unknown, "no_referral")
	}
	return target{}, &failure{
		"the case has several referrals: " + strings.Join(open, ", "),
		"name one of them instead of the reference", services.Conflict.Outcome().Exit,
	}
}

func (c *command) openCommand() *cobra.Command {
	in := desk.OpenInput{}
	given := openFlags(&in)
	cmd := &cobra.Command{
		Use:   "open REFERENCE",
		Short: "Print a sealed section; that it was opened is recorded",
		Example: `  saphan referral open K7QM-3F9X-S
  saphan referral open K7QM-3F9X-S --section feedback`,
		Args: takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			for name, f := range given {
				if err := f.check(name); err != nil {
					return err
				}
			}
			in.Case, in.Purpose = args[0], cmp.Or(in.Purpose, purposes[in.Section], "protect")
			return c.open(cmd.Context(), in)
		},
	}
	cmd.Flags().StringVar(&in.Section, "section", "offer", given["section"].usage())
	cmd.Flags().StringVar(&in.Purpose, "purpose", "", given["purpose"].usage())
	cmd.Flags().StringVar(&in.Event, "event", "", "`ID` of the event that it came with; the latest when not given")
	return cmd
}

func (c *command) open(ctx context.Context, in desk.OpenInput) error {
	client, err := c.client()
	if err != nil {
		return err
	}
	found, err := c.caseNamed(ctx, client, in.Case)
	if err != nil {
		return err
	}
	in.Case = found.ID
	section, err := client.Open(ctx, in)
	if err != nil {
		return err
	}
	if c.json {
		return c.print(section)
	}
	return writeSection(c.stdout, section)
}

// writeSection writes a section as indented JSON that is safe on a terminal: it
// comes from another agency.
func writeSection(w io.Writer, section json.RawMessage) error {
	var b bytes.Buffer
	if err := json.Indent(&b, section, "", "  "); err != nil {
		return services.Refuse(services.Internal, "section")
	}
	_, err := io.WriteString(w, shown(b.String())+"\n")
	return err
}
