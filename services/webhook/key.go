package webhook

import (
	"crypto/ed25519"
	"encoding/base64"
	"time"
)

// How keys are written.
// Source: Standard Webhooks 1.0.0, "Signature scheme".
const (
	SecretPrefix = "whsec_" // the secret that both sides hold, base64
	PublicPrefix = "whpk_"  // the public part of an Ed25519 key, base64
)

// SigningKey is what the events of an endpoint are signed with: a secret that its
// receiver holds as well, and an Ed25519 key of which the receiver needs the public
// part alone. Both sign every event; the receiver checks the one that it prefers.
type SigningKey struct {
	// Public is the public part, as in "whpk_…", and no secret: what stands behind
	// "whpk_" is the 32 bytes of the Ed25519 key in base64.
	Public string    `json:"public_key"`
	Made   time.Time `json:"made"` // when it was made
	// Ends is when it signs no more; zero for the newest.
	Ends time.Time `json:"ends,omitzero"`
	// Secret and Seed are 32 random bytes each: of the HMAC, and of the Ed25519 key.
	Secret []byte `json:"-"`
	Seed   []byte `json:"-"`
}

const (
	secretLength = 32 // bytes; the standard wants 24 to 64
	maxKeys      = 3  // that an endpoint has at a time
)

// Overlap limits how long a key signs on beside the one that took its place.
// Source: our choice; a day lets a receiver change over in working hours.
const (
	DefaultOverlap = 24 * time.Hour
	MaxOverlap     = 7 * 24 * time.Hour
)

// newKey makes a key of chance.
func newKey(fill func([]byte), now time.Time) SigningKey {
	k := SigningKey{Made: now, Secret: make([]byte, secretLength), Seed: make([]byte, ed25519.SeedSize)}
	fill(k.Secret)
	fill(k.Seed)
	public, _ := ed25519.NewKeyFromSeed(k.Seed).Public().(ed25519.PublicKey)
	k.Public = PublicPrefix + base64.StdEncoding.EncodeToString(public)
	return k
}

// shown is the secret as its receiver is told it, once.
func (k SigningKey) shown() string { return SecretPrefix + base64.StdEncoding.EncodeToString(k.Secret) }

// rotate puts a key in front. The one before it signs on for the overlap.
func (e *Endpoint) rotate(k SigningKey, overlap time.Duration) {
	kept := []SigningKey{k}
	for _, old := range e.Signing(k.Made) {
		if end := k.Made.Add(overlap); old.Ends.IsZero() || end.Before(old.Ends) {
			old.Ends = end
		}
		if overlap > 0 && len(kept) < maxKeys {
			kept = append(kept, old)
		}
	}
	e.Keys = kept
}

// Signing returns the keys that sign at an instant, the newest first.
func (e Endpoint) Signing(now time.Time) []SigningKey {
	var keys []SigningKey
	for _, k := range e.Keys {
		if k.Ends.IsZero() || now.Before(k.Ends) {
			keys = append(keys, k)
		}
	}
	return keys
}
