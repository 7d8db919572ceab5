package natsbus

import (
	"context"
	"encoding/json"

	"github.com/nats-io/nats.go"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/intake"
)

// Audit writes refusals to a stream that forgets after 30 days. What was refused
// is never kept.
type Audit struct{ nc *nats.Conn }

var _ intake.Audit = (*Audit)(nil)

// refusal is all that is kept of one.
type refusal struct {
	Agency  string        `json:"agency,omitempty"`
	Service string        `json:"service,omitempty"`
	Type    string        `json:"type,omitempty"`
	Kind    services.Kind `json:"kind"`
	Code    string        `json:"code"`
}

// Refused writes a refusal, as well as it can: it does not wait, and a broker
// that is away gets none. A type that this version does not know is left out,
// because then it is a word of the sender's.
func (a *Audit) Refused(_ context.Context, from services.Party, typ string, e *services.Error) {
	if _, ok := schemas.TypeNamed(typ); !ok {
		typ = ""
	}
	if !agencyToken(from.Agency).ok {
		from.Agency = ""
	}
	raw, err := json.Marshal(refusal{
		Agency: from.Agency, Service: from.Service, Type: typ, Kind: e.Kind, Code: e.Code,
	})
	if err == nil {
		_ = a.nc.Publish(auditSubject(from.Agency), raw)
	}
}
