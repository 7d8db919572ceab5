package casefile_test

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/saphan-project/saphan/schemas"
)

// payload is the data of a story's event: what its type needs, then the
// key=value pairs of the line. Values are JSON, or else strings; an alias stands
// for an id, and a type for the latest event of that type in the same scope.
// head is who speaks, the type, and the alias of the scope.
func (w *world) payload(head, pairs []string) map[string]any {
	w.t.Helper()
	who, typ := head[0], head[1]
	data := w.needs(who, typ)
	for _, pair := range pairs {
		key, value, ok := strings.Cut(pair, "=")
		if !ok {
			w.t.Fatalf("not key=value: %q", pair)
		}
		data[key] = w.value(head, key, value)
	}
	if data["on_behalf_of"] != nil && data["channel"] == nil {
		data["channel"] = "phone"
	}
	if id, ok := data["referral"].(string); ok && inOffer[typ] && data["offer"] == nil {
		to := who
		if other, ok := data["on_behalf_of"].(string); ok {
			to = other
		}
		data["offer"] = w.offer(id, to)
	}
	if to, ok := data["offer"].(string); ok && !schemas.ValidEventID(to) {
		data["offer"] = w.offer(data["referral"].(string), to)
	}
	return data
}

// value reads one value of a line.
func (w *world) value(head []string, key, value string) any {
	w.t.Helper()
	switch key {
	case "referral", "case", "batch", "replaces", "part_of":
		return w.id(value)
	case "from":
		return w.citation(strings.Split(value, ","))
	case "exclude":
		return strings.Split(value, ",")
	case "finding", "tip", "screening", "request", "about", "answer", "asked", "event", "visit":
		if strings.Contains(value, ".") {
			return w.latest(w.id(head[2]), value)
		}
	case "sealed":
		return sealed(strings.Split(value, ",")...)
	}
	var v any
	if key == "credibility" || key == "people" || json.Unmarshal([]byte(value), &v) != nil {
		return value
	}
	return v
}

// sealed names sections, all with the same digest.
func sealed(sections ...string) []any {
	var named []any
	for _, section := range sections {
		named = append(named, map[string]any{"section": section, "digest": digest})
	}
	return named
}

var digest = strings.Repeat("ab", 32)

// latest finds the latest event of a type in a scope; an id that nobody has when
// there is none.
func (w *world) latest(scope, typ string) string {
	for _, f := range slices.Backward(w.facts) {
		if f.Event.Subject() == scope && f.Name() == typ {
			return f.ID()
		}
	}
	return schemas.DeriveEventID(time.Unix(0, 0), "nobody", "", "", 0)
}

// inOffer are the types whose offer is clear from who speaks.
var inOffer = map[string]bool{
	"referral.delivered": true, "referral.received": true, "referral.claimed": true,
	"referral.information_requested": true, "referral.information_provided": true,
	"referral.accepted": true, "referral.declined": true, "referral.lapsed": true,
}

// offer finds the latest offer of a referral to an agency, or to whoever waits
// for an answer of it.
func (w *world) offer(referral, to string) string {
	for _, f := range slices.Backward(w.facts) {
		switch data := f.Data.(type) {
		case schemas.ReferralInformationRequested:
			if data.Referral == referral && w.state(f.Scope()).Referral(referral).Sender == to {
				return data.Offer
			}
		case schemas.ReferralOffered:
			if data.Referral == referral && data.To == to {
				return f.ID()
			}
		case schemas.ReferralAssigned:
			if o := w.state(f.Scope()).Referral(referral); o != nil && o.OfferTo(to) != nil {
				return o.OfferTo(to).ID
			}
		}
	}
	return schemas.DeriveEventID(time.Unix(0, 0), "nobody", "", "", 0)
}

func (w *world) citation(inspections []string) []schemas.Citation {
	var from []schemas.Citation
	for _, f := range w.facts {
		cited := f.Name() == "finding.recorded" || f.Name() == "tip.received"
		if cited && slices.ContainsFunc(inspections, func(alias string) bool { return f.Event.Subject() == w.id(alias) }) {
			from = append(from, schemas.Citation{Inspection: f.Event.Subject(), Event: f.ID()})
		}
	}
	return from
}

// needs returns the least that a type must hold, beside what a line says.
func (w *world) needs(who, typ string) map[string]any {
	samut := map[string]any{"kind": "province", "code": "TH-74"}
	data := map[string]map[string]any{
		"agency.registered": {"kind": "shelter", "name": map[string]any{"en": "Example Agency", "th": "ตัวอย่าง"}, "office": samut, "keys": keys},
		"visit.recorded":    {"kind": "routine", "area": samut, "sector": "C", "month": "2026-11"},
		"finding.recorded":  {"violations": []any{"documents.retained"}, "area": samut, "sector": "C", "month": "2026-11", "people": "2-4"},
		"tip.received":      {"origin": "hotline", "area": samut, "reliability": "f", "credibility": "6", "ongoing": "unknown"},
		"case.opened":       {"kind": "person", "origin": "inspection", "lead": who, "areas": []any{samut}},
		"case.linked":       {"relation": "part_of"}, "case.unlinked": {"relation": "part_of"},
		"case.closed": {"reason": "settled"}, "case.reopened": {"reason": "person_asks"},
		"referral.requested": {"service": "shelter", "area": samut, "age_class": "adult", "priority": "emergency", "basis": "consent"},
		"referral.offered":   {"why": []any{"service"}},
		"referral.declined":  {"reason": "cannot_take"}, "referral.revoked": {"reason": "cannot_take"},
		"referral.rerouted": {"reason": "wrong_receiver"}, "referral.cancellation_requested": {"reason": "cannot_take"},
		"lead.declined": {"reason": "cannot_take"},
		"referral.held": {"reason": "need_information", "review_by": "2026-11-30T02:00:00Z"},
	}
	data["finding.amended"] = data["finding.recorded"]
	if section := sectionOf[typ]; section != "" {
		return map[string]any{"sealed": sealed(section)}
	}
	if data[typ] == nil {
		return map[string]any{}
	}
	return data[typ]
}

// keys of an agency that nobody has.
var keys = []any{
	map[string]any{"use": "signing", "key": strings.Repeat("A", 43) + "="},
	map[string]any{"use": "sealing", "key": "age1pq1" + strings.Repeat("q", 40)},
}

// sectionOf is the section that comes with an event of a type in a story.
var sectionOf = map[string]string{
	"screening.completed": "account", "screening.amended": "account",
	"content.shared": "offer", "content.recorded": "contact",
	"referral.information_requested": "feedback", "referral.information_provided": "feedback",
	"referral.completed": "feedback", "referral.failed": "feedback",
}
