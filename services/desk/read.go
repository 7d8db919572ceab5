package desk

import (
	"context"
	"slices"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
)

// Codes of refusals that arise at the desk.
const (
	codeKeys       = "keys_unknown"        // Unknown: no key of the receiver is known
	codeSignature  = "signature"           // Unknown: a delivered event is not signed by who it names
	codeDirectory  = "directory_signature" // Unknown: so is an event of the directory
	codeInspection = "inspection_waits"    // Later: an inspection that the case cites waits
	codeBusy       = "busy"                // Later: the caller did not wait for its turn
	codeAmbiguous  = "ambiguous"           // Conflict: two cases have the reference
)

// maxCases is how many cases one list shows: those that changed last.
const maxCases = 1000

// Pending is an event of this agency that is not in the ledger yet.
type Pending struct {
	Event     string   `json:"event"`
	Type      string   `json:"type"`
	Scope     string   `json:"scope"`
	Reference string   `json:"reference"`
	Standing  Standing `json:"standing"` // waiting or parked
	Own       bool     `json:"own,omitempty"`
	// Refusal is why it is parked.
	Refusal *services.Error `json:"refusal,omitempty"`
}

func pendingOf(r Row) Pending {
	return Pending{
		Event: r.Event, Type: r.Type, Scope: r.Scope, Reference: schemas.Reference(r.Scope),
		Standing: r.Standing, Own: r.Own(), Refusal: r.Refusal,
	}
}

// Inbox lists what needs this agency: what holds up its own outbox first, then
// by priority, then the oldest first.
func (s *Service) Inbox(ctx context.Context) ([]Item, error) {
	pending, err := s.Pending(ctx)
	if err != nil {
		return nil, err
	}
	var items []Item
	for _, p := range pending {
		if p.Standing == Parked {
			items = append(items, Item{Need: NeedResolve, Case: p.Scope, Reference: p.Reference, Pending: &p})
		}
	}
	cases, err := s.View.Cases(ctx, Query{Needs: true})
	if err != nil {
		return nil, err
	}
	for _, c := range cases {
		items = append(items, c.Items...)
	}
	slices.SortStableFunc(items, byPressure)
	return items, nil
}

// byPressure orders items: what is resolved first, priority, age.
func byPressure(a, b Item) int {
	if d := pressure(a) - pressure(b); d != 0 {
		return d
	}
	return a.Since.Compare(b.Since)
}

func pressure(i Item) int {
	if i.Need == NeedResolve {
		return 0
	}
	return 1 + slices.Index([]string{"emergency", "urgent", "normal", ""}, i.Priority)
}

// Pending lists this agency's events that are not in the ledger yet, in the
// order in which they were filed.
func (s *Service) Pending(ctx context.Context) ([]Pending, error) {
	rows, err := s.Store.Queue(ctx, "")
	if err != nil {
		return nil, err
	}
	pending := make([]Pending, len(rows))
	for i, r := range rows {
		pending[i] = pendingOf(r)
	}
	return pending, nil
}

// Cases lists the cases that this agency can see, at most 1,000: first those
// that only its outbox knows yet, then the one that changed last.
func (s *Service) Cases(ctx context.Context) ([]Case, error) {
	return s.cases(ctx, Query{Limit: maxCases})
}

// Case returns a case by its id or reference. It is Unknown when there is none,
// a Conflict "ambiguous" when two share the reference: Lookup tells both.
func (s *Service) Case(ctx context.Context, name string) (Case, error) {
	id, err := s.one(ctx, name)
	if err != nil {
		return Case{}, err
	}
	found, err := s.cases(ctx, Query{Prefix: id})
	if err != nil {
		return Case{}, err
	}
	if len(found) == 0 {
		return Case{}, notVisible()
	}
	return found[0], nil
}

// Lookup returns the ids of the cases that a case id or a reference can mean,
// among those that this agency can see.
func (s *Service) Lookup(ctx context.Context, name string) ([]string, error) {
	prefix, ok := name, true
	if !schemas.ValidID(name) {
		prefix, ok = schemas.ParseReference(name)
	}
	if !ok {
		return nil, nil
	}
	found, err := s.cases(ctx, Query{Prefix: prefix})
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(found))
	for i, c := range found {
		ids[i] = c.ID
	}
	return ids, nil
}

// one returns the one case that a name means.
func (s *Service) one(ctx context.Context, name string) (string, error) {
	ids, err := s.Lookup(ctx, name)
	switch {
	case err != nil:
		return "", err
	case len(ids) == 0:
		return "", notVisible()
	case len(ids) > 1:
		return "", services.Refuse(services.Conflict, codeAmbiguous)
	}
	return ids[0], nil
}

// cases merges the view with what only the outbox knows.
func (s *Service) cases(ctx context.Context, q Query) ([]Case, error) {
	found, err := s.View.Cases(ctx, q)
	if err != nil {
		return nil, err
	}
	rows, err := s.Store.Queue(ctx, "")
	if err != nil {
		return nil, err
	}
	var ahead []Case
	for _, r := range rows {
		if c := pick(found, ahead, r.Scope); c != nil {
			c.Pending = append(c.Pending, pendingOf(r))
			continue
		}
		if r.Type == caseOpened && hasPrefix(r.Scope, q.Prefix) {
			ahead = append(ahead, Case{
				ID: r.Scope, Reference: schemas.Reference(r.Scope), Lead: s.Agency,
				Pending: []Pending{pendingOf(r)},
			})
		}
	}
	return append(ahead, found...), nil
}

func pick(found, ahead []Case, id string) *Case {
	for _, list := range [][]Case{found, ahead} {
		if i := slices.IndexFunc(list, func(c Case) bool { return c.ID == id }); i >= 0 {
			return &list[i]
		}
	}
	return nil
}

func hasPrefix(id, prefix string) bool { return len(id) >= len(prefix) && id[:len(prefix)] == prefix }

// Trace tells what this agency can see of a case, by id or reference, step by
// step, with the inspection events that the case cites. It answers as Case does.
func (s *Service) Trace(ctx context.Context, name string) ([]casefile.Step, error) {
	id, err := s.one(ctx, name)
	if err != nil {
		return nil, err
	}
	facts, err := s.facts(ctx, id)
	if err != nil {
		return nil, err
	}
	return casefile.Trace(facts), nil
}

// Receipt returns the receipt of an event that this agency filed. It is Unknown
// when it filed none such, Later while the event waits, and the refusal when it
// was refused.
func (s *Service) Receipt(ctx context.Context, event string) (services.Receipt, error) {
	if !schemas.ValidEventID(event) {
		return services.Receipt{}, notVisible()
	}
	row, err := s.Store.Row(ctx, event)
	switch {
	case err != nil:
		return services.Receipt{}, err
	case row.Refusal != nil:
		return services.Receipt{}, row.Refusal
	case row.Receipt == nil:
		return services.Receipt{}, services.Refuse(services.Later, string(Waiting))
	}
	return *row.Receipt, nil
}

func notVisible() *services.Error { return services.Refuse(services.Unknown, services.CodeNoParty) }
