package desk

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
)

// Verb is one word that a person can say about a referral or a case. The tables
// of verbs are the one place that says what there is; the HTTP API, the client and
// the command line are made from them.
type Verb struct {
	Name string // as in "accept"
	Type string // short name of the event that it files
	// Takes are the fields of ActInput that it can carry, by their names in JSON,
	// and Needs those that it cannot do without.
	Takes, Needs []string
}

// verb is a row of a table of verbs.
type verb struct {
	name, typ string
	// offer picks the offer that is meant of those to an agency; nil when the verb is
	// about none.
	offer func(r *casefile.Referral, agency string) *casefile.Offer
	// data are the fields of the input that become members of the event's data,
	// needs those of them that must be there; as holds the names of members that are
	// not those of their fields.
	data, needs []string
	as          map[string]string
	// behalf says that somebody else may record it for the agency whose word it is.
	behalf bool
	// feedback is the kind of feedback that it can carry, a code of the list
	// feedback_kind or "", and said the fields that become members of it.
	feedback string
	said     []string
	// shares says that it carries sections of its own.
	shares bool
	// once says that it is said once about an offer, by whomever: its event's id
	// derives from the offer.
	once bool
	// fill adds to the data what the case says, where the input leaves it open.
	fill func(s *Service, ctx context.Context, t target, in ActInput, data map[string]any) error
}

// feedbackMembers are the members of the section feedback whose field has another
// name: the reason of an event is a neutral one.
var feedbackMembers = map[string]string{"real_reason": "reason"}

// What the verbs with feedback can say in it.
var (
	plainWords  = []string{"text"}
	whyWords    = []string{"text", "real_reason"}
	outcomeSaid = []string{"text", "result", "person_told", "real_reason", "outcome"}
)

// Verbs lists the verbs of Act in the order of a referral's life.
func Verbs() []Verb { return rows(verbs) }

// CaseVerbs lists the verbs of ActOnCase in the order of a case's life.
func CaseVerbs() []Verb { return rows(caseVerbs) }

func rows(table []verb) []Verb {
	list := make([]Verb, len(table))
	for i, v := range table {
		list[i] = Verb{Name: v.name, Type: v.typ, Takes: v.takes(), Needs: slices.Clone(v.needs)}
	}
	return list
}

func (v verb) takes() []string {
	names := slices.Concat(v.data, v.said)
	if v.behalf {
		names = append(names, "on_behalf_of", "channel")
	}
	if v.shares {
		names = append(names, "sections")
	}
	return names
}

// named finds a verb in a table; Unknown when it has none such.
func named(table []verb, name string) (verb, error) {
	i := slices.IndexFunc(table, func(v verb) bool { return v.name == name })
	if i < 0 {
		return verb{}, services.Refuse(services.Unknown, "verb")
	}
	return table[i], nil
}

// member is the name of a field in the event's data.
func (v verb) member(field string) string { return cmp.Or(v.as[field], field) }

// check refuses what the verb has no place for, rather than dropping it.
func (v verb) check(said map[string]json.RawMessage) error {
	var ps schemas.Problems
	for _, name := range slices.Sorted(maps.Keys(said)) {
		if !slices.Contains(v.takes(), name) {
			ps = append(ps, v.noPlace("/"+name))
		}
	}
	if len(ps) > 0 {
		return services.RefuseInput(ps)
	}
	return nil
}

// noPlace is the problem of a field that the verb does not take, with those it does.
func (v verb) noPlace(pointer string) schemas.Problem {
	return schemas.Problem{Pointer: pointer, Code: schemas.CodeUnexpected, Names: strings.Join(v.takes(), ", ")}
}

// open lays out what a verb files.
func (v verb) open(ctx context.Context, s *Service, t target, in ActInput) (schemas.Open, error) {
	said, err := in.given()
	if err != nil {
		return schemas.Open{}, err
	}
	if err := v.check(said); err != nil {
		return schemas.Open{}, err
	}
	data := make(map[string]any)
	if t.r != nil {
		data["referral"] = t.r.ID
	}
	if t.o != nil {
		data["offer"] = t.o.ID
	}
	for name, value := range said {
		if slices.Contains(v.data, name) || v.behalf && (name == "on_behalf_of" || name == "channel") {
			data[v.member(name)] = value
		}
	}
	if v.fill != nil {
		if err := v.fill(s, ctx, t, in, data); err != nil {
			return schemas.Open{}, err
		}
	}
	raw, err := json.Marshal(data)
	if err != nil {
		return schemas.Open{}, services.Because(services.Internal, "verb", err)
	}
	sections, err := v.sections(in)
	return schemas.Open{Type: v.typ, Subject: t.st.Scope.ID, Data: raw, Sections: sections}, err
}

// sections are those that the verb carries: its own, or the feedback.
func (v verb) sections(in ActInput) (map[string]json.RawMessage, error) {
	if v.shares {
		return v.ownSections(in)
	}
	said, err := in.given()
	if err != nil {
		return nil, err
	}
	feedback := make(map[string]any)
	for _, name := range v.said {
		if value, ok := said[name]; ok {
			feedback[cmp.Or(feedbackMembers[name], name)] = value
		}
	}
	if len(feedback) == 0 {
		return nil, nil
	}
	feedback["kind"] = v.feedback
	raw, err := json.Marshal(feedback)
	if err != nil {
		return nil, services.Because(services.Internal, "verb", err)
	}
	return map[string]json.RawMessage{"feedback": raw}, nil
}

// ownSections refuses sections that the type of event has no place for.
func (v verb) ownSections(in ActInput) (map[string]json.RawMessage, error) {
	allowed := schemas.SectionsOf(v.typ)
	for name := range in.Sections {
		if !slices.Contains(allowed, name) {
			return nil, services.RefuseInput(schemas.Problems{{Pointer: "/sections", Code: schemas.CodeUnexpected, Names: strings.Join(allowed, ", ")}})
		}
	}
	if len(in.Sections) == 0 {
		return nil, services.RefuseInput(schemas.Problems{{Pointer: "/sections", Code: "required"}})
	}
	return in.Sections, nil
}

// inputPointer turns a pointer into an event into one into the input that the
// event was made from: a person who says a verb has seen no event.
func (v verb) inputPointer(pointer string) string {
	rest, ok := strings.CutPrefix(pointer, "/data")
	if !ok {
		return pointer
	}
	if member, ok := strings.CutPrefix(rest, "/sections/feedback"); ok && !v.shares {
		return renamed(member, feedbackMembers)
	}
	return renamed(rest, v.as)
}

// renamed swaps the first member of a pointer for the field that it came from.
func renamed(pointer string, as map[string]string) string {
	first, rest, deeper := strings.Cut(strings.TrimPrefix(pointer, "/"), "/")
	for field, member := range as {
		if member == first {
			first = field
			break
		}
	}
	switch {
	case pointer == "":
		return ""
	case deeper:
		return "/" + first + "/" + rest
	}
	return "/" + first
}
