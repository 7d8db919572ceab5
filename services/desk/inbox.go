package desk

import (
	"cmp"
	"context"
	"slices"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

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

// byPressure orders items: what is resolved first, priority, what others wait for
// before open questions, age.
func byPressure(a, b Item) int {
	if d := pressure(a) - pressure(b); d != 0 {
		return d
	}
	if a.Need != b.Need && (a.Need == NeedQuestions || b.Need == NeedQuestions) {
		return cmp.Compare(asking(a), asking(b))
	}
	return a.Since.Compare(b.Since)
}

func asking(i Item) int {
	if i.Need == NeedQuestions {
		return 1
	}
	return 0
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

// Pending is an event of this agency that is not in the ledger yet.
type Pending struct {
	Event     string   `json:"event"`     // its id
	Type      string   `json:"type"`      // short name, as in "case.opened"
	Scope     string   `json:"scope"`     // id of the case or inspection
	Reference string   `json:"reference"` // short name of the case
	Standing  Standing `json:"standing"`  // waiting or parked
	// Own says that the desk filed it by itself.
	Own bool `json:"own,omitempty"`
	// Refusal is why it is parked.
	Refusal *services.Error `json:"refusal,omitempty"`
}

func pendingOf(r Row) Pending {
	return Pending{
		Event: r.Event, Type: r.Type, Scope: r.Scope, Reference: schemas.Reference(r.Scope),
		Standing: r.Standing, Own: r.Own(), Refusal: r.Refusal,
	}
}
