package directory

import (
	"cmp"
	"context"
	"encoding/base64"
	"slices"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
)

// An answer has to fit into a message of the bus, of 512 KiB.
const (
	// pageSize is how many bytes the events of an answer take as they travel, in
	// JSON: the largest one, of schemas.MaxEvent, fits.
	pageSize = 384 << 10
	// aroundEvent is how many bytes a stored event takes in JSON beside Raw and
	// Subject, at most: the names, the sequence and the instant.
	aroundEvent = 128
	// maxCandidates is how many candidates are named, in at most 64 KiB. Nobody
	// offers a referral to as many.
	maxCandidates = 256
)

// Answer answers "ask": without a route, with the stored events of every agency;
// with one, with the candidates for such a referral from the asker at the instant
// that it gives, and the events of the candidates, of the asker and of the hub.
// Statements of capacity that are superseded are left out: what superseded one has
// a later sequence. An agency that has left stays, for what it signed has to be
// verified. Only agencies may ask.
func (d *Directory) Answer(_ context.Context, from services.Party, r services.Request) (services.Reply, []services.Decision, error) {
	if r.Verb != services.VerbAsk {
		return nil, nil, services.Refuse(services.Invalid, "verb")
	}
	if from.Agency == "" {
		return nil, nil, services.Refuse(services.Forbidden, "agency")
	}
	var ask services.AskRequest
	if err := services.ReadBody(r, &ask); err != nil {
		return nil, nil, err
	}
	if ask.Route == nil {
		return page(d.view.Load().events(ask.After, nil)), nil, nil
	}
	query := casefile.Query{From: from.Agency, Asked: *ask.Route, At: ask.At}
	if ps := query.Problems("/route"); ps != nil {
		return nil, nil, &services.Error{Kind: services.Invalid, Code: "request", Problems: ps}
	}
	candidates := casefile.Candidates(d, query)
	candidates = candidates[:min(len(candidates), maxCandidates)]
	wanted := map[string]bool{from.Agency: true, schemas.HubAgency: true}
	for _, c := range candidates {
		wanted[c.Agency] = true
	}
	reply := page(d.view.Load().events(ask.After, wanted))
	reply.Candidates = candidates
	return reply, nil, nil
}

// page answers with the first events, as many as fit.
func page(events []services.StoredEvent) services.AskReply {
	room := pageSize
	for i, e := range events {
		room -= base64.StdEncoding.EncodedLen(len(e.Raw)) + len(e.Subject) + aroundEvent
		if room < 0 {
			return services.AskReply{Events: events[:i], More: true}
		}
	}
	return services.AskReply{Events: events}
}

// events returns the stored events behind a sequence, of the wanted agencies or of
// all when wanted is nil, in ledger order.
func (v *view) events(after uint64, wanted map[string]bool) []services.StoredEvent {
	events := []services.StoredEvent{}
	for agency, facts := range v.facts {
		if wanted != nil && !wanted[agency] {
			continue
		}
		for _, f := range facts {
			if f.Sequence > after {
				events = append(events, f.Stored())
			}
		}
	}
	slices.SortFunc(events, func(a, b services.StoredEvent) int { return cmp.Compare(a.Sequence, b.Sequence) })
	return events
}
