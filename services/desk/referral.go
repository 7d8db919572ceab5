package desk

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
)

// ActInput is what a person says with a verb. All of it is optional, but for
// what the verb's schema requires.
type ActInput struct {
	// Case is the case of the referral, by id or reference. It is needed when the
	// agency can see two cases that use the same referral id: whoever knows the id
	// of a referral can use it in a case of its own.
	Case string `json:"case,omitempty"`
	// Event is the id under which it is filed; a new one when empty. The same verb
	// and input under the same id get the same answer, at any time. Receive ignores
	// it: an offer is opened once, whoever opens it.
	Event string `json:"event,omitempty"`
	// Offer is which offer is meant; when empty, the own one, or for answer the
	// one that waits for it.
	Offer    string `json:"offer,omitempty"`
	Reason   string `json:"reason,omitempty"`    // decline, revoke: a code of the list neutral_reason
	Suggests string `json:"suggests,omitempty"`  // decline: who is competent instead
	AnswerBy string `json:"answer_by,omitempty"` // claim: RFC 3339, UTC
	// Text is sealed to the other side: the question, answer, real reason, outcome.
	Text       string `json:"text,omitempty"`
	Result     string `json:"result,omitempty"`      // complete: a code of the list result
	PersonTold string `json:"person_told,omitempty"` // a code of the list told
}

// target is what a verb is about.
type target struct {
	caseID string
	r      *casefile.Referral
	o      *casefile.Offer // nil when the verb is about no offer
}

// verb is one word that a person can say about a referral.
type verb struct {
	name string
	typ  string
	// offer picks the offer that is meant; nil when the verb is about none.
	offer func(r *casefile.Referral, me string) *casefile.Offer
	data  func(in ActInput) map[string]string
	// feedback is the kind of feedback that it can carry; a code of the list
	// feedback_kind, or "".
	feedback string
	// once says that it is said once about an offer, by whomever: its event's id
	// derives from the offer.
	once bool
}

var verbs = []verb{
	{name: "receive", typ: referralReceived, offer: (*casefile.Referral).OfferTo, once: true},
	{name: "claim", typ: "referral.claimed", offer: (*casefile.Referral).OfferTo,
		data: func(in ActInput) map[string]string { return map[string]string{"answer_by": in.AnswerBy} }},
	{name: "ask", typ: "referral.information_requested", offer: (*casefile.Referral).OfferTo, feedback: "question"},
	{name: "answer", typ: "referral.information_provided", feedback: "answer",
		offer: func(r *casefile.Referral, _ string) *casefile.Offer { return paused(r) }},
	{name: "accept", typ: referralAccepted, offer: (*casefile.Referral).OfferTo},
	{name: "decline", typ: "referral.declined", offer: (*casefile.Referral).OfferTo, feedback: "reason",
		data: func(in ActInput) map[string]string {
			return map[string]string{"reason": in.Reason, "suggests": in.Suggests}
		}},
	{name: "meet", typ: "referral.contact_made"},
	{name: "complete", typ: "referral.completed", feedback: "outcome"},
	{name: "acknowledge", typ: "referral.outcome_acknowledged", feedback: "acknowledgement"},
	{name: "revoke", typ: "referral.revoked",
		data: func(in ActInput) map[string]string { return map[string]string{"reason": in.Reason} }},
}

// Verbs lists the verbs of Act in the order of a referral's life.
func Verbs() []string {
	names := make([]string, len(verbs))
	for i, v := range verbs {
		names[i] = v.name
	}
	return names
}

// Act files what a person says about a referral, as File does. It is Unknown
// for a verb that there is not, and for a referral or offer that is not to be
// seen here, and a Conflict "ambiguous" for a referral id that two cases use;
// whether the agency may say it now is for the gate to decide. The problems of
// an Invalid point to the fields of the input.
func (s *Service) Act(ctx context.Context, name, referral string, in ActInput) (Answer, error) {
	i := slices.IndexFunc(verbs, func(v verb) bool { return v.name == name })
	if i < 0 {
		return Answer{}, services.Refuse(services.Unknown, "verb")
	}
	if in.Event != "" && !schemas.ValidEventID(in.Event) {
		return Answer{}, services.RefuseInput(schemas.Problems{{Pointer: "/event", Code: schemas.CodeGrammar}})
	}
	a, err := s.act(ctx, verbs[i], referral, in)
	return a, ofInput(err)
}

