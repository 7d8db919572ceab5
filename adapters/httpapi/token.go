package httpapi

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"

	"github.com/saphan-project/saphan/services"
)

// TokenHash is the SHA-256 of a bearer token: the only form in which a server
// keeps one.
type TokenHash [sha256.Size]byte

// HashToken returns the hash of a token. A token is random and long, so that a
// plain hash is enough.
func HashToken(token string) TokenHash { return sha256.Sum256([]byte(token)) }

// Tokens knows whose desk a bearer token opens.
type Tokens interface {
	// AgencyOf returns the agency of the token with this hash, and false when
	// there is none. How long it takes says nothing about the hashes it knows.
	AgencyOf(h TokenHash) (agency string, ok bool)
}

// TokenTable is a fixed set of tokens: the hash of each agency's.
type TokenTable map[string]TokenHash

var _ Tokens = TokenTable(nil)

// AgencyOf compares the hash with every one it knows, in constant time each.
func (t TokenTable) AgencyOf(h TokenHash) (string, bool) {
	found := ""
	for agency, known := range t {
		if subtle.ConstantTimeCompare(h[:], known[:]) == 1 {
			found = agency
		}
	}
	return found, found != ""
}

// errToken is the one answer to a missing, malformed or unknown token.
var errToken = services.Refuse(services.Unauthorized, "token")

// identify finds the desk that the request is for.
func (a *api) identify(r *http.Request) (string, Desk, error) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return "", nil, errToken
	}
	agency, ok := a.Tokens.AgencyOf(HashToken(token))
	if !ok {
		return "", nil, errToken
	}
	desk, ok := a.Desks[agency]
	if !ok {
		return "", nil, errToken
	}
	return agency, desk, nil
}
