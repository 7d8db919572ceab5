package desk

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
)

// Item is one thing that needs this agency.
type Item struct {
	// Need is what it asks for.
	Need      Need   `json:"need"`
	Case      string `json:"case"`               // or another scope's id
	Reference string `json:"reference"`          // its short name
	Referral  string `json:"referral,omitempty"` // id of the one that it is about
	// Offer is this agency's open offer of the referral, if it holds one.
	Offer string `json:"offer,omitempty"`
	// Sender is who asks.
	Sender string `json:"sender,omitempty"`
	// State is that of the referral.
	State    string       `json:"state,omitempty"`
	Service  string       `json:"service,omitempty"`   // a code of the list service
	Area     schemas.Area `json:"area,omitzero"`       // where help is needed
	AgeClass string       `json:"age_class,omitempty"` // a code of the list age_class
	People   string       `json:"people,omitempty"`    // a code of the list people_band
	Priority string       `json:"priority,omitempty"`  // a code of the list priority
	Batch    string       `json:"batch,omitempty"`     // ties referrals that were filed together
	// Incomplete, Questions and ContentMissing are those of the referral.
	Incomplete     bool              `json:"incomplete,omitempty"`
	Questions      []schemas.Problem `json:"questions,omitempty"`
	ContentMissing bool              `json:"content_missing,omitempty"`
	// Since is when the need arose: when the offer was recorded, or else the last
	// event of the referral, or the event of the case that asks for it.
	Since time.Time `json:"since,omitzero"`
	// Pending is the parked event that has to be resolved.
	Pending *Pending `json:"pending,omitempty"`
}

// Need says what an item asks of the agency.
type Need string

// The needs, most pressing first.
const (
	NeedResolve     Need = "resolve"     // an own event was refused and holds up its case
	NeedDecide      Need = "decide"      // accept, decline or ask
	NeedConfirm     Need = "confirm"     // somebody recorded an answer for this agency
	NeedAnswer      Need = "answer"      // the receiver asked something
	NeedReceiver    Need = "no_receiver" // nobody is left to be offered it
	NeedReroute     Need = "reroute"     // passed on to an agency that routing would not choose
	NeedStop        Need = "stop"        // the sender asks to stop
	NeedMeet        Need = "meet"        // accepted, the person not met yet
	NeedComplete    Need = "complete"    // met, not done yet
	NeedAcknowledge Need = "acknowledge" // done, or failed; the sender has not seen the outcome
	NeedNext        Need = "next"        // ended without help, and nothing done about it since
	NeedTriage      Need = "triage"      // a tip that nobody has taken up or closed
	NeedLead        Need = "lead"        // asked to become the lead of the case
	NeedCompare     Need = "compare"     // asked whether another case is about the same person
	NeedScreen      Need = "screen"      // screened, and nothing decided or asked for since
	NeedQuestions   Need = "questions"   // what the receiver will need is not known yet
)

// view is a referral as one need looks at it.
type view struct {
	st    *casefile.State
	r     *casefile.Referral
	mine  *casefile.Offer // this agency's open offer; nil when it holds none
	me    string
	shown Referral
}

// needs is one row per need of a referral: when it is this agency's.
var needs = []struct {
	need Need
	is   func(v view) bool
}{
	{NeedDecide, func(v view) bool { return v.mine != nil && !v.mine.Paused }},
	{NeedConfirm, func(v view) bool { _, found := unconfirmed(v.st, v.r.ID, v.me); return found }},
	{NeedAnswer, func(v view) bool { return v.r.Sender == v.me && v.r.IsOpen() && paused(v.r) != nil }},
	{NeedReceiver, func(v view) bool { return v.r.Stage == casefile.NoReceiver }},
	{NeedReroute, func(v view) bool {
		return v.r.Stage == casefile.Rerouted && v.r.Sender == v.me && !v.st.Closed && !followed(v.st, v.r)
	}},
	{NeedStop, func(v view) bool { return v.acting() && v.r.Cancelling }},
	{NeedMeet, func(v view) bool { return v.acting() && !v.r.Met }},
	{NeedComplete, func(v view) bool { return v.acting() && v.r.Met }},
	{NeedAcknowledge, func(v view) bool {
		return (v.r.Stage == casefile.Completed || v.r.Stage == casefile.Failed) && v.r.Sender == v.me
	}},
	{NeedNext, func(v view) bool { return v.r.Sender == v.me && !v.st.Closed && unhelped(v.st, v.r) }},
	{NeedQuestions, func(v view) bool { return slices.ContainsFunc(v.shown.Questions, ofSection) }},
}

