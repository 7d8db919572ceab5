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
		return w.citation(value)
	case "finding", "tip", "screening", "request", "about", "answer", "asked":
		if strings.Contains(value, ".") {
			return w.latest(w.id(head[2]), value)
		}
	}
	var v any
	if json.Unmarshal([]byte(value), &v) != nil {
		v = value
	}
	if n, ok := v.(float64); ok && key == "credibility" {
		return string(rune('0' + int(n)))
	}
	return v
}

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
// for an answer.
func (w *world) offer(referral, to string) string {
	for _, f := range slices.Backward(w.facts) {
		switch data := f.Data.(type) {
		case schemas.ReferralInformationRequested:
			if data.Referral == referral && w.sender(referral) == to {
				return data.Offer
			}
		case schemas.ReferralOffered:
			if data.Referral == referral && data.To == to {
				return f.ID()
			}
		}
	}
	return schemas.DeriveEventID(time.Unix(0, 0), "nobody", "", "", 0)
}

func (w *world) sender(referral string) string {
	for _, f := range w.facts {
		if data, ok := f.Data.(schemas.ReferralRequested); ok && data.Referral == referral {
			return f.Author()
		}
	}
	return ""
}

func (w *world) citation(inspection string) []schemas.Citation {
	var from []schemas.Citation
	for _, f := range w.facts {
		if f.Name() == "finding.recorded" && f.Event.Subject() == w.id(inspection) {
			from = append(from, schemas.Citation{Inspection: w.id(inspection), Event: f.ID()})
		}
	}
	return from
}

// needs returns the least that a type must hold.
func (w *world) needs(who, typ string) map[string]any {
	samut := map[string]any{"kind": "province", "code": "TH-74"}
	switch typ {
	case "visit.recorded":
		return map[string]any{"kind": "routine", "area": samut, "sector": "C", "month": "2026-11"}
	case "finding.recorded", "finding.amended":
		return map[string]any{"violations": []any{"documents.retained"}, "area": samut, "sector": "C", "month": "2026-11", "people": "2-4"}
	case "tip.received":
		return map[string]any{"origin": "hotline", "area": samut, "reliability": "f", "credibility": "6", "ongoing": "unknown"}
	case "case.opened":
		return map[string]any{"kind": "person", "origin": "inspection", "lead": who, "areas": []any{samut}}
	case "case.linked", "case.unlinked":
		return map[string]any{"relation": "part_of"}
	case "referral.requested":
		return map[string]any{"service": "shelter", "area": samut, "age_class": "adult", "priority": "emergency", "basis": "consent"}
	case "referral.declined", "referral.revoked", "referral.rerouted", "referral.cancellation_requested", "lead.declined":
		return map[string]any{"reason": "cannot_take"}
	case "referral.held":
		return map[string]any{"reason": "need_information", "review_by": "2026-11-30T02:00:00Z"}
	}
	if section := sectionOf[typ]; section != "" {
		return map[string]any{"sealed": []any{map[string]any{"section": section, "digest": strings.Repeat("ab", 32)}}}
	}
	return map[string]any{}
}

// sectionOf is the section that comes with an event of a type in a story.
var sectionOf = map[string]string{
	"screening.completed": "account", "screening.amended": "account",
	"content.shared": "offer", "content.recorded": "contact",
	"referral.information_requested": "feedback", "referral.information_provided": "feedback",
	"referral.completed": "feedback", "referral.failed": "feedback",
}
