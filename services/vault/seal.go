package vault

import (
	"context"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// seal stores a section under the asker's own agency, and so for events of that
// agency only. Whether an event names it is seen later: the event comes second.
func (s *Service) seal(ctx context.Context, agency string, r services.Request) (services.Reply, []services.Decision, error) {
	var put services.SealRequest
	if err := services.ReadBody(r, &put); err != nil {
		return nil, nil, err
	}
	if err := sealable(put); err != nil {
		return nil, nil, err
	}
	if err := s.Store.Put(ctx, agency, put.Event, put.Section, put.Ciphertext); err != nil {
		return nil, nil, err
	}
	return services.SealReply{Digest: schemas.Digest(put.Ciphertext)}, nil, nil
}

func sealable(put services.SealRequest) error {
	switch {
	case !schemas.ValidEventID(put.Event):
		return invalid("/event", schemas.CodeGrammar)
	case !known(put.Section):
		return invalid("/section", "enum")
	case len(put.Ciphertext) == 0:
		return invalid("/ciphertext", "required")
	case len(put.Ciphertext) > schemas.MaxSection:
		return services.Refuse(services.TooLarge, schemas.CodeTooLarge)
	}
	return nil
}
