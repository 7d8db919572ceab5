package vault

import (
	"context"
	"time"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
)

// codeHourlyLimit is Later: the agency has opened too much of this case lately.
const codeHourlyLimit = "hourly_limit"

// open hands out a section to an agency that it is for, now. The section is
// fetched before anything is decided: nothing is on record as opened that could
// not be handed out.
func (s *Service) open(ctx context.Context, agency string, r services.Request) (services.Reply, []services.Decision, error) {
	var ask services.OpenRequest
	if err := services.ReadBody(r, &ask); err != nil {
		return nil, nil, err
	}
	if err := openable(ask); err != nil {
		return nil, nil, err
	}
	facts, err := s.History.Read(ctx, schemas.Scope{Kind: schemas.ScopeCase, ID: ask.Case})
	if err != nil {
		return nil, nil, err
	}
	state := casefile.Fold(facts)
	at, err := casefile.MayOpen(state, s.Directory, agency, ask)
	if err != nil {
		return nil, nil, err
	}
	if s.HourlyLimit >= 0 && s.lately(state, agency) >= s.HourlyLimit {
		return nil, nil, services.Refuse(services.Later, codeHourlyLimit)
	}
	ciphertext, err := s.fetch(ctx, at)
	if err != nil {
		return nil, nil, err
	}
	named, _ := state.Fact(at.Event)
	decided := services.Decision{
		Type: "content.opened", Subject: ask.Case, Cause: named, Ordinal: openings(state, at.Event),
		Data: schemas.ContentOpened{Event: at.Event, Section: at.Section, By: agency, Purpose: ask.Purpose},
	}
	return services.OpenReply{Ciphertext: ciphertext}, []services.Decision{decided}, nil
}

// fetch returns the ciphertext that the signed event speaks of, and no other.
func (s *Service) fetch(ctx context.Context, at casefile.SealedAt) ([]byte, error) {
	ciphertext, err := s.Store.Get(ctx, at.Author, at.Event, at.Section, at.Digest)
	if err != nil {
		return nil, err
	}
	if schemas.Digest(ciphertext) != at.Digest {
		return nil, services.Refuse(services.Internal, "section_damaged")
	}
	return ciphertext, nil
}

func openable(ask services.OpenRequest) error {
	switch {
	case !schemas.ValidID(ask.Case):
		return invalid("/case", schemas.CodeGrammar)
	case !schemas.ValidEventID(ask.Event):
		return invalid("/event", schemas.CodeGrammar)
	case !known(ask.Section):
		return invalid("/section", "enum")
	case !schemas.HasCode("purpose", ask.Purpose):
		return invalid("/purpose", "enum")
	}
	return nil
}

// lately counts what the agency has opened in the case within the last hour.
func (s *Service) lately(state *casefile.State, agency string) int {
	since := s.Now().Add(-time.Hour)
	return count(state, func(f services.Fact, data schemas.ContentOpened) bool {
		return data.By == agency && f.Recorded.After(since)
	})
}

// openings counts how often anybody has opened a section of the event. It is the
// ordinal of the next opening: by section and agency apart, two openings of one
// event would get one id.
func openings(state *casefile.State, event string) int {
	return count(state, func(_ services.Fact, data schemas.ContentOpened) bool { return data.Event == event })
}

func count(state *casefile.State, wanted func(services.Fact, schemas.ContentOpened) bool) int {
	n := 0
	for _, f := range state.Facts {
		if data, ok := f.Data.(schemas.ContentOpened); ok && wanted(f, data) {
			n++
		}
	}
	return n
}
