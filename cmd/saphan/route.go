package main

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
	"github.com/saphan-project/saphan/services/desk"
)

// routeFlags are what `saphan route simulate` is told of an invented referral.
type routeFlags struct {
	asked              schemas.ReferralRequested
	area, at           string
	directory, sending string
}

func (c *command) routeCommand() *cobra.Command {
	return group(
		&cobra.Command{
			Use: "route", Short: "Try whom a referral would be offered to",
			Example: "  saphan route simulate --service shelter --area TH-74 --age-class child",
		},
		c.simulateCommand())
}

func (c *command) simulateCommand() *cobra.Command {
	var f routeFlags
	given := f.codes()
	cmd := &cobra.Command{
		Use:   "simulate --service SERVICE --area AREA --age-class CLASS",
		Short: "Tell whom a referral would be offered to, who not, and why",
		Long: `Tell whom a referral would be offered to, who not, and why. Nothing is filed, and
nothing about a person is asked.

It asks your agency's desk; or, with --directory, a file that nobody else knows
yet: a JSON array of {"agency": ID, "registered": what agency.registered holds},
parents before their units, with or without keys.`,
		Example: `  saphan route simulate --service shelter --subtype children --area TH-74 --age-class child --language my
  saphan route simulate --service shelter --area at_sea --age-class unsure --at 2026-11-23T23:00:00+07:00
  saphan route simulate --service medical --area TH-10 --age-class adult --to hospital-example
  saphan route simulate --directory new.json --from labour-example --service shelter --area TH-74 --age-class adult`,
		Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			for _, name := range routeFlagNames {
				if err := given[name].check(name); err != nil {
					return err
				}
			}
			return c.simulate(cmd.Context(), f)
		},
	}
	flags := cmd.Flags()
	for _, name := range routeFlagNames {
		flags.StringVar(given[name].value, name, "", given[name].usage())
	}
	flags.StringSliceVar(&f.asked.Subtypes, "subtype", nil, "`KIND` of the service, several times if need be: "+strings.Join(codesOf("service_subtype"), ", "))
	return cmd
}

var routeFlagNames = []string{"service", "area", "age-class", "language", "priority", "to", "at", "directory", "from"}

func (f *routeFlags) codes() map[string]codeFlag {
	return map[string]codeFlag{
		"service":   {&f.asked.Service, "what is asked for", codesOf("service"), true},
		"area":      {&f.area, "where: a province as in TH-74, at_sea, abroad or unknown", nil, false},
		"age-class": {&f.asked.AgeClass, "for whom", codesOf("age_class"), true},
		"language":  {&f.asked.Language, "interpreter's language", codesOf("language"), false},
		"priority":  {&f.asked.Priority, "how urgent; it changes clocks and not the choice", codesOf("priority"), false},
		"to":        {&f.asked.To, "`AGENCY` that the sender names", nil, false},
		"at":        {&f.at, "`INSTANT` that it is asked at, as in 2026-11-23T23:00:00+07:00; now when not given", nil, false},
		"directory": {&f.directory, "`FILE` to ask instead of your desk", nil, false},
		"from":      {&f.sending, "`AGENCY` that sends; only with --directory", nil, false},
	}
}

// input completes what was typed.
func (f routeFlags) input() (desk.RouteInput, error) {
	in := desk.RouteInput{Asked: f.asked}
	if !slices.Contains(codesOf("area"), f.area) {
		return in, usage("--area is missing or unknown", "it takes a province as in TH-74, or at_sea, abroad or unknown")
	}
	in.Asked.Area = schemas.Area{Kind: f.area}
	if strings.HasPrefix(f.area, "TH-") {
		in.Asked.Area = schemas.Area{Kind: "province", Code: f.area}
	}
	for _, kind := range f.asked.Subtypes {
		if !slices.Contains(codesOf("service_subtype"), kind) {
			return in, usage("unknown value of --subtype", "it takes "+strings.Join(codesOf("service_subtype"), ", "))
		}
	}
	if f.sending != "" && f.directory == "" {
		return in, usage("--from goes only with --directory", "your desk asks for your own agency")
	}
	var err error
	in.At, err = instant("at", f.at)
	return in, err
}

// instant reads the value of a flag; the zero instant when there is none.
func instant(name, s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}, usage("--"+name+" is no instant", "it takes one as in 2026-11-23T23:00:00+07:00, or with Z for UTC")
	}
	return t.UTC(), nil
}

func (c *command) simulate(ctx context.Context, f routeFlags) error {
	in, err := f.input()
	if err != nil {
		return err
	}
	told, err := c.routed(ctx, f, in)
	if err != nil {
		return err
	}
	if c.json {
		return c.print(told)
	}
	return c.tellRoute(told)
}

// routed asks the file, or else the desk.
func (c *command) routed(ctx context.Context, f routeFlags, in desk.RouteInput) (desk.Route, error) {
	if f.directory == "" {
		client, err := c.client()
		if err != nil {
			return desk.Route{}, err
		}
		return client.Route(ctx, in)
	}
	raw, err := c.read(f.directory)
	if err != nil {
		return desk.Route{}, err
	}
	listed, err := readDirectory(raw)
	if err != nil {
		return desk.Route{}, err
	}
	if _, ok := listed.Agency(f.sending); f.sending != "" && !ok {
		return desk.Route{}, usage("the directory has no such agency", "--from names one of the file's")
	}
	if in.At.IsZero() {
		in.At = time.Now().UTC()
	}
	q := casefile.Query{From: f.sending, Asked: in.Asked, At: in.At}
	return desk.Route{At: in.At, Simulation: casefile.Simulate(listed, q)}, nil
}

// tellRoute writes who is asked, who is not, and whom the law wants as well.
func (c *command) tellRoute(told desk.Route) error {
	rows := [][]string{{"ORDER", "AGENCY", "WHY"}}
	for i, found := range told.Candidates {
		rows = append(rows, []string{strconv.Itoa(i + 1), found.Agency, c.reasons(found)})
	}
	if len(told.Candidates) == 0 {
		rows = append(rows, []string{"-", "-", say(c.lang, "nobody")})
	}
	parts := [][][]string{rows}
	if len(told.Unfit) > 0 {
		rows := [][]string{{"NOT CHOSEN", "WHY NOT"}}
		for _, u := range told.Unfit {
			rows = append(rows, []string{u.Agency, label("unfit", u.Why, c.lang)})
		}
		parts = append(parts, rows)
	}
	if len(told.Missing) > 0 {
		rows := [][]string{{"BY LAW", "KIND", "SERVICE", "AGENCIES"}}
		for _, m := range told.Missing {
			rows = append(rows, []string{
				m.Duty, label("agency_kind", m.Kind, c.lang), label("service", m.Service, c.lang),
				cmp.Or(strings.Join(m.Agencies, ", "), say(c.lang, "none_there")),
			})
		}
		parts = append(parts, rows)
	}
	for i, rows := range parts {
		if i > 0 {
			if _, err := c.stdout.Write([]byte("\n")); err != nil {
				return err
			}
		}
		if err := proseTable(c.stdout, rows); err != nil {
			return err
		}
	}
	return nil
}

// reasons says in words why an agency is asked.
func (c *command) reasons(found services.Candidate) string {
	words := make([]string, 0, len(found.Why)+1)
	for _, code := range found.Why {
		words = append(words, label("match", code, c.lang))
	}
	if found.Duty {
		words = append(words, say(c.lang, "duty"))
	}
	return strings.Join(words, ", ")
}
