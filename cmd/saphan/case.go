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
	"github.com/saphan-project/saphan/services/casefile"
	"github.com/saphan-project/saphan/services/desk"
)

// caseWords are the words of the verbs about a case.
var caseWords = map[string]wording{
	"record":   {"Write down more than was known: a safer way to be in touch, a name", "contact.json --section contact", "", nil},
	"decide":   {"Say what is done about the latest screening", "--decision monitor --reason not_enough_known", "decision_reason", nil},
	"stage":    {"Say how far the case is", "--to screened", "", nil},
	"assert":   {"Say what your agency holds the person to be", "--status possible", "", nil},
	"tell":     {"Say whether the person was told of what has ended", "--told yes", "", nil},
	"restrict": {"Keep agencies out, because somebody there may be involved", "--exclude police-samutsakhon", "", nil},
	"link":     {"Relate the case to another one", "--relation family --with 9P2R-W4HD-Y", "", nil},
	"unlink":   {"Take a link back", "--relation family --with 9P2R-W4HD-Y", "", nil},
	"compare":  {"Ask the lead whether another case is about the same person", "--with 9P2R-W4HD-Y --lead shelter-harbour", "", nil},
	"same":     {"Answer whether another case is about the same person", "--answer cannot_say", "", nil},
	"transfer": {"Ask another agency to lead the case", "--to shelter-harbour", "", nil},
	"take":     {"Lead the case from here, as you were asked", "", "", []string{"case trace %s"}},
	"refuse":   {"Not become the lead, or call the question off", "--reason cannot_take", "", nil},
	"triage":   {"Say how a tip is taken up: a visit, a case that was opened, or one that it joins", "--as visit", "", nil},
	"dismiss":  {"Close a tip that is not taken up, and say why", "--reason too_little", "tip_reason", nil},
	"close":    {"End the work on the case, once no referral is open", "--reason settled --told yes", "case_reason", nil},
	"reopen":   {"Take a closed case up again", "--reason new_contact", "reopen_reason", nil},
}

func caseActs() []act { return acts("case", desk.CaseVerbs(), caseWords) }

func (c *command) caseCommand() *cobra.Command {
	verbs := []*cobra.Command{
		{
			Use: "ls", Short: "List the cases that your agency can see, the latest change first",
			Example: "  saphan case ls", Args: takes(0, 0),
			RunE: func(cmd *cobra.Command, _ []string) error { return c.listCases(cmd.Context()) },
		},
		c.traceCommand(), c.openCommand("case", "account"),
	}
	for _, a := range caseActs() {
		a.say = func(ctx context.Context, client *deskclient.Client, name string, in desk.ActInput) (desk.Answer, error) {
			found, err := c.caseNamed(ctx, client, name)
			if err != nil {
				return desk.Answer{}, err
			}
			return client.ActOnCase(ctx, a.Name, found.ID, in)
		}
		verbs = append(verbs, c.actCommand(a))
	}
	return group(&cobra.Command{
		Use: "case", Short: "List cases, tell what happened to one, and say what becomes of it",
		Example: `  saphan case ls
  saphan case trace K7QM-3F9X-S
  saphan case transfer K7QM-3F9X-S --to labour-samutsakhon
  saphan case close K7QM-3F9X-S --reason settled --told yes`,
	}, verbs...)
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
		if r.State == string(casefile.EnteredInError) {
			continue
		}
		words := strings.TrimSpace(label("service", r.Service, c.lang) + " " + label("state", r.State, c.lang))
		if r.ContentMissing {
			words += ", " + say(c.lang, "content_missing")
		}
		referrals = append(referrals, words)
	}
	changed := "waiting to send"
	if !found.Changed.IsZero() {
		changed = clock(c.lang, bangkok(found.Changed), withDate)
	}
	about := labels(aboutCase(found), c.lang)
	if found.Tip {
		about = []string{word(tipReceived, c.lang)}
	}
	if found.Closed {
		about = append(about, label("state", string(casefile.Closed), c.lang))
	}
	return []string{
		found.Reference, strings.Join(about, ", "), leadOf(found),
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
