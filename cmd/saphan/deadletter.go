package main

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/saphan-project/saphan/services/operator"
)

func (c *command) deadLetterCommand() *cobra.Command {
	return c.forOperator(group(
		&cobra.Command{
			Use: "deadletter", Short: "For the operator: look after events that a service or a desk gave up on",
			Long: `Look after events that a service of the hub, or an agency's desk, gave up on. Each is a
letter with a number. To replay one is to hand the same bytes out once more; that does no
harm, since whoever handles an event takes it twice. What became of it is on record.`,
			Example: `  saphan deadletter ls --hub ./saphan-data/hub/operator.json
  saphan deadletter show 17
  saphan deadletter replay 17 --yes`,
		},
		c.deadLetterListCommand(), c.deadLetterShowCommand(), c.deadLetterReplayCommand()))
}

// letterFlags pick letters.
type letterFlags struct {
	operator.Query
	since string
}

func (f *letterFlags) bind(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.Consumer, "consumer", "", "only what this service of the hub, or `AGENCY`, gave up on")
	flags.StringVar(&f.Reason, "reason", "", "only what was given up with this `CODE`, as in internal.bug or panic")
	flags.StringVar(&f.since, "since", "", "only what was given up since then: how `LONG` ago, as in 2h or 3d, or an instant")
}

func (f *letterFlags) query() (operator.Query, error) {
	var err error
	f.Since, err = ago("since", f.since, time.Now())
	return f.Query, err
}

func (c *command) deadLetterListCommand() *cobra.Command {
	var f letterFlags
	cmd := &cobra.Command{
		Use: "ls", Short: "List the letters that need somebody, the newest first",
		Example: "  saphan deadletter ls\n  saphan deadletter ls --all --consumer routing", Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error { return c.listDeadLetters(cmd.Context(), f) },
	}
	f.bind(cmd)
	cmd.Flags().BoolVar(&f.All, "all", false, "list those that need nobody any more, too")
	return cmd
}

func (c *command) listDeadLetters(ctx context.Context, f letterFlags) error {
	op, err := c.operator()
	if err != nil {
		return err
	}
	q, err := f.query()
	if err != nil {
		return err
	}
	list, err := op.DeadLetters(ctx, q)
	if err != nil {
		return err
	}
	if c.json {
		return c.print(list)
	}
	if len(list.Letters) == 0 {
		_, err := fmt.Fprintln(c.stdout, "No letter needs anybody.")
		return err
	}
	if err := c.letterTable(list.Letters); err != nil {
		return err
	}
	if list.More {
		_, err = fmt.Fprintln(c.stdout, "There are older ones: narrow the list with --consumer, --reason or --since.")
	}
	return err
}

func (c *command) letterTable(letters []operator.Letter) error {
	rows := [][]string{{"LETTER", "GIVEN UP", "BY", "WHY", "TRIES", "EVENT", "ABOUT", "STANDS"}}
	for _, l := range letters {
		stands := label(operator.LetterStates, string(l.State), c.lang)
		if l.Outcome != "" {
			stands += ": " + l.Outcome
		}
		rows = append(rows, []string{
			strconv.FormatUint(l.Place, 10), tokenTime(l.Time), l.Consumer, l.Reason, strconv.Itoa(l.Tries),
			cmp.Or(l.Type, "?") + " " + l.Event, l.Reference, stands,
		})
	}
	return table(c.stdout, rows)
}

func (c *command) deadLetterShowCommand() *cobra.Command {
	var bytes bool
	cmd := &cobra.Command{
		Use: "show LETTER", Short: "Show a letter, and what a replay would do",
		Long: `Show a letter, and what a replay would do: of its event the envelope, and no data.
With --bytes, and nothing else, the event as it lies in its stream.`,
		Example: "  saphan deadletter show 17\n  saphan deadletter show 17 --bytes", Args: takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error { return c.showDeadLetter(cmd.Context(), args[0], bytes) },
	}
	cmd.Flags().BoolVar(&bytes, "bytes", false, "print the event, byte for byte")
	return cmd
}

func (c *command) showDeadLetter(ctx context.Context, number string, bytes bool) error {
	place, err := letterNumber(number)
	if err != nil {
		return err
	}
	op, err := c.operator()
	if err != nil {
		return err
	}
	p, err := op.DeadLetter(ctx, place, bytes)
	switch {
	case err != nil:
		return err
	case c.json:
		return c.print(p)
	case bytes:
		_, err := c.stdout.Write(p.Bytes)
		return err
	}
	return c.tellLetter(p)
}

func (c *command) tellLetter(p operator.LetterPreview) error {
	if err := c.letterTable([]operator.Letter{p.Letter}); err != nil {
		return err
	}
	fmt.Fprintln(c.stdout)
	rows := [][2]string{
		{"event", p.ID}, {"filed by", p.Source}, {"about", p.Subject}, {"recorded", ""}, {"bytes", ""}, {"replayed", ""}, {"a replay", remedy(p)},
	}
	if !p.Recorded.IsZero() {
		rows[3][1] = p.Recorded.Format("2006-01-02 15:04:05.000 MST")
	}
	if p.Size > 0 {
		rows[4][1] = fmt.Sprintf("%d, sha256 %s", p.Size, p.Digest)
	}
	if !p.Replayed.IsZero() {
		rows[5][1] = tokenTime(p.Replayed)
	}
	for _, row := range rows {
		if row[1] != "" {
			fmt.Fprintf(c.stdout, "  %s%s\n", pad(row[0], 12), row[1])
		}
	}
	return nil
}

// remedy says what a replay would do.
func remedy(p operator.LetterPreview) string {
	switch p.Remedy {
	case operator.HandOver:
		return "hands it to " + p.To + " again"
	case operator.PutAgain:
		return "puts it into the inbox of " + p.To + " again, if it may still see it"
	}
	return "would do nothing"
}

func letterNumber(s string) (uint64, error) {
	place, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		return 0, usage("that is no number of a letter", "saphan deadletter ls lists them")
	}
	return place, nil
}
