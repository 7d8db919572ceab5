package natsbus

import (
	"errors"
	"strings"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nkeys"
)

// UserKey is the key of somebody who will connect. Its private half stays with who
// made it: the hub signs the public one.
type UserKey struct {
	Public string // "U" and 55 more letters and digits
	seed   []byte
}

// Errors of user keys. They quote nothing of what was read.
var (
	ErrUserKey = errors.New("this is no key of a user of the bus")
	ErrUserJWT = errors.New("this does not sign the key in")
)

// GenerateUserKey makes a key.
func GenerateUserKey() (UserKey, error) {
	pair, err := nkeys.CreateUser()
	if err != nil {
		return UserKey{}, err
	}
	return userKey(pair)
}

// ParseUserKey reads what Text writes.
func ParseUserKey(text []byte) (UserKey, error) {
	pair, err := nkeys.FromSeed(trimmed(text))
	if err != nil {
		return UserKey{}, ErrUserKey
	}
	k, err := userKey(pair)
	if err != nil || !nkeys.IsValidPublicUserKey(k.Public) {
		return UserKey{}, ErrUserKey
	}
	return k, nil
}

func userKey(pair nkeys.KeyPair) (UserKey, error) {
	public, err := pair.PublicKey()
	if err != nil {
		return UserKey{}, err
	}
	seed, err := pair.Seed()
	return UserKey{public, seed}, err
}

// Text writes the private key as a line.
func (k UserKey) Text() []byte { return append(append([]byte(nil), k.seed...), '\n') }

// User is the holder of the key, whom a JWT signs in. It refuses one that is for
// another key.
func (k UserKey) User(signed string) (User, error) {
	c, err := jwt.DecodeUserClaims(strings.TrimSpace(signed))
	if err != nil || c.Subject != k.Public {
		return User{}, ErrUserJWT
	}
	return User{JWT: signed, Seed: k.seed}, nil
}
