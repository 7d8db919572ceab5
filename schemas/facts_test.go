package schemas_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saphan-project/saphan/schemas"
)

// facts is the allow-list of what may be in the clear on the bus, as noun.name of
// an event's data, with a dot before what lies inside. The hub reads all of it, and
// so may a court: whoever adds a line says beside it why it tells nothing about a
// person. The directory is public and not listed. What a person said, and what
// happened to them, is in sections.
var facts = [][]string{
	// Random ids, and ids of events: they point to what is here already.
	{
		"access.cause", "access.events", "access.offers", "case.batch", "case.case", "case.from", "case.from.event", "case.from.inspection",
		"content.event", "content.referral", "duplicate.asked", "duplicate.case", "finding.finding", "finding.visit",
		"lead.request", "person.about", "referral.answer", "referral.batch", "referral.offer", "referral.part_of",
		"referral.referral", "referral.replaces", "screening.screening", "tip.case", "tip.tip",
	},
	// Agencies: who acts for whom shows in the routing anyhow. No agency is named to
	// those who only learn that something was reached.
	{
		"case.lead", "content.by", "content.to", "duplicate.with", "lead.to", "referral.on_behalf_of", "referral.suggests", "referral.to",
	},
	// Whom a case is kept from is shown to its filer and the independent coordinator
	// alone; the hub has to know it to keep them out.
	{"case.exclude", "case.upwards"},
	// Sealed sections by name and digest: that there is something, not what.
	{"case.sealed", "content.sealed", "content.section", "finding.sealed", "referral.sealed", "screening.sealed", "tip.sealed"},
	{
		"case.sealed.digest", "case.sealed.section", "content.sealed.digest", "content.sealed.section", "finding.sealed.digest",
		"finding.sealed.section", "referral.sealed.digest", "referral.sealed.section", "screening.sealed.digest",
		"screening.sealed.section", "tip.sealed.digest", "tip.sealed.section",
	},
	// What routing has to match, in the coarsest words that still find a receiver: a
	// province, a class of age, a band of people, one service.
	{
		"case.areas", "case.areas.code", "case.areas.kind", "referral.age_class", "referral.area", "referral.area.code",
		"referral.area.kind", "referral.language", "referral.people", "referral.service", "referral.subtypes",
	},
	// Urgency, clocks, and what a receiver may do or must not: they are asked for
	// before anybody may open anything.
	{
		"referral.act_before", "referral.answer_by", "referral.basis", "referral.duty", "referral.incomplete",
		"referral.permitted_action", "referral.priority", "referral.review_by",
	},
	// How something came or was answered, and the course of a case in the words of a
	// procedure: short lists, in which each code is true of many people.
	{
		"case.kind", "case.milestone", "case.origin", "case.relation", "case.stage", "content.purpose", "duplicate.answer",
		"referral.channel", "referral.correct", "referral.why", "screening.decision", "status.status", "tip.outcome",
	},
	// Neutral reasons; the real one is in the section feedback.
	{"case.reason", "finding.reason", "lead.reason", "referral.reason", "screening.reason", "tip.reason"},
	// Whether the person was told: each turn that ends something waits for it.
	{"case.person_told", "person.told"},
	// A site, never by name: categories, an ISIC section, a province, a month, a band.
	// A tip is rated as its source and its content, without either.
	{
		"finding.area", "finding.area.code", "finding.area.kind", "finding.month", "finding.people", "finding.sector",
		"finding.violations", "tip.area", "tip.area.code", "tip.area.kind", "tip.credibility", "tip.ongoing", "tip.origin",
		"tip.people", "tip.reliability", "tip.sector", "visit.area", "visit.area.code", "visit.area.kind", "visit.kind",
		"visit.month", "visit.sector",
	},
}

func TestFactsAreOnTheAllowList(t *testing.T) {
	t.Parallel()
	w := factWalk{documents: schemaDocuments(t), found: map[string]bool{}}
	for _, typ := range schemas.Types() {
		if noun, _ := schemas.SplitName(typ.Name); noun != "agency" {
			w.walk(typ.DataSchema(), noun, w.documents[typ.DataSchema()])
		}
	}
	var found []string
	for name := range w.found {
		found = append(found, name)
	}
	allowed := slices.Concat(facts...)
	slices.Sort(found)
	slices.Sort(allowed)
	if diff := cmp.Diff(allowed, found); diff != "" {
		t.Errorf("facts (-allowed +in a schema):\n%s", diff)
	}
}

// schemaDocuments reads every schema of an event, and common, by $id.
func schemaDocuments(t *testing.T) map[string]any {
	t.Helper()
	documents := map[string]any{}
	names := []string{"common"}
	for _, typ := range schemas.Types() {
		names = append(names, typ.Name)
	}
	for _, name := range names {
		raw, ok := schemas.Schema(name)
		if !ok {
			t.Fatalf("no schema %s", name)
		}
		var doc map[string]any
		if err := json.Unmarshal(raw, &doc); err != nil {
			t.Fatal(err)
		}
		documents[fmt.Sprint(doc["$id"])] = doc
	}
	return documents
}

// factWalk collects the names of all properties that data can have.
type factWalk struct {
	documents map[string]any
	found     map[string]bool
}

// walk looks at a part of the document id that describes what at names.
func (w factWalk) walk(id, at string, part any) {
	schema, ok := part.(map[string]any)
	if !ok {
		return
	}
	if ref, ok := schema["$ref"].(string); ok {
		to, pointer, _ := strings.Cut(ref, "#")
		if to == "" {
			to = id
		}
		w.walk(to, at, follow(w.documents[to], pointer))
	}
	properties, _ := schema["properties"].(map[string]any)
	for name, property := range properties {
		w.found[at+"."+name] = true
		w.walk(id, at+"."+name, property)
	}
	w.walk(id, at, schema["items"])
	for _, keyword := range []string{"if", "then", "else", "not", "contains"} {
		w.walk(id, at, schema[keyword])
	}
	all, _ := schema["allOf"].([]any)
	for _, one := range all {
		w.walk(id, at, one)
	}
}

// follow returns what a JSON pointer without escapes points to; nil for nothing.
func follow(document any, pointer string) any {
	for _, token := range strings.Split(strings.TrimPrefix(pointer, "/"), "/") {
		object, _ := document.(map[string]any)
		document = object[token]
	}
	return document
}
