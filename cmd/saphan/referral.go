package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/saphan-project/saphan/adapters/deskclient"
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/desk"
)

// referralWords are the words of the verbs about a referral.
var referralWords = map[string]wording{
	"receive":     {"Say that somebody here has opened the offer", "", "", []string{decides}},
	"claim":       {"Say that somebody here looks at it", "--answer-by 2026-11-23T05:00:00Z", "", nexts[desk.NeedDecide]},
	"ask":         {"Ask the sender; your clock stands still until the answer", "--text -", "", nil},
	"answer":      {"Answer what the receiver asked", "--text -", "", nil},
	"share":       {"Share a fuller section with whoever holds the referral", "offer.json --section offer", "", nil},
	"accept":      {"Take it on", "", "", nexts[desk.NeedMeet]},
	"decline":     {"Not take it on, or give it back; say why", "--reason cannot_take --text -", "", nil},
	"assign":      {"Decide who takes it on, after a long search or when nobody is left; for coordinators", "--to shelter-harbour", "", nil},
	"confirm":     {"Say whether an answer that was recorded for you was yours", "--correct yes", "", nil},
	"schedule":    {"Say that a meeting with the person is arranged", "", "", nexts[desk.NeedMeet]},
	"miss":        {"Say that the person was not met: nobody came, nobody answered", "", "", nil},
	"meet":        {"Say that the person has been met", "", "", nexts[desk.NeedComplete]},
	"start":       {"Say that the work has begun", "", "", nil},
	"hold":        {"Say that you wait, why, and until when", "--reason other --review-by 2026-12-01T05:00:00Z", "", []string{"referral resume %s"}},
	"resume":      {"Say that you go on", "", "", nil},
	"complete":    {"Say that it is done, and tell the sender what came of it", "--result helped --text -", "", nil},
	"fail":        {"Say that it could not be done, and tell the sender why", "--real-reason person_unreachable --told no --text -", "", nil},
	"acknowledge": {"Say that the outcome has been seen: closed", "", "", nil},
	"stop":        {"Ask whoever has taken it on to stop", "--reason person_decided", "", nil},
	"cancel":      {"Say that it is not needed any more: before anybody has accepted, or when you were asked to stop", "", "", nil},
	"withdraw":    {"Say that the person does not want it any more", "", "", []string{"case tell %s --told yes"}},
	"reroute":     {"Say that another agency is the right one", "--to shelter-harbour --reason wrong_receiver", "", nil},
	"revoke":      {"Take the referral back", "--reason person_decided", "", nil},
	"mistake":     {"Say that it should never have been filed; it is hidden from then on", "", "", nil},
}

func referralActs() []act { return acts("referral", desk.Verbs(), referralWords) }

func (c *command) referralCommand() *cobra.Command {
	var verbs []*cobra.Command
	for _, a := range referralActs() {
		a.say = func(ctx context.Context, client *deskclient.Client, name string, in desk.ActInput) (desk.Answer, error) {
			to, err := c.referralNamed(ctx, client, name)
			if err != nil {
				return desk.Answer{}, err
			}
			in.Case = to.caseID
			return client.Act(ctx, a.Name, to.referral, in)
		}
		verbs = append(verbs, c.actCommand(a))
	}
	return group(&cobra.Command{
		Use: "referral", Short: "Open, answer and carry out referrals",
		Example: `  saphan referral open K7QM-3F9X-S                  read what was sent along
  saphan referral accept K7QM-3F9X-S
  saphan referral accept K7QM-3F9X-S --for shelter-harbour --by phone
  saphan referral accept --batch K7QM-3F9X-S        every case that was filed with it
  saphan referral decline K7QM-3F9X-S --reason cannot_take
  echo "How many nights?" | saphan referral ask K7QM-3F9X-S --text -`,
	}, append(verbs, c.openCommand("referral", sectionOffer))...)
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
	var open []string
	for _, r := range found.Referrals {
		if !desk.Over(r.State) {
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

// sectionOffer is what is opened of a referral when nobody says.
const sectionOffer = "offer"

// openCommand opens a section; which one, if nobody says, goes with the noun.
func (c *command) openCommand(noun, section string) *cobra.Command {
	in := desk.OpenInput{}
	given := openFlags(&in)
	cmd := &cobra.Command{
		Use:     "open REFERENCE",
		Short:   "Print a sealed section; that it was opened is recorded",
		Example: "  saphan " + noun + " open K7QM-3F9X-S\n  saphan " + noun + " open K7QM-3F9X-S --section feedback",
		Args:    takes(1, 1),
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
	cmd.Flags().StringVar(&in.Section, "section", section, given["section"].usage())
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
	if err != nil && services.KindOf(err) != services.Unknown {
		return err
	}
	in.Case = cmp.Or(found.ID, in.Case) // no case: perhaps an inspection of one's own
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