func (s *Service) act(ctx context.Context, v verb, referral string, in ActInput) (Answer, error) {
	said, err := json.Marshal(map[string]any{"verb": v.name, "referral": referral, "input": in})
	if err != nil {
		return Answer{}, services.Because(services.Internal, "verb", err)
	}
	if in.Event != "" && !v.once { // what was said before is answered, whatever has become of it since
		row, err := s.Store.Row(ctx, in.Event)
		if err == nil {
			return s.repeat(ctx, row, s.digest(said))
		}
		if services.KindOf(err) != services.Unknown {
			return Answer{}, err
		}
	}
	t, err := s.target(ctx, v, referral, in)
	if err != nil {
		return Answer{}, err
	}
	open, err := v.open(t, in)
	if err != nil {
		return Answer{}, err
	}
	open.ID, open.Time = cmp.Or(in.Event, s.IDs.EventID()), s.IDs.Now()
	if v.once {
		open.ID, said = s.derive(t.o.Made, v.typ), []byte(v.name+" "+t.o.ID)
	}
	return s.file(ctx, post{Open: open, digest: s.digest(said)})
}

// ofInput points the problems of an event to the fields of the input that it was
// made from: a person who says a verb has seen no event.
func ofInput(err error) error {
	var refusal *services.Error
	if !errors.As(err, &refusal) || len(refusal.Problems) == 0 {
		return err
	}
	e := *refusal
	e.Problems = slices.Clone(e.Problems)
	for i, p := range e.Problems {
		pointer := strings.TrimPrefix(p.Pointer, "/data")
		e.Problems[i].Pointer = strings.TrimPrefix(pointer, "/sections/feedback")
	}
	return &e
}

// target finds what a verb is about in the view.
func (s *Service) target(ctx context.Context, v verb, referral string, in ActInput) (target, error) {
	c, r, err := s.findReferral(ctx, in.Case, referral)
	if err != nil {
		return target{}, err
	}
	t := target{caseID: c, r: r}
	if v.offer == nil {
		return t, nil
	}
	t.o = v.offer(r, s.Agency)
	if in.Offer != "" {
		t.o = r.Offer(in.Offer)
	}
	if t.o == nil && v.name == "answer" {
		return target{}, services.RefuseIn(stateFor(r, s.Agency), "not_asked")
	}
	if t.o == nil || t.o.Made.Event.Context == nil {
		return target{}, notVisible()
	}
	return t, nil
}

// findReferral finds a referral and its case, among the cases that a name can
// mean; with "", among all. Of two cases that use the id it takes neither: one
// of them may be there to be mistaken for the other.
func (s *Service) findReferral(ctx context.Context, name, id string) (string, *casefile.Referral, error) {
	prefix, ok := prefixOf(name)
	if name != "" && !ok || !schemas.ValidID(id) {
		return "", nil, notVisible()
	}
	cases, err := s.View.Cases(ctx, Query{Prefix: prefix, Referral: id, Limit: 2})
	switch {
	case err != nil:
		return "", nil, err
	case len(cases) == 0:
		return "", nil, notVisible()
	case len(cases) > 1:
		return "", nil, services.Refuse(services.Conflict, codeAmbiguous)
	}
	st, err := s.state(ctx, cases[0].ID)
	if err != nil {
		return "", nil, err
	}
	if r := st.Referral(id); r != nil {
		return cases[0].ID, r, nil
	}
	return "", nil, notVisible()
}

// open lays out what a verb files.
func (v verb) open(t target, in ActInput) (schemas.Open, error) {
	data := map[string]string{"referral": t.r.ID}
	if t.o != nil {
		data["offer"] = t.o.ID
	}
	if v.data != nil {
		for name, value := range v.data(in) {
			if value != "" {
				data[name] = value
			}
		}
	}
	raw, err := json.Marshal(data)
	if err != nil {
		return schemas.Open{}, services.Because(services.Internal, "verb", err)
	}
	sections, err := v.sections(in)
	return schemas.Open{Type: v.typ, Subject: t.caseID, Data: raw, Sections: sections}, err
}

// sections writes the feedback that a verb carries. What a verb has no place for
// is refused rather than dropped.
func (v verb) sections(in ActInput) (map[string]json.RawMessage, error) {
	said := map[string]string{}
	for name, value := range map[string]string{
		"text": in.Text, "result": in.Result, "person_told": in.PersonTold,
	} {
		if value != "" {
			said[name] = value
		}
	}
	if len(said) == 0 {
		return nil, nil
	}
	if v.feedback == "" {
		return nil, services.RefuseInput(schemas.Problems{{Pointer: "/text", Code: schemas.CodeUnexpected}})
	}
	said["kind"] = v.feedback
	raw, err := json.Marshal(said)
	if err != nil {
		return nil, services.Because(services.Internal, "verb", err)
	}
	return map[string]json.RawMessage{"feedback": raw}, nil
}
