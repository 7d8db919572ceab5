package natsbus

import (
	"context"

	"github.com/nats-io/nats.go"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/intake"
	"github.com/saphan-project/saphan/services/vault"
)

// Vault keeps sealed sections by who put them, event, section and digest.
type Vault struct{ bus }

var (
	_ vault.Store     = (*Vault)(nil)
	_ intake.Sections = (*Vault)(nil)
)

// Put stores a section, synced to disk; to put the same again does nothing. It
// answers Conflict when another section has the same first digits of its digest.
func (v *Vault) Put(ctx context.Context, agency, event, section string, ciphertext []byte) error {
	digest := schemas.Digest(ciphertext)
	at, err := vaultSubject(shelf{agency, event, section, digest})
	if err != nil {
		return err
	}
	m := nats.NewMsg(at)
	m.Data = ciphertext
	within, cancel := context.WithTimeout(ctx, opTimeout)
	defer cancel()
	_, err = v.js.PublishMsg(within, m)
	switch {
	case err == nil:
		return nil
	case !taken(err):
		return away("put into vault", err)
	}
	held, err := v.Holds(ctx, agency, event, section, digest)
	if err == nil && !held {
		err = services.Refuse(services.Conflict, services.CodeIDReused)
	}
	return err
}

// Get returns a section. It answers Unknown when there is none with exactly
// this digest, or none any more.
func (v *Vault) Get(ctx context.Context, agency, event, section, digest string) ([]byte, error) {
	at, err := vaultSubject(shelf{agency, event, section, digest})
	if err != nil {
		return nil, err
	}
	m, err := v.last(ctx, streamVault, at)
	if err != nil {
		return nil, err
	}
	if m == nil || schemas.Digest(m.Data) != digest {
		return nil, services.Refuse(services.Unknown, services.CodeNotVisible)
	}
	return m.Data, nil
}

// Holds reports whether Get would find the section.
func (v *Vault) Holds(ctx context.Context, agency, event, section, digest string) (bool, error) {
	_, err := v.Get(ctx, agency, event, section, digest)
	if services.KindOf(err) == services.Unknown {
		return false, nil
	}
	return err == nil, err
}
