package signing

import (
	"context"
	"crypto/ed25519"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/intake"
)

var _ intake.Verifier = (*Verifier)(nil)

// CodeSignature is the code of every refusal of a Verifier.
const CodeSignature = "signature"

// Keyring knows who signs with which key.
type Keyring interface {
	// SigningKeys returns the public keys of a party, none when it is unknown.
	SigningKeys(p schemas.Party) []ed25519.PublicKey
}

// Verifier checks that events were signed by their source.
type Verifier struct {
	keys Keyring
}

// NewVerifier returns a verifier that trusts the keys of the keyring.
func NewVerifier(keys Keyring) *Verifier { return &Verifier{keys: keys} }

// Verify checks that the event's source signed the whole of it. Whatever is
// wrong, it answers the same refusal, of kind Unauthorized. It does not say
// whether the source may file the event at all.
func (v *Verifier) Verify(e schemas.Event) error {
	if !v.verified(e) {
		return services.Refuse(services.Unauthorized, CodeSignature)
	}
	return nil
}

func (v *Verifier) verified(e schemas.Event) bool {
	source, ok := schemas.ParseSource(e.Source())
	if !ok || !complete(e) || !onlySigned(e) || !timeCovered(e) {
		return false
	}
	env, claimed, ok := decodeMaterial(schemas.Extension(e, schemas.ExtSignature))
	if !ok || !signedBy(env, v.keys.SigningKeys(source)) {
		return false
	}
	return claimed.equal(materialOf(e))
}

// signedBy reports whether the one signature of the envelope names one of the
// keys and fits it.
func signedBy(env *dsse.Envelope, keys []ed25519.PublicKey) bool {
	for _, key := range keys {
		if KeyID(key) != env.Signatures[0].KeyID {
			continue
		}
		envelopes, err := dsse.NewEnvelopeVerifier(verifier(key))
		if err != nil {
			return false
		}
		if _, err := envelopes.Verify(context.Background(), env); err == nil {
			return true
		}
	}
	return false
}
