package vault

import (
	"context"
	"slices"
	"time"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
)

// DefaultHourlyLimit is how many sections an agency may open in one case within
// an hour: enough for a team at work, too few to copy out unnoticed what a desk
// was never meant to hold at once.
const DefaultHourlyLimit = 200

// Store keeps ciphertext.
type Store interface {
	// Put stores a section. To put the same again does nothing.
	Put(ctx context.Context, agency, event, section string, ciphertext []byte) error
	// Get returns a section. It answers Unknown when there is none, or none any more.
	Get(ctx context.Context, agency, event, section, digest string) ([]byte, error)
	// Holds reports whether Get would find it.
	Holds(ctx context.Context, agency, event, section, digest string) (bool, error)
}

// Config is what the vault needs. All of it is required unless said otherwise.
type Config struct {
	Store     Store
	History   services.History
	Directory casefile.Directory
	Now       func() time.Time
	// HourlyLimit is DefaultHourlyLimit when 0, and none when negative.
	HourlyLimit int
}

// Service is the answerer.
type Service struct{ Config }

var _ services.Answerer = (*Service)(nil)

// New returns the service.
func New(c Config) *Service {
	if c.HourlyLimit == 0 {
		c.HourlyLimit = DefaultHourlyLimit
	}
	return &Service{Config: c}
}

// Name returns "vault", the name that content.opened is signed with.
func (s *Service) Name() string { return schemas.Vault }

// Answer answers "seal" and "open". Only an active agency may ask.
func (s *Service) Answer(ctx context.Context, from services.Party, r services.Request) (services.Reply, []services.Decision, error) {
	if a, ok := s.Directory.Agency(from.Agency); !ok || !a.Active() || from.Agency == schemas.HubAgency {
		return nil, nil, services.Refuse(services.Forbidden, "agency")
	}
	switch r.Verb {
	case services.VerbSeal:
		return s.seal(ctx, from.Agency, r)
	case services.VerbOpen:
		return s.open(ctx, from.Agency, r)
	}
	return nil, nil, services.Refuse(services.Invalid, "verb")
}

// known reports whether this version has such a section.
func known(section string) bool { return slices.Contains(schemas.Sections(), section) }

// invalid refuses one member of a request.
func invalid(pointer, code string) error {
	return &services.Error{Kind: services.Invalid, Code: "request",
		Problems: []schemas.Problem{{Pointer: pointer, Code: code}}}
}
