package directory

import (
	"context"
	"slices"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
)

// Answer answers "ask": without a route, with the stored events of every agency;
// with one, with the candidates for such a referral from the asker at the instant
// that it gives, and the events of the candidates, of the asker and of the hub.
// Statements of capacity that are superseded are left out. Only agencies may ask.
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
		return services.AskReply{Events: d.view.Load().events(nil)}, nil, nil
	}
	query := casefile.Query{From: from.Agency, Asked: *ask.Route, At: ask.At}
	if ps := query.Problems("/route"); ps != nil {
		return nil, nil, &services.Error{Kind: services.Invalid, Code: "request", Problems: ps}
	}
	candidates := casefile.Candidates(d, query)
	wanted := map[string]bool{from.Agency: true, schemas.HubAgency: true}
	for _, c := range candidates {
		wanted[c.Agency] = true
	}
	return services.AskReply{Candidates: candidates, Events: d.view.Load().events(wanted)}, nil, nil
}

// events returns the stored events of the wanted agencies, or of all when
// wanted is nil, in ledger order.
func (v *view) events(wanted map[string]bool) []services.StoredEvent {
	events := []services.StoredEvent{}
	for agency, facts := range v.facts {
		if wanted != nil && !wanted[agency] {
			continue
		}
		for _, f := range facts {
			events = append(events, f.Stored())
		}
	}
	slices.SortFunc(events, func(a, b services.StoredEvent) int {
		if a.Sequence < b.Sequence {
			return -1
		}
		return 1
	})
	return events
}
