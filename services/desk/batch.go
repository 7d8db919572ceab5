package desk

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
)

// MaxBatchCases is how many cases a word over a batch may be about.
const MaxBatchCases = 100

// BatchAnswer is what became of a word about every case of a batch.
type BatchAnswer struct {
	Batch string `json:"batch"` // its id
	// Event is the id under which the word can be repeated.
	Event   string       `json:"event"`
	Results []CaseResult `json:"-"` // one a case, in the order of the case ids
}

// CaseResult is the answer about one case of a batch, or its refusal.
type CaseResult struct {
	// Case is the id; for what is no case of the batch, the name that was given.
	Case, Reference string
	Answer          Answer
	Err             error
}

// ActOnBatch says a verb, of Verbs or CaseVerbs, about every case of a batch, or
// about those that the input names. The batch is named by its id, or by the reference
// of it or of one of its cases. Each case is filed and answered by itself. The events'
// ids derive from the input's event and the case, so that the same again is filed
// once and gets the same answers. It is Unknown when nothing of such a batch is to be
// seen here, and Invalid for more than MaxBatchCases cases.
func (s *Service) ActOnBatch(ctx context.Context, name, batch string, in ActInput) (BatchAnswer, error) {
	v, err := named(slices.Concat(verbs, caseVerbs), name)
	if err != nil {
		return BatchAnswer{}, err
	}
	if in.Event != "" && !schemas.ValidEventID(in.Event) {
		return BatchAnswer{}, services.RefuseInput(schemas.Problems{{Pointer: "/event", Code: schemas.CodeGrammar}})
	}
	id, cases, err := s.batch(ctx, batch)
	if err != nil {
		return BatchAnswer{}, err
	}
	picked := pick(cases, in.Cases)
	if len(picked) > MaxBatchCases {
		return BatchAnswer{}, services.RefuseInput(schemas.Problems{{Pointer: "/cases", Code: "maxItems"}})
	}
	a := BatchAnswer{Batch: id, Event: cmp.Or(in.Event, s.IDs.EventID())}
	in.Event, in.Cases, in.Case, in.Offer = "", nil, "", ""
	w := saying{verb: v, in: in, event: a.Event}
	for _, r := range picked {
		if r.Err == nil {
			r.Answer, r.Err = s.sayInBatch(ctx, w, id, r.Case)
		}
		a.Results = append(a.Results, r)
	}
	return a, nil
}

// batch finds a batch and its cases: those opened under its id, and those with a
// referral filed under it, by case id.
func (s *Service) batch(ctx context.Context, name string) (string, []Case, error) {
	prefix, ok := prefixOf(name)
	if !ok {
		return "", nil, notVisible()
	}
	all, err := s.View.Cases(ctx, Query{})
	if err != nil {
		return "", nil, err
	}
	var ids []string
	for _, c := range all {
		for _, id := range batchesOf(c) {
			if strings.HasPrefix(id, prefix) || strings.HasPrefix(c.ID, prefix) {
				ids = append(ids, id)
			}
		}
	}
	slices.Sort(ids)
	switch ids = slices.Compact(ids); len(ids) {
	case 0:
		return "", nil, notVisible()
	case 1:
	default:
		return "", nil, services.Refuse(services.Conflict, codeAmbiguous)
	}
	all = slices.DeleteFunc(all, func(c Case) bool { return !slices.Contains(batchesOf(c), ids[0]) })
	slices.SortFunc(all, func(a, b Case) int { return cmp.Compare(a.ID, b.ID) })
	return ids[0], all, nil
}

func batchesOf(c Case) []string {
	var ids []string
	for _, id := range append([]string{c.Batch}, batchesOfReferrals(c)...) {
		if id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

func batchesOfReferrals(c Case) []string {
	ids := make([]string, len(c.Referrals))
	for i, r := range c.Referrals {
		ids[i] = r.Batch
	}
	return ids
}

// pick takes the named cases, or all when none is named. A name that means no case
// of the batch is refused by itself.
func pick(cases []Case, names []string) []CaseResult {
	var picked []CaseResult
	take := func(c Case) { picked = append(picked, CaseResult{Case: c.ID, Reference: c.Reference}) }
	if len(names) == 0 {
		for _, c := range cases {
			take(c)
		}
		return picked
	}
	seen := make(map[string]bool)
	for _, name := range names {
		prefix, ok := prefixOf(name)
		i := slices.IndexFunc(cases, func(c Case) bool { return ok && strings.HasPrefix(c.ID, prefix) })
		switch {
		case i < 0:
			picked = append(picked, CaseResult{Case: name, Err: notVisible()})
		case !seen[cases[i].ID]:
			seen[cases[i].ID] = true
			take(cases[i])
		}
	}
	return picked
}

// sayInBatch says a word over a batch about one case. That it was said before is
// looked up by the case alone: which referral it was about may not show any more.
func (s *Service) sayInBatch(ctx context.Context, w saying, batch, id string) (Answer, error) {
	at, _ := schemas.EventTime(w.event)
	w.event = schemas.DeriveEventID(at, s.Agency, w.event, w.verb.name+":"+id, 0)
	w.said = map[string]any{"verb": w.verb.name, "batch": batch, "case": id, "input": w.in}
	w.find = func(ctx context.Context, w saying) (target, error) {
		t, err := s.findCase(ctx, id)
		if err != nil || !isReferralVerb(w.verb) {
			return t, err
		}
		return s.inBatch(w, t.st, batch)
	}
	return s.say(ctx, w)
}

func isReferralVerb(v verb) bool {
	return slices.ContainsFunc(verbs, func(o verb) bool { return o.name == v.name })
}

// inBatch finds the one referral of a case that a word over a batch is about: of
// those of the batch, or of the case if it was opened under the batch, the one that
// waits for whoever says it.
func (s *Service) inBatch(w saying, st *casefile.State, batch string) (target, error) {
	var found []target
	for _, r := range st.Referrals {
		if r.Asked.Batch != batch && st.Opened.Batch != batch {
			continue
		}
		t, err := s.withOffer(w, st, r)
		if err == nil {
			found = append(found, t)
		}
	}
	waiting := slices.DeleteFunc(slices.Clone(found), func(t target) bool {
		return Over(string(t.r.Stage)) || t.o != nil && t.o.Stage != casefile.Open && t.o.Stage != casefile.Accepted
	})
	switch {
	case len(waiting) == 1:
		return waiting[0], nil
	case len(waiting) > 1:
		return target{}, services.Refuse(services.Conflict, codeAmbiguous)
	case len(found) == 1:
		return found[0], nil
	}
	return target{}, notVisible()
}