// acting reports whether this agency has taken the referral on and not ended it.
func (v view) acting() bool { return v.r.Active() && v.r.Acceptor == v.me }

// ofSection reports whether a question can still be answered: sections can be
// shared anew, and the facts of a request stay as they are.
func ofSection(p schemas.Problem) bool { return strings.HasPrefix(p.Pointer, "/data/sections/") }

// unhelped reports whether a referral ended without help, by another agency's word or
// because it could not be done, and nobody has done anything about it since: asked
// somebody again, or told the person.
func unhelped(st *casefile.State, r *casefile.Referral) bool {
	end, ok := endOf(st, r)
	return ok && st.Told[end.ID()] == "" && !askedSince(st, end.ID())
}

// endOf finds the event by which a referral ended without help, unless that was its
// sender's own decision. A failure that its sender has not seen yet is a need of its
// own.
func endOf(st *casefile.State, r *casefile.Referral) (services.Fact, bool) {
	for _, f := range slices.Backward(st.Facts) {
		in, about := f.Data.(interface{ ReferralID() string })
		if !about || in.ReferralID() != r.ID {
			continue
		}
		switch f.Name() {
		case "referral.withdrawn", "referral.revoked":
			return f, f.Author() != r.Sender
		case "referral.failed":
			return f, r.Stage == casefile.Closed
		case "referral.completed", "referral.entered_in_error":
			return f, false
		}
	}
	return services.Fact{}, false
}

// reopened finds the event that took a closed case up again last.
func reopened(st *casefile.State) (services.Fact, bool) {
	for _, f := range slices.Backward(st.Facts) {
		if f.Name() == "case.reopened" {
			return f, true
		}
	}
	return services.Fact{}, false
}

// followed reports whether a referral that was passed on has one that follows it.
func followed(st *casefile.State, r *casefile.Referral) bool {
	return slices.ContainsFunc(st.Referrals, func(o *casefile.Referral) bool { return o.Asked.PartOf == r.ID })
}

func (s *Service) itemsOf(st *casefile.State, r *casefile.Referral, shown Referral) []Item {
	var items []Item
	v := view{st: st, r: r, mine: openTo(r, s.Agency), me: s.Agency, shown: shown}
	for _, row := range needs {
		if !row.is(v) {
			continue
		}
		i := Item{
			Need: row.need, Case: st.Scope.ID, Reference: schemas.Reference(st.Scope.ID),
			Referral: r.ID, Offer: offerID(v.mine), Sender: r.Sender, State: shown.State,
			Service: r.Asked.Service, Area: r.Asked.Area, AgeClass: r.Asked.AgeClass,
			People: r.Asked.People, Priority: r.Asked.Priority, Batch: cmp.Or(r.Asked.Batch, st.Opened.Batch),
			Incomplete: r.Asked.Incomplete, ContentMissing: shown.ContentMissing,
			Since: since(st, r, v.mine),
		}
		if row.need == NeedQuestions {
			i.Questions = shown.Questions
		}
		items = append(items, i)
	}
	return items
}

// caseItems are what a case itself asks of an agency.
func caseItems(st *casefile.State, me string) []Item {
	var items []Item
	ask := func(need Need, state, event string) {
		f, _ := st.Fact(event)
		items = append(items, Item{
			Need: need, Case: st.Scope.ID, Reference: schemas.Reference(st.Scope.ID), Batch: st.Opened.Batch,
			Sender: f.Author(), State: state, Since: f.Recorded,
		})
	}
	if st.Transfer != nil && st.Transfer.To == me {
		ask(NeedLead, "transfer_requested", st.Transfer.Request)
	}
	if st.Owner != me {
		return items
	}
	if f, ok := reopened(st); ok && f.Author() != me && !st.Closed && !askedSince(st, f.ID()) {
		ask(NeedNext, "reopened", f.ID())
	}
	if f, asked := unanswered(st); asked {
		ask(NeedCompare, string(casefile.Open), f.ID())
	}
	if st.Screening != "" && st.Decided == nil && !st.Closed && !askedSince(st, st.Screening) {
		ask(NeedScreen, string(casefile.Screened), st.Screening)
	}
	return items
}

// askedSince reports whether the lead asked somebody to act after an event: that
// decides a screening, too.
func askedSince(st *casefile.State, event string) bool {
	f, _ := st.Fact(event)
	return slices.ContainsFunc(st.Referrals, func(r *casefile.Referral) bool { return r.Filed.Sequence > f.Sequence })
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
