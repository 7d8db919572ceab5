package services

import (
	"crypto/sha256"
	"slices"
	"time"

	"github.com/saphan-project/saphan/schemas"
)

// TokenHash is the SHA-256 of a bearer token: the only form in which one is kept.
type TokenHash [sha256.Size]byte

// HashToken returns the hash of a token. A token is random and long, so that a
// plain hash is enough.
func HashToken(token string) TokenHash { return sha256.Sum256([]byte(token)) }

// TokenScope is one thing that a bearer token allows: a code of the list
// token_scope.
type TokenScope string

// The scopes of tokens. Each allows what it says and nothing else: who may file
// may not therefore read.
const (
	MayRead    TokenScope = "read"     // lists, cases, traces, receipts, events and the stream
	MayFile    TokenScope = "file"     // events, verbs, and what is parked in the outbox
	MayOpen    TokenScope = "open"     // sealed sections
	MayManage  TokenScope = "manage"   // tokens and webhooks of the desk
	MayOperate TokenScope = "operator" // what the hub's operator does; no desk's token has it
)

// TokenScopes is the list of the codes of a TokenScope.
const TokenScopes = "token_scope"

// DeskScopes returns all that a desk's token can allow.
func DeskScopes() []TokenScope { return []TokenScope{MayRead, MayFile, MayOpen, MayManage} }

// Grant is what a bearer token allows.
type Grant struct {
	ID     string // of the token, unique within its agency; no secret
	Agency string // whose desk it opens; schemas.HubAgency for the operator's
	Scopes []TokenScope
	// Expires is when it ends; zero: never.
	Expires time.Time
}

// Allows reports whether the grant has a scope. The operator's scope counts for
// the hub alone, and the others for a desk alone, whatever the grant lists.
func (g Grant) Allows(s TokenScope) bool {
	return slices.Contains(g.Scopes, s) && (s == MayOperate) == (g.Agency == schemas.HubAgency)
}

// Ended reports whether the grant is over.
func (g Grant) Ended(now time.Time) bool { return !g.Expires.IsZero() && !now.Before(g.Expires) }
