package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/webhook"
)

// tellKey tells a new secret, this once.
func (c *command) tellKey(made webhook.EndpointSecret) error {
	if c.json {
		return c.print(made)
	}
	rows := append([][]string{{"secret", made.Secret}}, c.details(made.Endpoint)...)
	if made.Asked != nil {
		rows = append(rows, []string{"its receiver", c.outcome(*made.Asked)})
	}
	return table(c.stdout, rows)
}

// details is what a table of webhooks has no room for.
func (c *command) details(e webhook.Endpoint) [][]string {
	var rows [][]string
	for _, k := range e.Keys {
		what := "public key"
		if !k.Ends.IsZero() {
			what = "old key, until " + tokenTime(k.Ends)
		}
		rows = append(rows, []string{what, k.Public})
	}
	if e.Rate > 0 {
		rows = append(rows, []string{"its receiver takes", fmt.Sprint(e.Rate, " requests a minute")})
	}
	if !e.FailingSince.IsZero() {
		rows = append(rows, []string{"fails since", tokenTime(e.FailingSince)})
	}
	if !e.Hold.IsZero() {
		rows = append(rows, []string{"nothing is sent before", tokenTime(e.Hold)})
	}
	return rows
}

// unsent are receivers that did not take what they were sent, of several.
type unsent struct{ checked []webhook.Checked }

// Error says how many.
func (u *unsent) Error() string { return fmt.Sprintf("%d did not take it", len(u.checked)) }

// explainUnsent words what receivers answered.
func (c *command) explainUnsent(u *unsent) *failure {
	text := "not taken"
	for _, told := range u.checked {
		text += "\n  " + told.ID + "  " + c.outcome(told.Outcome)
	}
	return &failure{text, "saphan webhook add --help says what a receiver answers", services.Conflict.Outcome().Exit}
}

// outcome words how an attempt ended.
func (c *command) outcome(o webhook.Outcome) string {
	words := label("webhook_outcome", string(o.Code), c.lang)
	if o.Status > 0 {
		words += fmt.Sprintf(" (%d)", o.Status)
	}
	return words
}

// webhookTable lists webhooks.
func (c *command) webhookTable(found ...webhook.EndpointStatus) error {
	rows := [][]string{{"WEBHOOK", "STATE", "GETS", "WAITING", "FAILED", "URL"}}
	for _, s := range found {
		state := label("webhook_state", string(s.State), c.lang)
		if s.Reason != "" {
			state += ": " + label("webhook_outcome", string(s.Reason), c.lang)
		}
		gets := slices.Clone(s.Types)
		if len(gets) == 0 {
			gets = []string{"all"}
		}
		if s.Full {
			gets = append(gets, "full")
		}
		rows = append(rows, []string{
			s.ID, state, strings.Join(gets, ", "),
			fmt.Sprint(s.Deliveries[webhook.Waiting]), fmt.Sprint(s.Deliveries[webhook.Failed]), s.URL,
		})
	}
	return table(c.stdout, rows)
}
