package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services/casefile"
	"github.com/saphan-project/saphan/services/desk"
)

const agencyCapacityChanged = "agency.capacity_changed"

// capacityFlags are what `saphan agency capacity` is told.
type capacityFlags struct {
	said         schemas.AgencyCapacityChanged
	until, event string
}

func (c *command) capacityCommand() *cobra.Command {
	var f capacityFlags
	services, capacities := codesOf("service"), codesOf("capacity")
	cmd := &cobra.Command{
		Use:   "capacity SERVICE " + strings.Join(capacities, "|"),
		Short: "Say whether your agency can take somebody now",
		Long: `Say whether your agency can take somebody now: the next referral is offered
accordingly. It counts for a day, or until you say something else; after that you
are asked as before.`,
		Example: `  saphan agency capacity shelter none
  saphan agency capacity shelter none --subtype children --until 2026-11-24T08:00:00+07:00
  saphan agency capacity shelter capacity`,
		Args: takes(2, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			f.said.Service, f.said.Capacity = args[0], args[1]
			if !slices.Contains(services, args[0]) {
				return usage("unknown service", "it is one of "+strings.Join(services, ", "))
			}
			if !slices.Contains(capacities, args[1]) {
				return usage("unknown capacity", "it is one of "+strings.Join(capacities, ", "))
			}
			return c.sayCapacity(cmd.Context(), f)
		},
	}
	cmd.Flags().StringVar(&f.until, "until", "", "`INSTANT` until which it holds, as in 2026-11-24T08:00:00+07:00")
	cmd.Flags().StringSliceVar(&f.said.Subtypes, "subtype", nil, "`KIND` of the service, several times if need be; all when not given: "+strings.Join(codesOf("service_subtype"), ", "))
	cmd.Flags().StringVar(&f.event, "event", "", "`ID` to file it under; the same again is filed once")
	return cmd
}

func (c *command) sayCapacity(ctx context.Context, f capacityFlags) error {
	until, err := instant("until", f.until)
	if err != nil {
		return err
	}
	if !until.IsZero() {
		f.said.Until = until.Format(time.RFC3339)
	}
	client, err := c.client()
	if err != nil {
		return err
	}
	t, _ := schemas.TypeNamed(agencyCapacityChanged)
	if f.event == "" {
		f.event = schemas.IDs{Now: time.Now, Fill: fill}.EventID()
	}
	raw, err := json.Marshal(map[string]any{
		"specversion": "1.0", "id": f.event, "type": t.CloudEventType(), "subject": client.Agency(), "data": f.said,
	})
	if err != nil {
		return err
	}
	answered, err := client.File(ctx, raw)
	if err != nil {
		return err
	}
	if c.json {
		return c.print(answered)
	}
	_, err = fmt.Fprintf(c.stdout, "  %s%s, %s   %s\n", pad(word(t.Name, c.lang), wordColumn),
		label("service", f.said.Service, c.lang), label("capacity", f.said.Capacity, c.lang), became(desk.Result{Answer: answered}))
	return err
}

// room says how much room there is for a service, and how long ago that was
// said: "shelter: free, 40 min ago".
func (c *command) room(r casefile.Room, now time.Time) string {
	what := label("service", r.Service, c.lang)
	if len(r.Subtypes) > 0 {
		kinds := make([]string, len(r.Subtypes))
		for i, kind := range r.Subtypes {
			kinds[i] = label("service_subtype", kind, c.lang)
		}
		what += " (" + strings.Join(kinds, ", ") + ")"
	}
	what += ": " + label("capacity", r.Capacity, c.lang)
	if r.Said.IsZero() {
		return what
	}
	return what + ", " + say(c.lang, "ago", span(c.lang, max(now.Sub(r.Said), 0)))
}
