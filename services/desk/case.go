package desk

import (
	"slices"
	"time"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
)

// Case is a case as this agency can see it. What it was not shown is empty.
type Case struct {
	ID        string `json:"case"`           // its id
	Reference string `json:"reference"`      // its short name
	Kind      string `json:"kind,omitempty"` // a code of the list case_kind
	// Tip says that it is no case yet: an inspection that somebody told of.
	Tip    bool   `json:"tip,omitempty"`
	Origin string `json:"origin,omitempty"` // a code of the list case_origin
	Lead   string `json:"lead,omitempty"`   // the agency that answers for it
	// Areas are workplace and present place, as far as known.
	Areas  []schemas.Area `json:"areas,omitempty"`
	Batch  string         `json:"batch,omitempty"`   // ties cases that were filed together
	PartOf []string       `json:"part_of,omitempty"` // case ids
	// Changed is when the last event shown was recorded; zero when none was yet.
	Changed time.Time `json:"changed,omitzero"`
	// Closed says that the case was closed and not reopened, Stage how far it is: a
	// code of the list stage, or empty.
	Closed    bool       `json:"closed,omitempty"`
	Stage     string     `json:"stage,omitempty"`
	Referrals []Referral `json:"referrals,omitempty"` // those that it can see
	// Items are what the case needs from this agency.
	Items []Item `json:"items,omitempty"`
	// Sections can be opened by this agency, now.
	Sections []SectionRef `json:"sections,omitempty"`
	// Pending are this agency's own events that are not in the ledger yet.
	Pending []Pending `json:"pending,omitempty"`
}

// Referral is a referral as this agency can see it.
type Referral struct {
	ID string `json:"referral"` // its id
	// State is the stage of the referral. For an agency whose offer is open it is
	// how far that offer is: "offered", "delivered", "received", "claimed",
	// "information_requested"; for one that declined, "declined".
	State    string       `json:"state"`
	Sender   string       `json:"sender,omitempty"`    // who asks
	Acceptor string       `json:"acceptor,omitempty"`  // whose acceptance stands
	Service  string       `json:"service,omitempty"`   // a code of the list service
	Area     schemas.Area `json:"area,omitzero"`       // where help is needed
	AgeClass string       `json:"age_class,omitempty"` // a code of the list age_class
	Language string       `json:"language,omitempty"`  // of an interpreter, ISO 639-1
	People   string       `json:"people,omitempty"`    // a code of the list people_band
	Priority string       `json:"priority,omitempty"`  // a code of the list priority
	Batch    string       `json:"batch,omitempty"`     // ties referrals that were filed together
	// ActBefore is until when something must have been done; RFC 3339, UTC.
	ActBefore string `json:"act_before,omitempty"`
	// PermittedAction is what may be done before the person is safe: a code of the
	// list permitted_action; "none" where the sender says nothing and it would show.
	PermittedAction string `json:"permitted_action,omitempty"`
	// Met says that the acceptor has met the person.
	Met bool `json:"met,omitempty"`
	// Incomplete says that the sender could not say all that the receiver will need,
	// and Questions, to the sender alone, what is still open. Pointers are those of
	// the request, and of the sections that would answer.
	Incomplete bool              `json:"incomplete,omitempty"`
	Questions  []schemas.Problem `json:"questions,omitempty"`
	// ContentMissing says that whoever holds the referral has been sent nothing of
	// its content. Only sender and holder can tell.
	ContentMissing bool `json:"content_missing,omitempty"`

	Filed  time.Time `json:"filed,omitzero"`   // when the request was recorded
	Offers []Offer   `json:"offers,omitempty"` // those that it can see
}

// Offer is one question to one agency.
type Offer struct {
	ID    string         `json:"offer"`         // its id
	To    string         `json:"to,omitempty"`  // the agency that is asked
	State casefile.Stage `json:"state"`         // how far it is
	Made  time.Time      `json:"made,omitzero"` // when it was recorded
}

// SectionRef names a sealed section.
type SectionRef struct {
	Event   string `json:"event"`   // that names it
	Section string `json:"section"` // a code of the list section
	Author  string `json:"author"`  // who sealed it
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
// Held are the sections that this agency keeps of the case.
func (s *Service) summary(st *casefile.State, held []Kept) *Case {
	id, me := st.Scope.ID, s.Agency
	c := &Case{
		ID: id, Reference: schemas.Reference(id),
		Kind: st.Opened.Kind, Origin: st.Opened.Origin, Lead: st.Opened.Lead,
		Areas: st.Opened.Areas, Batch: st.Opened.Batch, PartOf: st.PartOf(),
		Closed: st.Closed, Stage: st.Stage,
	}
	shown := false
	for _, f := range st.Facts {
		if f.Scope() == st.Scope && f.Name() != accessEnded {
			shown, c.Changed = true, f.Recorded
			c.Sections = append(c.Sections, s.openable(st, f)...)
		}
	}
	if !shown {
		return nil
	}
	if st.Owner != "" {
		c.Lead = st.Owner
	}
	for _, r := range st.Referrals {
		shown := referralOf(r, me)
		shown.Questions = s.questionsOf(st, r, held)
		shown.ContentMissing = s.contentMissing(st, r)
		c.Referrals = append(c.Referrals, shown)
		c.Items = append(c.Items, s.itemsOf(st, r, shown)...)
	}
	c.Items = append(c.Items, caseItems(st, me)...)
	return c
}

func (s *Service) openable(st *casefile.State, f services.Fact) []SectionRef {
	var refs []SectionRef
	for _, sealed := range casefile.Sections(f) {
		r := services.OpenRequest{Case: st.Scope.ID, Event: f.ID(), Section: sealed.Section}
		if _, err := casefile.MayOpen(st, s.Directory, s.Agency, r); err == nil {
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
		Batch: r.Asked.Batch, ActBefore: r.Asked.ActBefore, PermittedAction: r.Permitted(), Met: r.Met, Filed: r.Filed.Recorded,
		Incomplete: r.Asked.Incomplete,
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
		if last := r.OfferTo(me); last != nil && (last.Stage == casefile.Declined || last.Stage == casefile.Lost) {
			return string(last.Stage)
		}
		return string(r.Stage)
	}
	for _, step := range []struct {
		is   bool
		word string
	}{
		{o.Paused, "information_requested"}, {o.Questions > 0, "information_provided"}, {o.Claimed, "claimed"},
		{o.Received, "received"}, {o.Delivered, "delivered"},
	} {
		if step.is {
			return step.word
		}
	}
	return string(casefile.Offered)
}

// Over reports whether nothing more is to be done about a referral in this state: it
// is closed, or ended in another way. One that is done, or failed, still waits for
// its sender.
func Over(state string) bool {
	return slices.Contains([]string{
		string(casefile.Closed), string(casefile.Cancelled), string(casefile.Revoked),
		string(casefile.Withdrawn), string(casefile.Rerouted), string(casefile.EnteredInError),
		string(casefile.Lost),
	}, state)
}
