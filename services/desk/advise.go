package desk

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
)

// codeUntold asks whether the person knows; casefile.Advise asks it wherever
// something ends, since it cannot see into the section that may say so.
const codeUntold = "person_untold"

// wanted are the sections that a filing about a person is asked for, by type.
var wanted = map[string]string{caseOpened: "contact", referralRequested: sectionOffer}

// advise says what is odd about an event of the outbox, and what it leaves open,
// as seen from what was there before it. It stands in nobody's way: what
// cannot be read gets no advice.
func (s *Service) advise(ctx context.Context, raw []byte, sections map[string]json.RawMessage) casefile.Advice {
	f, err := services.NewFact(raw, 0, time.Time{}, "")
	if err != nil || f.Scope().Kind != schemas.ScopeCase {
		return casefile.Advice{}
	}
	facts, err := s.expected(ctx, f.Scope().ID)
	if err != nil {
		return casefile.Advice{}
	}
	if i := slices.IndexFunc(facts, func(o services.Fact) bool { return o.ID() == f.ID() }); i >= 0 {
		recorded := facts[i].Sequence
		facts = slices.DeleteFunc(facts, func(o services.Fact) bool { return o.Sequence >= recorded })
	}
	return s.adviseOn(casefile.Fold(facts), f, sections)
}

// adviseOn gives advice about a fact that comes after a state.
func (s *Service) adviseOn(st *casefile.State, f services.Fact, sections map[string]json.RawMessage) casefile.Advice {
	advice := casefile.Advise(st, s.Directory, f)
	if told(sections["feedback"]) {
		advice.Questions = slices.DeleteFunc(advice.Questions, func(p schemas.Problem) bool { return p.Code == codeUntold })
	}
	if name := wanted[f.Name()]; name != "" && isPerson(st, f) {
		advice.Questions = append(advice.Questions, missing(name, sections[name])...)
	}
	return advice
}

// missing are the questions that a section leaves open, as pointers into an event.
func missing(name string, plaintext []byte) []schemas.Problem {
	ps := schemas.Missing(name, plaintext)
	for i := range ps {
		ps[i].Pointer = "/data" + ps[i].Pointer
	}
	return ps
}

func told(feedback []byte) bool {
	var said struct {
		PersonTold string `json:"person_told"`
	}
	return json.Unmarshal(feedback, &said) == nil && said.PersonTold != ""
}

// isPerson reports whether a fact is about the case of a person. A case of which
// nothing is known counts as a person's.
func isPerson(st *casefile.State, f services.Fact) bool {
	kind := st.Opened.Kind
	if opened, ok := f.Data.(schemas.CaseOpened); ok {
		kind = opened.Kind
	}
	return kind != "situation"
}

// markIncomplete says of a request that leaves questions open that it does, unless
// the poster has said so, or that it does not, themselves. It goes through all the
// same.
func (s *Service) markIncomplete(ctx context.Context, o *schemas.Open) error {
	if o.Type != referralRequested || hasMember(o.Data, "incomplete") {
		return nil
	}
	f, err := s.candidate(*o)
	if err != nil {
		return err
	}
	facts, err := s.expected(ctx, o.Subject)
	if err != nil {
		return err
	}
	if len(s.adviseOn(casefile.Fold(facts), f, o.Sections).Questions) > 0 {
		o.Data = withMember(o.Data, "incomplete", []byte("true"))
	}
	return nil
}

func hasMember(data json.RawMessage, name string) bool {
	var members map[string]json.RawMessage
	if json.Unmarshal(data, &members) != nil {
		return true
	}
	_, there := members[name]
	return there
}

// questionsOf are what a referral of this agency still leaves open, given what it
// has said since: the facts of the request until somebody has accepted or a fuller
// offer was shared, the sections until they say it.
func (s *Service) questionsOf(st *casefile.State, r *casefile.Referral, held []Kept) []schemas.Problem {
	if r.Sender != s.Agency || !r.IsOpen() || st.Closed {
		return nil
	}
	var open []schemas.Problem
	offer, _ := offerOf(st, r, held)
	fuller := offer.Event != "" && s.postedOffer(st, r, offer)
	if r.Acceptor == "" && !fuller && r.Filed.Event.Context != nil {
		open = append(open, casefile.Advise(st, s.Directory, r.Filed).Questions...)
	}
	if st.Opened.Kind != "person" {
		return open
	}
	contact, _ := lastOf(st, held, "contact")
	for name, k := range map[string]Kept{sectionOffer: offer, "contact": contact} {
		if k.Event != "" || r.Filed.Author() == s.Agency { // a new lead waits for what is handed over
			open = append(open, s.missingIn(k, name)...)
		}
	}
	slices.SortFunc(open, func(a, b schemas.Problem) int { return cmp.Compare(a.Pointer, b.Pointer) })
	return open
}

// missingIn are the questions that a kept section leaves open; of one that cannot
// be opened any more nothing is known, and nothing asked.
func (s *Service) missingIn(k Kept, name string) []schemas.Problem {
	if k.Event == "" {
		return missing(name, nil)
	}
	plain, err := s.openKept([]Kept{k})
	if err != nil {
		return nil
	}
	return missing(name, plain[name])
}

// lastOf is the latest kept section of a name among what was filed.
func lastOf(st *casefile.State, held []Kept, name string) (Kept, bool) {
	for _, k := range slices.Backward(held) {
		if _, filed := st.Fact(k.Event); filed && k.Section == name {
			return k, true
		}
	}
	return Kept{}, false
}

// offerOf is the latest offer that this agency holds for a referral: with the
// request, shared since, or handed over by whoever led the case before.
func offerOf(st *casefile.State, r *casefile.Referral, held []Kept) (Kept, bool) {
	for _, k := range slices.Backward(held) {
		if k.Section == sectionOffer && offers(st, r, k.Event) {
			return k, true
		}
	}
	return Kept{}, false
}

// postedOffer reports whether somebody at this agency shared the offer anew, as
// against what the desk copies by itself: its shares follow from an event.
func (s *Service) postedOffer(st *casefile.State, r *casefile.Referral, k Kept) bool {
	f, filed := st.Fact(k.Event)
	return filed && k.Event != r.Filed.ID() && f.Author() == s.Agency &&
		schemas.Extension(f.Event, schemas.ExtCause) == ""
}

func offers(st *casefile.State, r *casefile.Referral, event string) bool {
	f, filed := st.Fact(event)
	if !filed {
		return false
	}
	shared, ok := f.Data.(schemas.ContentShared)
	switch {
	case !ok:
		return event == r.Filed.ID()
	case shared.Referral != "":
		return shared.Referral == r.ID
	}
	return r.Filed.Event.Context != nil && schemas.Extension(f.Event, schemas.ExtCause) == r.Filed.ID()
}
