package desk

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
)

// target is what a verb is about.
type target struct {
	st *casefile.State
	r  *casefile.Referral // nil when the verb is about the case
	o  *casefile.Offer    // nil when the verb is about no offer
}

// saying is one word of a person on its way to an event.
type saying struct {
	verb  verb
	in    ActInput
	event string // the id to file it under; "" for a new one
	// said is what a repeat under the same id must equal.
	said map[string]any
	find func(context.Context, saying) (target, error)
}

// Act files what a person says about a referral, as File does. It is Unknown
// for a verb that there is not, and for a referral or offer that is not to be
// seen here, and a Conflict "ambiguous" for a referral id that two cases use;
// whether the agency may say it now is for the gate to decide. The problems of
// an Invalid point to the fields of the input.
func (s *Service) Act(ctx context.Context, name, referral string, in ActInput) (Answer, error) {
	v, err := named(verbs, name)
	if err != nil {
		return Answer{}, err
	}
	return s.say(ctx, saying{
		verb: v, in: in, event: in.Event,
		said: map[string]any{"verb": v.name, "referral": referral, "input": in},
		find: func(ctx context.Context, w saying) (target, error) {
			st, r, err := s.findReferral(ctx, in.Case, referral)
			if err != nil {
				return target{}, err
			}
			return s.withOffer(w, st, r)
		},
	})
}

// ActOnCase files what a person says about a case, by id or reference, as Act does
// for a referral.
func (s *Service) ActOnCase(ctx context.Context, name, id string, in ActInput) (Answer, error) {
	v, err := named(caseVerbs, name)
	if err != nil {
		return Answer{}, err
	}
	return s.say(ctx, saying{
		verb: v, in: in, event: in.Event,
		said: map[string]any{"verb": v.name, "case": id, "input": in},
		find: func(ctx context.Context, w saying) (target, error) { return s.findFor(ctx, w.verb, id) },
	})
}

// findFor finds the case or the tip that a word is about: a word about the one is
// none about the other.
func (s *Service) findFor(ctx context.Context, v verb, id string) (target, error) {
	t, err := s.findCase(ctx, id)
	typ, _ := schemas.TypeNamed(v.typ)
	switch {
	case err != nil:
		return target{}, err
	case t.st.Scope.Kind == typ.Scope:
		return t, nil
	case t.st.Scope.Kind == schemas.ScopeInspection:
		return target{}, services.RefuseIn(string(casefile.Recorded), codeNoCaseYet)
	}
	return target{}, notVisible()
}

// say files a word. The problems of a refusal point to the fields of the input.
func (s *Service) say(ctx context.Context, w saying) (Answer, error) {
	if w.event != "" && !schemas.ValidEventID(w.event) {
		return Answer{}, services.RefuseInput(schemas.Problems{{Pointer: "/event", Code: schemas.CodeGrammar}})
	}
	if len(w.in.Cases) > 0 { // for a batch alone
		return Answer{}, services.RefuseInput(schemas.Problems{w.verb.noPlace("/cases")})
	}
	a, err := s.sayOnce(ctx, w)
	a.Warnings, a.Questions = w.verb.ofInput(a.Warnings), w.verb.ofInput(a.Questions)
	var refusal *services.Error
	if !errors.As(err, &refusal) || len(refusal.Problems) == 0 {
		return a, err
	}
	e := *refusal
	e.Problems = w.verb.ofInput(e.Problems)
	return a, &e
}

func (v verb) ofInput(problems []schemas.Problem) []schemas.Problem {
	moved := slices.Clone(problems)
	for i, p := range moved {
		moved[i].Pointer = v.inputPointer(p.Pointer)
	}
	return moved
}

func (s *Service) sayOnce(ctx context.Context, w saying) (Answer, error) {
	said, err := json.Marshal(w.said)
	if err != nil {
		return Answer{}, services.RefuseInput(schemas.Problems{{Code: schemas.CodeMalformed}})
	}
	if w.event != "" && !w.verb.once { // what was said before is answered, whatever has become of it since
		row, err := s.Store.Row(ctx, w.event)
		if err == nil {
			sections, _ := w.verb.sections(w.in)
			return s.repeat(ctx, row, post{Open: schemas.Open{Sections: sections}, digest: s.digest(said)})
		}
		if services.KindOf(err) != services.Unknown {
			return Answer{}, err
		}
	}
	t, err := w.find(ctx, w)
	if err != nil {
		return Answer{}, err
	}
	open, err := w.verb.open(ctx, s, t, w.in)
	if err != nil {
		return Answer{}, err
	}
	open.ID, open.Time = cmp.Or(w.event, s.IDs.EventID()), s.IDs.Now()
	if w.verb.once {
		open.ID, said = s.derive(t.o.Made, w.verb.typ), []byte(w.verb.name+" "+t.o.ID)
	}
	return s.file(ctx, post{Open: open, digest: s.digest(said)})
}

// withOffer picks the offer that a verb is about: the one that the input names, or
// that of whoever the word is.
func (s *Service) withOffer(w saying, st *casefile.State, r *casefile.Referral) (target, error) {
	t := target{st: st, r: r}
	if w.verb.offer == nil {
		return t, nil
	}
	t.o = w.verb.offer(r, cmp.Or(w.in.OnBehalfOf, s.Agency))
	if w.in.Offer != "" {
		t.o = r.Offer(w.in.Offer)
	}
	if t.o == nil && w.verb.name == "answer" {
		return target{}, services.RefuseIn(stateFor(r, s.Agency), codeNotAsked)
	}
	if t.o == nil || t.o.Made.Event.Context == nil {
		return target{}, notVisible()
	}
	return t, nil
}

// findReferral finds a referral and its case, among the cases that a name can
// mean; with "", among all. Of two cases that use the id it takes neither: one
// of them may be there to be mistaken for the other.
func (s *Service) findReferral(ctx context.Context, name, id string) (*casefile.State, *casefile.Referral, error) {
	prefix, ok := prefixOf(name)
	if name != "" && !ok || !schemas.ValidID(id) {
		return nil, nil, notVisible()
	}
	cases, err := s.View.Cases(ctx, Query{Prefix: prefix, Referral: id, Limit: 2})
	switch {
	case err != nil:
		return nil, nil, err
	case len(cases) == 0:
		return nil, nil, notVisible()
	case len(cases) > 1:
		return nil, nil, services.Refuse(services.Conflict, codeAmbiguous)
	}
	st, err := s.state(ctx, cases[0].ID)
	if err != nil {
		return nil, nil, err
	}
	if r := st.Referral(id); r != nil {
		return st, r, nil
	}
	return nil, nil, notVisible()
}

// findCase finds a case that is in the view. One that only the outbox knows yet is
// there to be filed about, too: its lead says more before anything has come back.
func (s *Service) findCase(ctx context.Context, name string) (target, error) {
	c, err := s.Case(ctx, name)
	if err != nil {
		return target{}, err
	}
	facts, err := s.facts(ctx, c.ID)
	if err != nil {
		return target{}, err
	}
	st := casefile.Fold(facts)
	if st.Scope.ID == "" {
		st.Scope = schemas.Scope{Kind: schemas.ScopeCase, ID: c.ID}
	}
	return target{st: st}, nil
}
