package sealing

import (
	"bytes"
	"errors"
	"fmt"

	"filippo.io/age"
)

// Identity is the secret key that opens what was sealed to its Recipient.
type Identity struct {
	key *age.HybridIdentity
}

// GenerateIdentity returns a new random identity.
func GenerateIdentity() (*Identity, error) {
	key, err := age.GenerateHybridIdentity()
	if err != nil {
		return nil, fmt.Errorf("generate sealing key: %w", err)
	}
	return &Identity{key: key}, nil
}

// Recipient returns the public half, as the directory holds it: "age1pq1…",
// about 2,000 characters.
func (i *Identity) Recipient() string { return i.key.Recipient().String() }

// Text writes the identity, the secret with it, in age's own text format: the
// command age can use it.
func (i *Identity) Text() []byte {
	return fmt.Appendf(nil, "# public key: %s\n%s\n", i.Recipient(), i.key)
}

// ParseIdentity reads what Text writes: exactly one identity, and a post-quantum
// one. No error repeats what the text holds.
func ParseIdentity(text []byte) (*Identity, error) {
	parsed, err := age.ParseIdentities(bytes.NewReader(text))
	if err != nil || len(parsed) != 1 {
		return nil, errors.New("parse sealing key: not one age identity")
	}
	key, ok := parsed[0].(*age.HybridIdentity)
	if !ok {
		return nil, errors.New("parse sealing key: not a post-quantum identity")
	}
	return &Identity{key: key}, nil
}
