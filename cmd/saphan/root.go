package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/saphan-project/saphan/adapters/deskclient"
)

// root returns the command line: the list of verbs and what they share.
func (c *command) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "saphan",
		Short: "Carry a finding or a referral to the agency that can act, and keep asking until somebody has",
		Example: `  saphan demo --once                       play an invented story and print its trace
  saphan file report.json                  file what was seen
  saphan inbox                             what needs your agency
  saphan referral accept K7QM-3F9X-S       take a referral on
  saphan case trace K7QM-3F9X-S            who did what, and how long it took`,
		SilenceErrors: true, SilenceUsage: true,
		Args: cobra.ArbitraryArgs,
		RunE: verbMissing,
		PersistentPreRunE: func(*cobra.Command, []string) error {
			return c.settle()
		},
	}
	root.AddCommand(c.verbs()...)
	root.SetIn(c.stdin)
	root.SetOut(c.stdout)
	root.SetErr(c.stderr)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error {
		return usage(err.Error(), "saphan help shows every command and flag")
	})
	root.SetHelpTemplate(helpTemplate)
	root.SetUsageTemplate(usageTemplate)
	root.CompletionOptions.SetDefaultShellCompDirective(cobra.ShellCompDirectiveDefault)
	flags := root.PersistentFlags()
	flags.StringVar(&c.desk, "desk", "", "desk `FILE` with address and token (environment: SAPHAN_DESK)")
	flags.BoolVar(&c.json, "json", false, "print JSON for programs, errors too")
	flags.BoolVar(&c.noColor, "no-color", false, "never use colour (environment: NO_COLOR)")
	flags.StringVar(&c.lang, "lang", languages[0], "language of labels and sentences: "+strings.Join(languages, " or "))
	return root
}

// verbs lists every command, one file each.
func (c *command) verbs() []*cobra.Command {
	return []*cobra.Command{
		c.fileCommand(), c.inboxCommand(), c.listenCommand(), c.referralCommand(), c.caseCommand(),
		c.agencyCommand(), c.tokenCommand(), c.webhookCommand(), c.triggerCommand(), c.routeCommand(), c.validateCommand(), c.screenCommand(), c.schemaCommand(), c.versionCommand(),
		c.demoCommand(), c.upCommand(), c.deskCommand(), c.hubCommand(), c.deadLetterCommand(), exitCodes(),
	}
}

// The templates of cobra, with the examples first: what most people look for.
const (
	helpTemplate = `{{with or .Long .Short}}{{. | trimTrailingWhitespaces}}
{{end}}{{if .HasExample}}
Examples:
{{.Example}}
{{end}}
{{.UsageString}}`

	usageTemplate = `Usage:
  {{.UseLine}}{{if .HasAvailableSubCommands}}

Commands:{{range .Commands}}{{if or .IsAvailableCommand (eq .Name "help")}}
  {{rpad .Name .NamePadding}} {{.Short}}{{end}}{{end}}{{end}}{{if .HasHelpSubCommands}}

Topics:{{range .Commands}}{{if .IsAdditionalHelpTopicCommand}}
  {{rpad .Name .NamePadding}} {{.Short}}{{end}}{{end}}{{end}}{{if .HasAvailableLocalFlags}}

Flags:
{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}{{if .HasAvailableInheritedFlags}}

Flags of every command:
{{.InheritedFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}
`
)

// run executes the arguments and returns the exit status.
func (c *command) run(ctx context.Context, args []string) int {
	root := c.root()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	var told *failure
	if ctx.Err() != nil && !errors.As(err, &told) {
		return exitInterrupted
	}
	c.json = c.json || asksJSON(args) // a wrong flag may stand before it
	return c.complain(err)
}

// asksJSON looks for --json among arguments that could not be read.
func asksJSON(args []string) bool {
	if end := slices.Index(args, "--"); end >= 0 {
		args = args[:end]
	}
	return slices.Contains(args, "--json") || slices.Contains(args, "--json=true")
}

// settle completes the shared flags from the environment and checks them.
func (c *command) settle() error { return c.settleIn(languages) }

// settleIn is settle for a command that speaks other languages than most.
func (c *command) settleIn(languages []string) error {
	c.self = "saphan"
	if c.desk != "" {
		c.self += " --desk " + c.desk
	}
	c.desk = cmp.Or(c.desk, c.getenv("SAPHAN_DESK"))
	if !slices.Contains(languages, c.lang) {
		return usage("unknown language", "--lang takes "+strings.Join(languages, " or "))
	}
	return nil
}

// verbMissing answers a command that needs another word behind it.
func verbMissing(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return cmd.Help()
	}
	hint := cmd.CommandPath() + " --help lists the commands"
	cmd.SuggestionsMinimumDistance = 2
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		hint = "did you mean " + cmd.CommandPath() + " " + near[0] + "?"
	}
	return usage("there is no such command", hint)
}

// group makes a command one that only holds others.
func group(cmd *cobra.Command, verbs ...*cobra.Command) *cobra.Command {
	cmd.Args, cmd.RunE = cobra.ArbitraryArgs, verbMissing
	cmd.AddCommand(verbs...)
	return cmd
}

// takes wants between low and high arguments; high below 0: any number.
func takes(low, high int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < low || high >= 0 && len(args) > high {
			return usage("wrong number of arguments", cmd.UseLine())
		}
		return nil
	}
}

// client opens the desk that --desk or SAPHAN_DESK names.
func (c *command) client() (*deskclient.Client, error) {
	const where = "name its file with --desk FILE or SAPHAN_DESK; saphan up writes one for each agency: DIR/desks/AGENCY/desk.json"
	if c.desk == "" {
		return nil, usage("no desk given", where)
	}
	file, err := deskclient.Load(c.desk)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, usage("there is no such desk file", where)
	}
	if err != nil {
		return nil, usage(err.Error(), "")
	}
	return deskclient.New(file), nil
}

// suggest tells what to type next, a line each, unless a program reads along.
func (c *command) suggest(commands ...string) {
	if c.json {
		return
	}
	for _, words := range commands {
		fmt.Fprintf(c.stderr, "next: %s %s\n", c.self, words)
	}
}

// print writes a result as JSON.
func (c *command) print(v any) error {
	e := json.NewEncoder(c.stdout)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
