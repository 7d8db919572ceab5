package signing

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

var _ services.Author = (*Author)(nil)

// Author signs what one party says with that party's key.
type Author struct {
	key signer
}

// NewAuthor returns an author that signs with key.
func NewAuthor(key ed25519.PrivateKey) *Author { return &Author{key: signer(key)} }

// Write lays out, signs and encodes the draft. The same draft gives the same
// bytes. A fraction of a second that the signature would not cover is cut off
// the draft's time. It fails on an unknown type and on data that is no JSON.
func (a *Author) Write(d schemas.Draft) ([]byte, error) {
	e, err := d.Event()
	if err != nil {
		return nil, err
	}
	coverTime(&e)
	body, err := json.Marshal(materialOf(e))
	if err != nil {
		return nil, fmt.Errorf("sign event: %w", err)
	}
	envelopes, err := dsse.NewEnvelopeSigner(a.key)
	if err != nil {
		return nil, fmt.Errorf("sign event: %w", err)
	}
	env, err := envelopes.SignPayload(context.Background(), PayloadType, body)
	if err != nil {
		return nil, fmt.Errorf("sign event: %w", err)
	}
	signature, err := encodeMaterial(env)
	if err != nil {
		return nil, fmt.Errorf("sign event: %w", err)
	}
	return schemas.Encode(e, signature)
}

// KeyID names a public key in signatures and receipts: the first 16 hex digits
// of its SHA-256. It is a hint for finding the key, and proves nothing.
func KeyID(public ed25519.PublicKey) string {
	sum := sha256.Sum256(public)
	return hex.EncodeToString(sum[:8])
}

var errKeySize = errors.New("key has the wrong length")

// signer is a private key as the DSSE library wants it.
type signer ed25519.PrivateKey

var _ dsse.Signer = signer(nil)

// Sign signs data, which is the pre-authentication encoding already.
func (s signer) Sign(_ context.Context, data []byte) ([]byte, error) {
	if len(s) != ed25519.PrivateKeySize {
		return nil, errKeySize
	}
	return ed25519.Sign(ed25519.PrivateKey(s), data), nil
}

// KeyID returns the id of the key's public half.
func (s signer) KeyID() (string, error) {
	if len(s) != ed25519.PrivateKeySize {
		return "", errKeySize
	}
	return KeyID(ed25519.PublicKey(s[ed25519.PrivateKeySize-ed25519.PublicKeySize:])), nil
}

// verifier is a public key as the DSSE library wants it.
type verifier ed25519.PublicKey

var _ dsse.Verifier = verifier(nil)

var errSignature = errors.New("signature does not fit")

// Verify checks a signature over data, the pre-authentication encoding.
func (v verifier) Verify(_ context.Context, data, sig []byte) error {
	if len(v) != ed25519.PublicKeySize || !ed25519.Verify(ed25519.PublicKey(v), data, sig) {
		return errSignature
	}
	return nil
}

// KeyID returns the id of the key.
func (v verifier) KeyID() (string, error) { return KeyID(ed25519.PublicKey(v)), nil }

// Public returns the key.
func (v verifier) Public() crypto.PublicKey { return ed25519.PublicKey(v) }
