package desk

import (
	"context"
	"slices"
	"time"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
)

// Item is one thing that needs this agency.
type Item struct {
	// Need is what: see the constants.
	Need      Need   `json:"need"`
	Case      string `json:"case"` // or another scope's id
	Reference string `json:"reference"`
	Referral  string `json:"referral,omitempty"`
	// Offer is this agency's open offer of the referral, if it holds one.
	Offer string `json:"offer,omitempty"`
	// Sender is who asks.
	Sender string `json:"sender,omitempty"`
	// State is that of the referral, as in Referral.State.
	State    string       `json:"state,omitempty"`
	Service  string       `json:"service,omitempty"` // a code of the list service
	Area     schemas.Area `json:"area,omitzero"`
	AgeClass string       `json:"age_class,omitempty"` // a code of the list age_class
	People   string       `json:"people,omitempty"`    // a code of the list people_band
	Priority string       `json:"priority,omitempty"`  // a code of the list priority
	Batch    string       `json:"batch,omitempty"`     // ties referrals that were filed together
	// Since is when the need arose: when the offer was recorded, or else the last
	// event of the referral.
	Since time.Time `json:"since,omitzero"`
	// Pending is the parked event of a NeedResolve.
	Pending *Pending `json:"pending,omitempty"`
}

// Need says what an item asks of the agency.
type Need string

// The needs, most pressing first.
const (
	NeedResolve     Need = "resolve"     // an own event was refused and holds up its case
	NeedDecide      Need = "decide"      // accept, decline or ask
	NeedAnswer      Need = "answer"      // the receiver asked something
	NeedReceiver    Need = "no_receiver" // nobody is left to be offered it
	NeedMeet        Need = "meet"        // accepted, the person not met yet
	NeedComplete    Need = "complete"    // met, not done yet
	NeedAcknowledge Need = "acknowledge" // done; the sender has not seen the outcome
)

// needs is one row per need: when it is this agency's.
var needs = []struct {
	need Need
	is   func(r *casefile.Referral, mine *casefile.Offer, me string) bool
}{
	{NeedDecide, func(_ *casefile.Referral, mine *casefile.Offer, _ string) bool {
		return mine != nil && !mine.Paused
	}},
	{NeedAnswer, func(r *casefile.Referral, _ *casefile.Offer, me string) bool {
		return r.Sender == me && r.IsOpen() && paused(r) != nil
	}},
	{NeedReceiver, func(r *casefile.Referral, _ *casefile.Offer, _ string) bool {
		return r.Stage == casefile.NoReceiver
	}},
	{NeedMeet, func(r *casefile.Referral, _ *casefile.Offer, me string) bool {
		return r.Stage == casefile.Accepted && r.Acceptor == me && !r.Met
	}},
	{NeedComplete, func(r *casefile.Referral, _ *casefile.Offer, me string) bool {
		return r.Stage == casefile.Accepted && r.Acceptor == me && r.Met
	}},
	{NeedAcknowledge, func(r *casefile.Referral, _ *casefile.Offer, me string) bool {
		return r.Stage == casefile.Completed && r.Sender == me
	}},
}

func itemsOf(st *casefile.State, r *casefile.Referral, me string) []Item {
	var items []Item
	mine := openTo(r, me)
	for _, row := range needs {
		if !row.is(r, mine, me) {
			continue
		}
		items = append(items, Item{
			Need: row.need, Case: st.Scope.ID, Reference: schemas.Reference(st.Scope.ID),
			Referral: r.ID, Offer: offerID(mine), Sender: r.Sender, State: stateFor(r, me),
			Service: r.Asked.Service, Area: r.Asked.Area, AgeClass: r.Asked.AgeClass,
			People: r.Asked.People, Priority: r.Asked.Priority, Batch: r.Asked.Batch,
			Since: since(st, r, mine),
		})
	}
	return items
}

func offerID(o *casefile.Offer) string {
	if o == nil {
		return ""
	}
	return o.ID
}

// since is when the present need arose: at the offer, or else at the last event
// of the referral.
func since(st *casefile.State, r *casefile.Referral, mine *casefile.Offer) time.Time {
	if mine != nil {
		return mine.Made.Recorded
	}
	var last time.Time
	for _, f := range st.Facts {
		in, ok := f.Data.(interface{ ReferralID() string })
		if noun, _ := schemas.SplitName(f.Name()); ok && noun == "referral" && in.ReferralID() == r.ID {
			last = f.Recorded
		}
	}
	return last
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

// Pending is an event of this agency that is not in the ledger yet.
type Pending struct {
	Event     string   `json:"event"`
	Type      string   `json:"type"`  // short name, as in "case.opened"
	Scope     string   `json:"scope"` // id of the case or inspection
	Reference string   `json:"reference"`
	Standing  Standing `json:"standing"` // waiting or parked
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
