package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services/desk"
)

// grouped puts items that were filed together, ask for the same and are about the
// same service into one group, where the most pressing of them stands.
func grouped(items []desk.Item) [][]desk.Item {
	var groups [][]desk.Item
	for _, i := range items {
		at := slices.IndexFunc(groups, func(g []desk.Item) bool { return together(g[0], i) })
		if at < 0 {
			groups = append(groups, []desk.Item{i})
			continue
		}
		groups[at] = append(groups[at], i)
	}
	return groups
}

func together(a, b desk.Item) bool {
	return a.Batch != "" && a.Batch == b.Batch && a.Need == b.Need && a.Service == b.Service && a.Pending == nil
}

// groupRows are the rows of a group: that of its one item, or one for all of them
// with their references below.
func (c *command) groupRows(items []desk.Item) [][]string {
	if len(items) == 1 {
		return append([][]string{c.itemRow(items[0])}, c.questionRows(items[0])...)
	}
	row := c.itemRow(items[0])
	row[0], row[2], row[5] = schemas.Reference(items[0].Batch), c.people(items), c.states(items)
	rows := [][]string{row}
	for _, i := range items {
		rows = append(rows, []string{"  " + i.Reference, "", label("age_class", i.AgeClass, c.lang), "", "", c.stateOf(i)})
		rows = append(rows, c.questionRows(i)...)
	}
	return rows
}

// questionRows are the questions of an item below it, by where the answer belongs.
func (c *command) questionRows(i desk.Item) [][]string {
	var rows [][]string
	for _, p := range i.Questions {
		rows = append(rows, []string{"", "  ?", strings.TrimPrefix(p.Pointer, "/data/")})
	}
	return rows
}

// people says how many people a group is about, and how many of them are, or may be,
// under 18: "shelter, 3 people, 1 under 18 or unsure".
func (c *command) people(items []desk.Item) string {
	minors := 0
	for _, i := range items {
		if i.AgeClass != "" && i.AgeClass != "adult" {
			minors++
		}
	}
	words := []string{say(c.lang, "people", fmt.Sprint(len(items)))}
	if service := label("service", items[0].Service, c.lang); service != "" {
		words = append([]string{service}, words...)
	}
	if minors > 0 {
		words = append(words, say(c.lang, "minors", minors))
	}
	return strings.Join(words, ", ")
}

// states is the state of all of a group; "" where they differ.
func (c *command) states(items []desk.Item) string {
	if slices.ContainsFunc(items, func(i desk.Item) bool { return c.stateOf(i) != c.stateOf(items[0]) }) {
		return ""
	}
	return c.stateOf(items[0])
}

// nextOf lists the commands that a group waits for: one word for all of them, where
// they were filed together.
func nextOf(items []desk.Item) []string {
	if len(items) == 1 || items[0].Need != desk.NeedDecide {
		return next(items[0])
	}
	batch := schemas.Reference(items[0].Batch)
	return []string{
		"referral open " + items[0].Reference,
		"referral accept --batch " + batch + " (or decline; --only REFERENCE for some)",
	}
}
