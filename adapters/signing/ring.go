package signing

import (
	"crypto/ed25519"
	"fmt"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services/casefile"
)

// useSigning is the use of a key that signs events, see schemas.Key.
const useSigning = "signing"

var _ Keyring = (*Ring)(nil)

// Ring is the keyring of a directory under one root. The root alone speaks for
// the operator, who fills the directory; the directory speaks for all others.
type Ring struct {
	root      ed25519.PublicKey
	directory casefile.Directory
	present   bool // retired keys are left out
}

// NewRing returns the keyring of d. Root is the operator's public key, pinned.
func NewRing(root ed25519.PublicKey, d casefile.Directory) *Ring {
	return &Ring{root: root, directory: d}
}

// Present is the keyring without the keys that are retired: for whoever lets new
// events in. What is there already is verified with all of them.
func (r *Ring) Present() *Ring {
	return &Ring{root: r.root, directory: r.directory, present: true}
}

// SigningKeys returns the root for the operator, the keys that the directory
// lists under the hub for its other services, and an agency's own keys. An
// agency that is suspended or closed keeps its keys, so that what it filed can
// still be verified: whether it may file more is not decided here.
func (r *Ring) SigningKeys(p schemas.Party) []ed25519.PublicKey {
	id := p.Agency
	switch {
	case p == schemas.Party{Service: schemas.Operator}:
		return []ed25519.PublicKey{r.root}
	case p.Agency == "" && p.Service != "":
		id = schemas.HubAgency
	case p.Agency == schemas.HubAgency || p.Service != "":
		return nil
	}
	a, ok := r.directory.Agency(id)
	if !ok {
		return nil
	}
	return r.keysOf(a, p.Service)
}

// keysOf returns the signing keys that the directory lists for a service of the
// hub, or for the agency itself when service is empty. A key that cannot be
// read is left out.
func (r *Ring) keysOf(a casefile.Agency, service string) []ed25519.PublicKey {
	var keys []ed25519.PublicKey
	for _, k := range a.Keys {
		if k.Use != useSigning || k.Service != service || r.present && k.Retired {
			continue
		}
		if key, err := ParsePublicKey(k.Key); err == nil {
			keys = append(keys, key)
		}
	}
	return keys
}

// FormatPublicKey writes a public key as the directory holds it: 32 bytes in
// standard base64.
func FormatPublicKey(key ed25519.PublicKey) string { return encode64(key) }

// ParsePublicKey reads what FormatPublicKey writes, and nothing else.
func ParsePublicKey(s string) (ed25519.PublicKey, error) {
	b, ok := decode64(s)
	if !ok || len(b) != ed25519.PublicKeySize {
		return nil, fmt.Errorf("read public key: not %d bytes in base64", ed25519.PublicKeySize)
	}
	return b, nil
}
