package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/saphan-project/saphan/adapters/deskclient"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/operator"
)

func (c *command) deadLetterReplayCommand() *cobra.Command {
	var f letterFlags
	var yes bool
	cmd := &cobra.Command{
		Use: "replay LETTER… | --consumer … | --reason … | --since …", Short: "Hand the same bytes out once more",
		Long: `Hand the same bytes out once more: those of the letters that are named, or of all that
need somebody and that the flags pick, the oldest first. Without --yes it says what it would
do, and does nothing.`,
		Example: `  saphan deadletter replay 17
  saphan deadletter replay --consumer routing --reason internal.bug --yes`,
		Args: takes(0, -1),
		RunE: func(cmd *cobra.Command, args []string) error { return c.replayDeadLetters(cmd.Context(), args, f, yes) },
	}
	f.bind(cmd)
	cmd.Flags().BoolVar(&yes, "yes", false, "do it")
	return cmd
}

func (c *command) replayDeadLetters(ctx context.Context, args []string, f letterFlags, yes bool) error {
	q, err := f.query()
	if err != nil {
		return err
	}
	if picks := q != (operator.Query{}); picks == (len(args) > 0) {
		return usage("which letters?", "name them by number, or pick some with --consumer, --reason or --since, and not both")
	}
	op, err := c.operator()
	if err != nil {
		return err
	}
	places, err := pickLetters(ctx, op, args, q)
	if err != nil {
		return err
	}
	if !yes {
		return c.foretell(ctx, op, places)
	}
	return c.replayAll(ctx, op, places)
}

// pickLetters lists the numbers of the letters that are meant, the oldest first.
func pickLetters(ctx context.Context, op *deskclient.Operator, args []string, q operator.Query) ([]uint64, error) {
	var places []uint64
	for _, arg := range args {
		place, err := letterNumber(arg)
		if err != nil {
			return nil, err
		}
		places = append(places, place)
	}
	if len(args) == 0 {
		list, err := op.DeadLetters(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, l := range list.Letters {
			places = append(places, l.Place)
		}
	}
	slices.Sort(places)
	return slices.Compact(places), nil
}

// foretell says what a replay would do.
func (c *command) foretell(ctx context.Context, op *deskclient.Operator, places []uint64) error {
	would := []operator.LetterPreview{}
	for _, place := range places {
		p, err := op.DeadLetter(ctx, place, false)
		if err != nil {
			return err
		}
		would = append(would, p)
	}
	if c.json {
		return c.print(map[string][]operator.LetterPreview{"would": would})
	}
	count := 0
	for _, p := range would {
		if p.Remedy != operator.Nothing {
			count++
		}
		fmt.Fprintf(c.stdout, "%6d  %s %s: %s\n", p.Place, cmp.Or(p.Type, "?"), p.Reference, remedy(p))
	}
	_, err := fmt.Fprintf(c.stdout, "Nothing was done. With --yes, %d of %d are replayed.\n", count, len(would))
	return err
}

// replayed is how a replay ended: the letter, or why it was refused.
type replayed struct {
	operator.Letter
	Refusal *services.Error `json:"refusal,omitempty"`
}

// replayAll replays letters one after the other. What is refused keeps no other from
// being tried.
func (c *command) replayAll(ctx context.Context, op *deskclient.Operator, places []uint64) error {
	all, refused := []replayed{}, 0
	for _, place := range places {
		l, err := op.Replay(ctx, place)
		r := replayed{Letter: l}
		if err != nil {
			if ctx.Err() != nil || services.KindOf(err) == services.Unauthorized {
				return err
			}
			r.Place, r.Refusal = place, services.AsError(err)
			refused++
		}
		all = append(all, r)
	}
	if err := c.tellReplayed(all); err != nil || refused == 0 {
		return err
	}
	return &failure{fmt.Sprintf("%d of %d were not replayed", refused, len(all)), "saphan deadletter show LETTER says how one stands", exitPartial}
}

func (c *command) tellReplayed(all []replayed) error {
	if c.json {
		return c.print(map[string][]replayed{"replayed": all})
	}
	for _, r := range all {
		stands := label(operator.LetterStates, string(r.State), c.lang)
		switch {
		case r.Refusal != nil:
			stands = c.sentenceOf(r.Refusal)
		case r.Outcome != "":
			stands += ": " + r.Outcome
		}
		fmt.Fprintf(c.stdout, "%6d  %s %s: %s\n", r.Place, cmp.Or(r.Type, "?"), r.Reference, stands)
	}
	return nil
}
