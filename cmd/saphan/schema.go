package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services/casefile"
)

func (c *command) schemaCommand() *cobra.Command {
	return group(
		&cobra.Command{
			Use: "schema", Short: "List, show, explain and compare what can be said on the bus",
			Long: "List, show, explain and compare what can be said on the bus. Needs no desk and no network.",
			Example: `  saphan schema ls                            every type of event and section
  saphan schema docs referral.requested       what to write, with an example
  saphan schema show referral.requested       its JSON Schema
  saphan schema show codes/violation          a code list with its words
  saphan schema show policy/sections          a policy table: who gets what
  saphan schema diff referral.requested my.json
  saphan schema openapi                       the HTTP API, for programs
  saphan schema asyncapi                      the bus, for programs`,
		},
		c.schemaListCommand(), c.schemaShowCommand(), c.schemaDocsCommand(), c.schemaDiffCommand(),
		c.schemaOpenAPICommand(), c.schemaAsyncAPICommand())
}

func (c *command) schemaListCommand() *cobra.Command {
	codes, policies := false, false
	cmd := &cobra.Command{
		Use: "ls", Short: "List the types of event and the sections, the code lists or the policy tables",
		Example: `  saphan schema ls
  saphan schema ls --codes
  saphan schema ls --policies
  saphan schema ls --lang th`,
		Args: takes(0, 0),
		RunE: func(*cobra.Command, []string) error {
			switch {
			case codes && policies:
				return usage("--codes and --policies do not go together", "saphan schema ls --codes, or saphan schema ls --policies")
			case codes:
				return c.listCodes()
			case policies:
				return c.listPolicies()
			}
			return c.listSchemas()
		},
	}
	cmd.Flags().BoolVar(&codes, "codes", false, "list the code lists instead")
	cmd.Flags().BoolVar(&policies, "policies", false, "list the policy tables instead")
	return cmd
}

// schemaRow is a type of event or a section, as it is listed.
type schemaRow struct {
	Name  string `json:"name"`
	Words string `json:"words"`
	By    string `json:"by,omitempty"` // "agency", or the hub's service that alone files it
	Scope string `json:"scope"`        // what its subject names; "section" for one
}

func (c *command) listSchemas() error {
	var all []schemaRow
	for _, name := range schemas.Pages() {
		page, ok := schemas.PageOf(name, c.lang)
		if !ok {
			return fmt.Errorf("list schemas: one has no page")
		}
		scope := page.Scope
		if scope == "" {
			scope = page.Kind
		}
		all = append(all, schemaRow{page.Name, page.Words, page.Author, scope})
	}
	if c.json {
		return c.print(map[string][]schemaRow{"schemas": all})
	}
	rows := [][]string{strings.Split(say(c.lang, "schema.columns"), "|")}
	for _, r := range all {
		rows = append(rows, []string{r.Name, r.Words, r.By, r.Scope})
	}
	if err := table(c.stdout, rows); err != nil {
		return err
	}
	c.suggest("schema docs " + all[0].Name)
	return nil
}

func (c *command) schemaShowCommand() *cobra.Command {
	return &cobra.Command{
		Use: "show NAME", Short: "Print a JSON Schema, a code list, a policy table or the sample filing",
		Long: `Print the JSON Schema of a type of event, of a section, or of the parts that they
share (common); a code list (codes/LIST) with its words in the language of
--lang, and what other standards call the same; a policy table (policy/NAME); or
the sample filing (example), a batch in open form.`,
		Example: `  saphan schema show referral.requested
  saphan schema show section.offer
  saphan schema show common
  saphan schema show codes/violation --lang th
  saphan schema show codes/means_of_control
  saphan schema show policy/sections
  saphan schema show example`,
		Args: takes(1, 1),
		RunE: func(_ *cobra.Command, args []string) error { return c.showSchema(args[0]) },
	}
}

func (c *command) showSchema(name string) error {
	if list, ok := strings.CutPrefix(name, "codes/"); ok {
		return c.showCodes(list)
	}
	if policy, ok := strings.CutPrefix(name, "policy/"); ok {
		return c.showPolicy(policy)
	}
	raw, ok := schemas.Schema(shortName(name))
	if name == "example" {
		raw, ok = schemas.Example(), true
	}
	if !ok {
		return unknownSchema(name)
	}
	_, err := c.stdout.Write(raw)
	return err
}

// shortName takes the whole attribute type or dataschema for the name as well.
func shortName(name string) string {
	for _, t := range schemas.Types() {
		if name == t.CloudEventType() || name == t.DataSchema() {
			return t.Name
		}
	}
	if slices.Contains(schemas.Sections(), name) {
		return "section." + name
	}
	return name
}

// unknownSchema says that there is no such name, and which one is near.
func unknownSchema(name string) error {
	return usage("there is no such type of event or section", didYouMean("schema docs ", name, schemas.Pages(), "saphan schema ls lists them"))
}

// pagesOf makes the pages of some schemas, or of all.
func (c *command) pagesOf(names []string) ([]schemas.Page, error) {
	if len(names) == 0 {
		names = schemas.Pages()
	}
	var pages []schemas.Page
	for _, name := range names {
		page, ok := schemas.PageOf(shortName(name), c.lang)
		if !ok {
			return nil, unknownSchema(name)
		}
		if !json.Valid(page.Example) {
			return nil, fmt.Errorf("make a page: its example is missing")
		}
		page.Shortcut, page.Access = shortcutTo(page.Name), c.accessTo(page)
		pages = append(pages, page)
	}
	return pages, nil
}

// accessTo says who may file what a page is about, when, and who sees it; nil for
// a section.
func (c *command) accessTo(page schemas.Page) *schemas.Access {
	if page.Type == "" {
		return nil
	}
	x, ok := casefile.Explain(page.Name)
	return &schemas.Access{
		Ledger: ok, By: schemas.RulesOf(x.By, c.lang), When: schemas.RulesOf(x.When, c.lang),
		Sees: schemas.RulesOf(x.Sees, c.lang), Opens: schemas.RulesOf(x.Opens, c.lang),
	}
}

// shortcutTo is the command that files an event of a type; "" when there is none.
func shortcutTo(name string) string {
	for _, a := range slices.Concat(referralActs(), caseActs()) {
		if a.Type == name {
			return strings.TrimSpace("saphan --desk desk.json " + a.noun + " " + a.Name + " K7QM-3F9X-S " + a.example)
		}
	}
	return ""
}
