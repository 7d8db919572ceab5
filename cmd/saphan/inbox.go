package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/saphan-project/saphan/services/desk"
)

func (c *command) inboxCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "inbox",
		Short: "List what needs your agency, most pressing first",
		Example: `  saphan inbox
  saphan inbox --json
  saphan inbox retry EVENT       send a refused event again
  saphan inbox discard EVENT     let go of it, so that its case goes on`,
		Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error { return c.inbox(cmd.Context()) },
	}
	cmd.AddCommand(
		&cobra.Command{
			Use: "retry EVENT", Short: "Send an event again that was refused", Args: takes(1, 1),
			RunE: func(cmd *cobra.Command, args []string) error { return c.retry(cmd.Context(), args[0]) },
		},
		&cobra.Command{
			Use: "discard EVENT", Short: "Let go of an event that was refused", Args: takes(1, 1),
			RunE: func(cmd *cobra.Command, args []string) error { return c.discard(cmd.Context(), args[0]) },
		},
	)
	return cmd
}

func (c *command) inbox(ctx context.Context) error {
	client, err := c.client()
	if err != nil {
		return err
	}
	items, err := client.Inbox(ctx)
	if err != nil {
		return err
	}
	if c.json {
		return c.print(map[string][]desk.Item{"items": items})
	}
	if len(items) == 0 {
		_, err := io.WriteString(c.stdout, "nothing needs your agency\n")
		return err
	}
	rows := [][]string{{"REFERENCE", "NEEDS", "WHAT", "PRIORITY", "AREA", "STATE", "SINCE"}}
	groups := grouped(items)
	for _, g := range groups {
		rows = append(rows, c.groupRows(g)...)
	}
	if err := table(c.stdout, rows); err != nil {
		return err
	}
	c.suggest(nextOf(groups[0])...)
	return nil
}

// itemRow words an item. A parked event has neither service nor place; what it
// is stands in their stead.
func (c *command) itemRow(i desk.Item) []string {
	what := label("service", i.Service, c.lang)
	if i.AgeClass != "" {
		what += ", " + label("age_class", i.AgeClass, c.lang)
	}
	area, since := "", ""
	if i.Area.Kind != "" {
		area = i.Area.Label(c.lang)
	}
	if i.Need == desk.NeedTriage {
		what = word(tipReceived, c.lang)
	}
	if i.Pending != nil {
		what = word(i.Pending.Type, c.lang)
	}
	if !i.Since.IsZero() {
		since = clock(c.lang, bangkok(i.Since), withDate)
	}
	return []string{
		i.Reference, strings.ReplaceAll(string(i.Need), "_", " "), what,
		label("priority", i.Priority, c.lang), area, c.stateOf(i), since,
	}
}

// stateOf words the state of an item, and what is missing from its referral.
func (c *command) stateOf(i desk.Item) string {
	words := []string{label("state", i.State, c.lang)}
	if i.Incomplete {
		words = append(words, say(c.lang, "incomplete"))
	}
	if i.ContentMissing {
		words = append(words, say(c.lang, "content_missing"))
	}
	return strings.Join(words, ", ")
}

const tipReceived = "tip.received"

// nexts are the commands that meet a need, one after the other.
var nexts = map[desk.Need][]string{
	desk.NeedDecide:      {"referral open %s", decides},
	desk.NeedAnswer:      {"referral open %s --section feedback", "referral answer %s --text -"},
	desk.NeedReceiver:    {"case trace %s"},
	desk.NeedMeet:        {"referral open %s --section contact", "referral meet %s"},
	desk.NeedComplete:    {"referral complete %s --text -"},
	desk.NeedAcknowledge: {"referral open %s --section feedback", "referral acknowledge %s"},
	desk.NeedConfirm:     {"case trace %s", "referral confirm %s --correct yes (or no)"},
	desk.NeedReroute:     {"case trace %s"},
	desk.NeedStop:        {"referral cancel %s (or complete)"},
	desk.NeedNext:        {"case trace %s", "case tell %s --told yes (or ask somebody else, or close it)"},
	desk.NeedTriage:      {"case open %s --section account (or site)", "case triage %s --as visit (or opened, joined)", "case dismiss %s --reason too_little (or another)"},
	desk.NeedLead:        {"case take %s (or refuse)"},
	desk.NeedCompare:     {"case same %s --answer same (or different, or cannot_say)"},
	desk.NeedScreen:      {"case decide %s --decision monitor (or another)"},
	desk.NeedQuestions:   {"referral share %s FILE --section offer", "case record %s FILE --section contact"},
}

// decides is what follows once an offer was read: one answer is as good as another.
const decides = "referral accept %s (or ask, or decline)"

// next lists the commands that an item waits for.
func next(i desk.Item) []string {
	switch {
	case i.Need == desk.NeedResolve:
		return []string{"inbox retry " + i.Pending.Event}
	case i.Need == desk.NeedDecide && i.State == "received":
		return about(i.Reference, decides)
	}
	words := nexts[i.Need]
	if i.State == "information_provided" { // what was asked is answered: read that first
		words = append([]string{"referral open %s --section feedback"}, words...)
	}
	return about(i.Reference, words...)
}

// about names the case in each of the commands.
func about(reference string, commands ...string) []string {
	named := make([]string, len(commands))
	for i, words := range commands {
		named[i] = fmt.Sprintf(words, inShell(reference))
	}
	return named
}

// inShell is a reference as a shell takes it: the check symbols * ~ $ = mean
// something else to it.
func inShell(reference string) string {
	if strings.ContainsAny(reference, "*~$=") {
		return "'" + reference + "'"
	}
	return reference
}

func (c *command) retry(ctx context.Context, event string) error {
	client, err := c.client()
	if err != nil {
		return err
	}
	a, err := client.Retry(ctx, event)
	if err != nil {
		return err
	}
	return c.tellAnswer("sent again", a)
}

func (c *command) discard(ctx context.Context, event string) error {
	client, err := c.client()
	if err != nil {
		return err
	}
	if err := client.Discard(ctx, event); err != nil {
		return err
	}
	if c.json {
		return c.print(map[string]string{"discarded": event})
	}
	_, err = fmt.Fprintln(c.stdout, "discarded; what waited behind it goes on")
	return err
}
