package casefile_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// seats are the roles in the history of testdata/visible.txt, each with the one
// agency that has it there and no other.
var seats = []struct{ role, agency string }{
	{"lead", "labour-lead"},
	{"former lead", "labour-former"},
	{"next lead", "social-next"},
	{"offeree, open", "shelter-open"},
	{"offeree, closed", "shelter-closed"},
	{"acceptor", "shelter-acceptor"},
	{"earlier acceptor", "shelter-earlier"},
	{"acceptor of another referral", "legal-aid-other"},
	{"panel", "panel-one"},
	{"coordinator", "coordinator-one"},
	{"independent coordinator", "coordinator-free"},
	{"stranger", "shelter-stranger"},
	{"excluded", "police-excluded"},
}

// TestVisible holds who sees what, by role and fact, against testdata/visible.golden.
// Whoever makes a fact visible to somebody new has to say so there.
func TestVisible(t *testing.T) {
	t.Parallel()
	archive, err := txtar.ParseFile("testdata/visible.txt")
	if err != nil {
		t.Fatal(err)
	}
	got := play(t, archive).visibility(t)
	if *update {
		if err := os.WriteFile("testdata/visible.golden", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/visible.golden")
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("who sees what has changed:\n%s\nit was:\n%s", got, want)
	}
}

// visibility is a line for each fact: its place, type and author, and the roles
// that see it.
func (w *world) visibility(t *testing.T) string {
	t.Helper()
	roles, happened := map[string][]string{}, map[string]bool{}
	for _, seat := range seats {
		for _, f := range w.visible(seat.agency) {
			roles[f.ID()] = append(roles[f.ID()], seat.role)
		}
	}
	if len(w.agencies) != len(seats) {
		t.Errorf("%d agencies in %d roles", len(w.agencies), len(seats))
	}
	var b strings.Builder
	for _, f := range w.facts {
		happened[f.Name()] = true
		line := fmt.Sprintf("%2d %-31s %-24s %s", f.Sequence, f.Name(), f.Event.Source()[len("urn:saphan:"):], strings.Join(roles[f.ID()], ", "))
		b.WriteString(strings.TrimSpace(line) + "\n")
	}
	for _, typ := range ledgerTypes() {
		if !happened[typ] {
			t.Errorf("the history has no %s", typ)
		}
	}
	return b.String()
}
