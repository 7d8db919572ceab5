package desk

import (
	"context"
	"math"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
)

// maxCases is how many cases one list shows: those that changed last.
const maxCases = 1000

// Cases lists the cases that this agency can see, at most 1,000: first those
// that only its outbox knows yet, then the one that changed last.
func (s *Service) Cases(ctx context.Context) ([]Case, error) {
	return s.cases(ctx, Query{Limit: maxCases})
}

// Case returns a case by its id or reference. It is Unknown when there is none,
// a Conflict "ambiguous" when two share the reference: Lookup tells both.
func (s *Service) Case(ctx context.Context, name string) (Case, error) {
	found, err := s.named(ctx, name)
	switch {
	case err != nil:
		return Case{}, err
	case len(found) == 0:
		return Case{}, notVisible()
	case len(found) > 1:
		return Case{}, services.Refuse(services.Conflict, codeAmbiguous)
	}
	return found[0], nil
}

// Lookup returns the ids of the cases that a case id or a reference can mean,
// among those that this agency can see.
func (s *Service) Lookup(ctx context.Context, name string) ([]string, error) {
	found, err := s.named(ctx, name)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(found))
	for i, c := range found {
		ids[i] = c.ID
	}
	return ids, nil
}

// named returns the cases that a name can mean.
func (s *Service) named(ctx context.Context, name string) ([]Case, error) {
	prefix, ok := prefixOf(name)
	if !ok {
		return nil, nil
	}
	return s.cases(ctx, Query{Prefix: prefix})
}

// prefixOf returns how the ids of the cases begin that a case id or a reference
// can mean; false when it is neither.
func prefixOf(name string) (string, bool) {
	if schemas.ValidID(name) {
		return name, true
	}
	return schemas.ParseReference(name)
}

// cases merges the view with what only the outbox knows.
func (s *Service) cases(ctx context.Context, q Query) ([]Case, error) {
	found, err := s.View.Cases(ctx, q)
	if err != nil {
		return nil, err
	}
	rows, err := s.Store.Queue(ctx, q.Prefix)
	if err != nil {
		return nil, err
	}
	known := make(map[string]*Case, len(found))
	for i := range found {
		known[found[i].ID] = &found[i]
	}
	var ahead []*Case
	for _, r := range rows {
		c := known[r.Scope]
		if c == nil && r.Type == caseOpened {
			c = &Case{ID: r.Scope, Reference: schemas.Reference(r.Scope), Lead: s.Agency}
			known[r.Scope], ahead = c, append(ahead, c)
		}
		if c != nil {
			c.Pending = append(c.Pending, pendingOf(r))
		}
	}
	all := make([]Case, 0, len(ahead)+len(found))
	for _, c := range ahead {
		all = append(all, *c)
	}
	return append(all, found...), nil
}

// Trace is what happened to a case, as far as an agency can see.
type Trace struct {
	Case      string          `json:"case"`      // its id
	Reference string          `json:"reference"` // its short name
	Steps     []casefile.Step `json:"steps"`     // in the order of the ledger
}

// Trace tells what this agency can see of a case, by id or reference, step by
// step, with the inspection events that the case cites. It answers as Case does.
func (s *Service) Trace(ctx context.Context, name string) (Trace, error) {
	c, err := s.Case(ctx, name)
	if err != nil {
		return Trace{}, err
	}
	facts, err := s.facts(ctx, c.ID)
	if err != nil {
		return Trace{}, err
	}
	return Trace{Case: c.ID, Reference: c.Reference, Steps: casefile.Trace(facts)}, nil
}

// facts returns what the view holds of a case: its own facts, and those of
// inspections that it cites.
func (s *Service) facts(ctx context.Context, id string) ([]services.Fact, error) {
	facts, err := s.View.Facts(ctx, schemas.Scope{Kind: schemas.ScopeCase, ID: id})
	if err == nil && len(facts) == 0 {
		return s.View.Facts(ctx, schemas.Scope{Kind: schemas.ScopeInspection, ID: id})
	}
	if err != nil {
		return nil, err
	}
	st := casefile.Fold(facts)
	read := make(map[string]bool)
	for _, cited := range st.Opened.From {
		if read[cited.Inspection] {
			continue
		}
		read[cited.Inspection] = true
		site, err := s.View.Facts(ctx, schemas.Scope{Kind: schemas.ScopeInspection, ID: cited.Inspection})
		if err != nil {
			return nil, err
		}
		facts = append(facts, st.Cited(site)...)
	}
	return facts, nil
}

// expected returns what the view will hold of a case once the outbox is empty and
// all of it has come back: what it holds, and behind that what this agency has
// filed since.
func (s *Service) expected(ctx context.Context, id string) ([]services.Fact, error) {
	facts, err := s.facts(ctx, id)
	if err != nil {
		return nil, err
	}
	rows, err := s.Store.Filed(ctx, id)
	if err != nil {
		return nil, err
	}
	known := make(map[string]bool, len(facts))
	for _, f := range facts {
		known[f.ID()] = true
	}
	behind := uint64(math.MaxUint64) - uint64(len(rows))
	for i, row := range rows {
		if known[row.Event] {
			continue
		}
		f, err := services.NewFact(row.Raw, behind+uint64(i), s.IDs.Now(), "")
		if err != nil {
			return nil, services.Because(services.Internal, "outbox", err)
		}
		facts = append(facts, f)
	}
	return facts, nil
}

// state folds what the view holds of a case; Unknown when it holds nothing.
func (s *Service) state(ctx context.Context, id string) (*casefile.State, error) {
	facts, err := s.facts(ctx, id)
	if err != nil {
		return nil, err
	}
	if len(facts) == 0 {
		return nil, notVisible()
	}
	return casefile.Fold(facts), nil
}
