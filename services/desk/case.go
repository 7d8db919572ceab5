package desk

import (
	"time"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
)

// Case is a case as this agency can see it. What it was not shown is empty.
type Case struct {
	ID        string         `json:"case"`
	Reference string         `json:"reference"`
	Kind      string         `json:"kind,omitempty"` // "person" or "situation"
	Origin    string         `json:"origin,omitempty"`
	Lead      string         `json:"lead,omitempty"`
	Areas     []schemas.Area `json:"areas,omitempty"`
	Batch     string         `json:"batch,omitempty"`
	PartOf    []string       `json:"part_of,omitempty"` // case ids
	// Changed is when the last event shown was recorded; zero when none was yet.
	Changed   time.Time  `json:"changed,omitzero"`
	Referrals []Referral `json:"referrals,omitempty"`
	// Items are what the case needs from this agency.
	Items []Item `json:"items,omitempty"`
	// Sections can be opened by this agency, now.
	Sections []SectionRef `json:"sections,omitempty"`
	// Pending are this agency's own events that are not in the ledger yet.
	Pending []Pending `json:"pending,omitempty"`
}

// Referral is a referral as this agency can see it.
type Referral struct {
	ID string `json:"referral"`
	// State is the stage of the referral; for an agency whose offer is open, how
	// far that offer is: "offered", "delivered", "received", "claimed",
	// "information_requested".
	State    string       `json:"state"`
	Sender   string       `json:"sender,omitempty"`
	Acceptor string       `json:"acceptor,omitempty"`
	Service  string       `json:"service,omitempty"`
	Area     schemas.Area `json:"area,omitzero"`
	AgeClass string       `json:"age_class,omitempty"`
	Language string       `json:"language,omitempty"`
	People   string       `json:"people,omitempty"`
	Priority string       `json:"priority,omitempty"`
	Batch    string       `json:"batch,omitempty"`
	Before   string       `json:"act_before,omitempty"` // RFC 3339
	Met      bool         `json:"met,omitempty"`
	Filed    time.Time    `json:"filed,omitzero"`
	Offers   []Offer      `json:"offers,omitempty"`
}

// Offer is one question to one agency.
type Offer struct {
	ID    string         `json:"offer"`
	To    string         `json:"to,omitempty"`
	State casefile.Stage `json:"state"`
	Made  time.Time      `json:"made,omitzero"`
}

// SectionRef names a sealed section.
type SectionRef struct {
	Event   string `json:"event"`
	Section string `json:"section"`
	Author  string `json:"author"`
}

// Item is one thing that needs this agency.
type Item struct {
	// Need is what: see the constants.
	Need      Need         `json:"need"`
	Case      string       `json:"case"` // or another scope's id
	Reference string       `json:"reference"`
	Referral  string       `json:"referral,omitempty"`
	Offer     string       `json:"offer,omitempty"`
	State     string       `json:"state,omitempty"`
	Service   string       `json:"service,omitempty"`
	Area      schemas.Area `json:"area,omitzero"`
	AgeClass  string       `json:"age_class,omitempty"`
	People    string       `json:"people,omitempty"`
	Priority  string       `json:"priority,omitempty"`
	Batch     string       `json:"batch,omitempty"`
	Since     time.Time    `json:"since,omitzero"` // when it was recorded
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

// paused returns the open offer whose receiver waits for an answer.
func paused(r *casefile.Referral) *casefile.Offer {
	for _, o := range r.Offers {
		if o.Stage == casefile.Open && o.Paused {
			return o
		}
	}
	return nil
}

// openTo returns the agency's open offer of an open referral; nil when it has none.
func openTo(r *casefile.Referral, agency string) *casefile.Offer {
	o := r.OfferTo(agency)
	if o == nil || o.Stage != casefile.Open || !r.IsOpen() || r.Acceptor != "" {
		return nil
	}
	return o
}

// summary is the case's row in the lists; nil when nothing is left to be shown.
func summary(st *casefile.State, me string) *Case {
	id := st.Scope.ID
	c := &Case{
		ID: id, Reference: schemas.Reference(id),
		Kind: st.Opened.Kind, Origin: st.Opened.Origin, Lead: st.Opened.Lead,
		Areas: st.Opened.Areas, Batch: st.Opened.Batch, PartOf: st.PartOf,
	}
	shown := false
	for _, f := range st.Facts {
		if f.Scope() == st.Scope && f.Name() != accessEnded {
			shown, c.Changed = true, f.Recorded
			c.Sections = append(c.Sections, openable(st, f, me)...)
		}
	}
	if !shown {
		return nil
	}
	for _, r := range st.Referrals {
		c.Referrals = append(c.Referrals, referralOf(r, me))
		c.Items = append(c.Items, itemsOf(st, r, me)...)
	}
	return c
}

func openable(st *casefile.State, f services.Fact, me string) []SectionRef {
	var refs []SectionRef
	for _, sealed := range casefile.Sections(f) {
		r := services.OpenRequest{Case: st.Scope.ID, Event: f.ID(), Section: sealed.Section}
		if _, err := casefile.MayOpen(st, me, r); err == nil {
			refs = append(refs, SectionRef{Event: f.ID(), Section: sealed.Section, Author: f.Author()})
		}
	}
	return refs
}

func referralOf(r *casefile.Referral, me string) Referral {
	out := Referral{
		ID: r.ID, State: stateFor(r, me), Sender: r.Sender, Acceptor: r.Acceptor,
		Service: r.Asked.Service, Area: r.Asked.Area, AgeClass: r.Asked.AgeClass,
		Language: r.Asked.Language, People: r.Asked.People, Priority: r.Asked.Priority,
		Batch: r.Asked.Batch, Before: r.Asked.ActBefore, Met: r.Met, Filed: r.Filed.Recorded,
	}
	for _, o := range r.Offers {
		out.Offers = append(out.Offers, Offer{ID: o.ID, To: o.To, State: o.Stage, Made: o.Made.Recorded})
	}
	return out
}

// stateFor is the word for how a referral stands, seen from one agency.
func stateFor(r *casefile.Referral, me string) string {
	o := openTo(r, me)
	if o == nil {
		if last := r.OfferTo(me); last != nil && last.Stage == casefile.Declined {
			return string(casefile.Declined)
		}
		return string(r.Stage)
	}
	for _, step := range []struct {
		is   bool
		word string
	}{
		{o.Paused, "information_requested"}, {o.Claimed, "claimed"},
		{o.Received, "received"}, {o.Delivered, "delivered"},
	} {
		if step.is {
			return step.word
		}
	}
	return string(casefile.Offered)
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
			Referral: r.ID, Offer: offerID(mine), State: stateFor(r, me),
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
