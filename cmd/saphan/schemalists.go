package main

import (
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/saphan-project/saphan/schemas"
)

// listRow is a code list, as it is listed.
type listRow struct {
	List   string         `json:"list"`
	Codes  []schemas.Code `json:"codes"`
	About  string         `json:"about"`
	Source string         `json:"source"`
}

func listOf(list string) listRow {
	about, source := schemas.AboutList(list)
	return listRow{list, schemas.Codes(list), about, source}
}

func (c *command) listCodes() error {
	var all []listRow
	rows := [][]string{strings.Split(say(c.lang, "codes.columns"), "|")}
	for _, name := range schemas.Lists() {
		l := listOf(name)
		all = append(all, l)
		rows = append(rows, []string{"codes/" + l.List, strconv.Itoa(len(l.Codes)), l.About})
	}
	if c.json {
		return c.print(map[string][]listRow{"lists": all})
	}
	if err := proseTable(c.stdout, rows); err != nil {
		return err
	}
	c.suggest("schema show codes/" + all[0].List)
	return nil
}

func (c *command) showCodes(list string) error {
	if !slices.Contains(schemas.Lists(), list) {
		return usage("there is no such code list", didYouMean("schema show codes/", list, schemas.Lists(), "saphan schema ls --codes lists them"))
	}
	l := listOf(list)
	if c.json {
		return c.print(l)
	}
	standards := schemas.Standards(list)
	head := strings.Split(say(c.lang, "code.columns"), "|")
	for _, standard := range standards {
		head = append(head, strings.ToUpper(standard))
	}
	rows := [][]string{head}
	for _, code := range l.Codes {
		row := []string{code.Code, schemas.Label(list, code.Code, c.lang)}
		for _, standard := range standards {
			named, _ := schemas.Crosswalk(list, code.Code, standard)
			row = append(row, named)
		}
		rows = append(rows, row)
	}
	if _, err := io.WriteString(c.stdout, folded(l.About, 0)+"\n"+folded(say(c.lang, "source", l.Source), 0)+"\n\n"); err != nil {
		return err
	}
	return table(c.stdout, rows)
}

// policyRow is a policy table, as it is listed.
type policyRow struct {
	Policy string `json:"policy"`
	About  string `json:"about"` // in English
}

func (c *command) listPolicies() error {
	var all []policyRow
	rows := [][]string{strings.Split(say(c.lang, "policies.columns"), "|")}
	for _, name := range schemas.Policies() {
		about := schemas.AboutPolicy(name)
		all = append(all, policyRow{name, about})
		rows = append(rows, []string{"policy/" + name, about})
	}
	if c.json {
		return c.print(map[string][]policyRow{"policies": all})
	}
	if err := proseTable(c.stdout, rows); err != nil {
		return err
	}
	c.suggest("schema show policy/" + all[0].Policy)
	return nil
}

// showPolicy prints a policy table as it is: JSON, with the source of each row.
func (c *command) showPolicy(name string) error {
	raw, ok := schemas.Policy(name)
	if !ok {
		return usage("there is no such policy table", didYouMean("schema show policy/", name, schemas.Policies(), "saphan schema ls --policies lists them"))
	}
	_, err := c.stdout.Write(raw)
	return err
}
