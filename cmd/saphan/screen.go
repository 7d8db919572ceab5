package main

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/screening"
)

// spokenLanguages are those of what a worker hears: the question of an indicator.
var spokenLanguages = append(slices.Clone(languages), "my", "km", "lo", "vi")

// screenInput is what the command line asks for.
type screenInput struct {
	prompt  bool
	profile string
	ticked  []string
}

func (c *command) screenCommand() *cobra.Command {
	var in screenInput
	cmd := &cobra.Command{
		Use:   "screen --prompt | --profile AGE --tick CODES | ACCOUNT | -",
		Short: "Ask about forced labour, and tell what ticked indicators come to",
		Long: `Print the questions of the eleven indicators of forced labour, or work out what
ticked operational indicators of trafficking come to: those of --tick, or those
of an account, which is the section account as JSON. Nothing leaves this machine,
nothing is kept, and nothing that is printed is a verdict.`,
		Example: `  saphan screen --prompt --lang my                    the questions in Burmese
  saphan screen --profile child --tick EX02,EX04,EX05
  saphan screen account.json                          what an account comes to
  saphan screen account.json --profile unsure --json`,
		Args: func(cmd *cobra.Command, args []string) error { return in.check(cmd, args) },
		PersistentPreRunE: func(*cobra.Command, []string) error {
			if in.prompt {
				return c.settleIn(spokenLanguages)
			}
			return c.settle()
		},
		RunE: func(_ *cobra.Command, args []string) error {
			switch {
			case in.prompt:
				return c.prompt()
			case len(args) == 1:
				return c.screenAccount(args[0], in.profile)
			}
			return c.screenTicked(in)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&in.prompt, "prompt", false, "print the questions; --lang takes "+strings.Join(spokenLanguages, ", "))
	flags.StringVar(&in.profile, "profile", "", "whose weights count: "+strings.Join(codesOf("age_class"), ", "))
	flags.StringSliceVar(&in.ticked, "tick", nil, "`CODES` of the list delphi, as in DR01,EX02")
	return cmd
}

// check wants one of the three uses, and codes of our lists.
func (in *screenInput) check(cmd *cobra.Command, args []string) error {
	ticked := len(in.ticked) > 0
	uses := 0
	for _, use := range []bool{in.prompt, ticked, len(args) > 0} {
		if use {
			uses++
		}
	}
	if uses != 1 || len(args) > 1 || in.prompt && in.profile != "" {
		return usage("say what to screen in one way", cmd.UseLine())
	}
	for _, code := range in.ticked {
		if !schemas.HasCode("delphi", code) {
			return usage("unknown value of --tick", "it takes codes of the list delphi, DR01 to AD07, with commas between them")
		}
	}
	return codeFlag{value: &in.profile, codes: codesOf("age_class"), must: ticked}.check("profile")
}

// screened is what the command tells.
type screened struct {
	Screening *screening.Result `json:"screening,omitempty"`
	// RecordedBand and RecordedVersion are those that the account holds.
	RecordedBand    string           `json:"recorded_band,omitempty"`
	RecordedVersion string           `json:"recorded_version,omitempty"`
	Reliability     *screening.Trust `json:"reliability,omitempty"`
}

func (c *command) screenTicked(in screenInput) error {
	result, err := screening.Screen(screening.Profile(in.profile), in.ticked)
	if err != nil {
		return err
	}
	return c.tellScreened(screened{Screening: &result})
}

// account is what the command needs of the section.
type account struct {
	Delphi      []string `json:"delphi"`
	Band        string   `json:"band"`
	RuleVersion string   `json:"rule_version"`
	Profile     string   `json:"profile"`
	Present     []string `json:"present"`
	Alone       string   `json:"interviewed_alone"`
	Independent string   `json:"interpreter_independent"`
}

// screenAccount screens the section account in a file; a profile that is given
// counts instead of the one that it was screened with.
func (c *command) screenAccount(path, profile string) error {
	raw, err := c.read(path)
	if err != nil {
		return err
	}
	if err := schemas.CheckSection("account", raw); err != nil {
		return services.RefuseInput(err)
	}
	var a account
	if err := json.Unmarshal(raw, &a); err != nil {
		return services.RefuseInput(schemas.Problems{{Code: schemas.CodeMalformed}})
	}
	if profile == "" {
		profile = a.Profile
	}
	trust := screening.Reliability(screening.Conversation{
		Present: a.Present, Alone: a.Alone, InterpreterIndependent: a.Independent,
	})
	told := screened{RecordedBand: a.Band, RecordedVersion: a.RuleVersion, Reliability: &trust}
	if len(a.Delphi) > 0 {
		if profile == "" {
			return usage("whose weights count is not in the account", "give --profile: "+strings.Join(codesOf("age_class"), ", "))
		}
		result, err := screening.Screen(screening.Profile(profile), a.Delphi)
		if err != nil {
			return err
		}
		told.Screening = &result
	}
	return c.tellScreened(told)
}
