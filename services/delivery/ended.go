package delivery

import (
	"context"
	"fmt"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
)

const ended = "access.ended"

// tell writes access.ended to the agency's inbox, once for each fact that ended
// access of the agency or an offer to it, and names the events that the agency is
// to forget and the offers that are over. It is no fact of the ledger; it has the
// sequence and the recorded time of its cause, so that readers sort it behind it. Its id
// derives from the cause and from the type followed by ":" and the agency:
// agencies that lose access at once get ids that nobody can compare.
func (s *Service) tell(ctx context.Context, c change, agency string, word schemas.AccessEnded) error {
	if word.Events == nil {
		word.Events = []string{}
	}
	cause, scope := c.cause, c.now.Scope.ID
	author := services.Party{Service: schemas.Delivery}
	raw, err := s.Author.Write(schemas.Draft{
		ID:     schemas.DeriveEventID(cause.Recorded, author.Service, cause.ID(), ended+":"+agency, 0),
		Author: author, Type: ended, Subject: scope,
		Time: cause.Recorded, Cause: cause.ID(), Data: word,
	})
	if err != nil {
		return fmt.Errorf("write %s: %w", ended, err)
	}
	notice, err := services.NewFact(raw, cause.Sequence, cause.Recorded, "")
	if err != nil {
		return fmt.Errorf("write %s: %w", ended, err)
	}
	return s.Inbox.Put(ctx, agency, scope, notice)
}

// lost lists what is to be taken from the agency: not what the inspection
// itself, or another case that cites it, still lets it see.
func (s *Service) lost(ctx context.Context, c change, agency string) ([]services.Fact, error) {
	var lost []services.Fact
	for _, f := range c.lost(agency) {
		kept, err := s.keeps(ctx, c, agency, f)
		if err != nil {
			return nil, err
		}
		if !kept {
			lost = append(lost, f)
		}
	}
	return lost, nil
}

func (s *Service) keeps(ctx context.Context, c change, agency string, f services.Fact) (bool, error) {
	if f.Scope() == c.now.Scope {
		return false, nil
	}
	others, err := s.Citations.Citing(ctx, f.Scope().ID)
	if err != nil {
		return false, err
	}
	for _, id := range others {
		other := schemas.Scope{Kind: schemas.ScopeCase, ID: id}
		if other == c.now.Scope {
			continue
		}
		facts, err := s.read(ctx, other)
		if err != nil {
			return false, err
		}
		if casefile.Entitled(casefile.Fold(facts), s.Directory).Has(agency, f.ID()) {
			return true, nil
		}
	}
	return false, nil
}
