package routing

import (
	"context"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
)

// Config is what routing needs; all of it is required.
type Config struct {
	History   services.History
	Directory casefile.Directory
}

// Service is the reactor.
type Service struct{ Config }

var _ services.Reactor = (*Service)(nil)

// New returns the service.
func New(c Config) *Service { return &Service{Config: c} }

// Name returns "routing", the name that its events are signed with.
func (s *Service) Name() string { return schemas.Routing }

// Handles lists the facts after which a referral may be without a receiver, or a
// milestone is reached.
func (s *Service) Handles() []string {
	return []string{
		"referral.requested", "referral.declined", "referral.lapsed", "referral.confirmed",
		"referral.accepted", "referral.assigned", "case.restricted", "case.stage_changed", "case.closed",
	}
}

// Handle returns what follows from the case as it stands now. It answers Later
// when the ledger that it reads does not hold the fact yet.
func (s *Service) Handle(ctx context.Context, f services.Fact) ([]services.Decision, error) {
	facts, err := s.History.Read(ctx, f.Scope())
	if err != nil {
		return nil, err
	}
	state := casefile.Fold(facts)
	if _, ok := state.Fact(f.ID()); !ok {
		return nil, services.Refuse(services.Later, "stale_read")
	}
	return casefile.Consequences(state, s.Directory), nil
}
