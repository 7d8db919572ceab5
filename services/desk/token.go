package desk

import (
	"cmp"
	"context"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// Limits of a token.
const (
	tokenLength  = 32                    // random bytes
	tokenID      = 12                    // hex digits
	defaultLasts = "90d"                 // how long one lasts when nobody says
	shortest     = time.Minute           // how long one lasts at least
	longest      = 3650 * 24 * time.Hour // and at most, unless it never ends
	maxNote      = 100                   // characters
	never        = "never"
)

// Token is a bearer token as its desk knows it, which is never the token itself.
type Token struct {
	ID     string                `json:"id"`     // 12 hex digits
	Scopes []services.TokenScope `json:"scopes"` // what it allows
	// Note is what people tell it by.
	Note    string    `json:"note,omitempty"`
	Created time.Time `json:"created"` // when it was made
	// Expires and Revoked are zero for one that never ends, and was not revoked.
	Expires time.Time          `json:"expires,omitzero"`
	Revoked time.Time          `json:"revoked,omitzero"`
	Hash    services.TokenHash `json:"-"`
}

// TokenInput is what a new token is to be.
type TokenInput struct {
	Scopes []services.TokenScope `json:"scopes"` // at least one
	// Expires is how long it lasts: minutes, hours or days as in "30m", "24h" or
	// "90d", from a minute to ten years, or "never"; 90 days when empty. It never
	// outlives the token that made it.
	Expires string `json:"expires,omitempty"`
	Note    string `json:"note,omitempty"` // at most 100 characters
}

// NewToken is a token that was made, and for the only time the token itself.
type NewToken struct {
	Token
	Secret string `json:"token,omitempty"` // 64 hex digits; keep it, it is told this once
}

// tokens are the desk's tokens as the store has them: every request asks.
type tokens struct {
	sync.RWMutex
	rows []Token
}

// Grant returns what the token with this hash allows; false when there is none,
// or it was revoked. Whether it has expired is the asker's clock to say. How long
// it takes says nothing about the hashes that the desk knows.
func (s *Service) Grant(h services.TokenHash) (services.Grant, bool) {
	s.tokens.RLock()
	defer s.tokens.RUnlock()
	var found services.Grant
	for _, t := range s.tokens.rows {
		if subtle.ConstantTimeCompare(h[:], t.Hash[:]) == 1 && t.Revoked.IsZero() {
			found = services.Grant{ID: t.ID, Agency: s.Agency, Scopes: t.Scopes, Expires: t.Expires}
		}
	}
	return found, found.ID != ""
}

// Tokens lists the tokens of this desk, the oldest first, those that are over
// among them.
func (s *Service) Tokens(context.Context) ([]Token, error) {
	s.tokens.RLock()
	defer s.tokens.RUnlock()
	return slices.Clone(s.tokens.rows), nil
}

// Managed reports whether there is a token that can make others.
func (s *Service) Managed() bool {
	s.tokens.RLock()
	defer s.tokens.RUnlock()
	return slices.ContainsFunc(s.tokens.rows, func(t Token) bool {
		g := services.Grant{Agency: s.Agency, Scopes: t.Scopes, Expires: t.Expires}
		return t.Revoked.IsZero() && g.Allows(services.MayManage) && !g.Ended(s.IDs.Now())
	})
}

// KeepToken keeps the hash of a token that may do everything and never expires: the
// one that the desk's owner begins with.
func (s *Service) KeepToken(ctx context.Context, h services.TokenHash) error {
	return s.keep(ctx, Token{ID: s.IDs.ID()[:tokenID], Hash: h, Scopes: services.DeskScopes(), Created: s.IDs.Now().UTC()})
}

// AddToken makes a token. Its maker can give it no scope and no time that the
// maker does not have: a scope is Forbidden, and time is cut short.
func (s *Service) AddToken(ctx context.Context, maker services.Grant, in TokenInput) (NewToken, error) {
	now := s.IDs.Now().UTC()
	expires, problems := in.check(now)
	if len(problems) > 0 {
		return NewToken{}, services.RefuseInput(problems)
	}
	for _, scope := range in.Scopes {
		if !maker.Allows(scope) {
			return NewToken{}, services.Refuse(services.Forbidden, services.CodeScope)
		}
	}
	if !maker.Expires.IsZero() && (expires.IsZero() || maker.Expires.Before(expires)) {
		expires = maker.Expires.UTC()
	}
	secret := make([]byte, tokenLength)
	s.IDs.Fill(secret)
	made := NewToken{Secret: hex.EncodeToString(secret)}
	made.Token = Token{
		ID: s.IDs.ID()[:tokenID], Hash: services.HashToken(made.Secret),
		Scopes: in.Scopes, Note: in.Note, Created: now, Expires: expires,
	}
	return made, s.keep(ctx, made.Token)
}

// RevokeToken ends a token, at once. One that was revoked before stays as it is.
func (s *Service) RevokeToken(ctx context.Context, id string) (Token, error) {
	if err := s.Store.RevokeToken(ctx, id, s.IDs.Now().UTC()); err != nil {
		return Token{}, err
	}
	if err := s.readTokens(ctx); err != nil {
		return Token{}, err
	}
	s.tokens.RLock()
	defer s.tokens.RUnlock()
	i := slices.IndexFunc(s.tokens.rows, func(t Token) bool { return t.ID == id })
	if i < 0 {
		return Token{}, notVisible()
	}
	return s.tokens.rows[i], nil
}

func (s *Service) keep(ctx context.Context, t Token) error {
	if err := s.Store.AddToken(ctx, t); err != nil {
		return err
	}
	return s.readTokens(ctx)
}

// readTokens reads what the store has. Two changes at once read one after the
// other, and the later one reads both.
func (s *Service) readTokens(ctx context.Context) error {
	s.tokens.Lock()
	defer s.tokens.Unlock()
	rows, err := s.Store.Tokens(ctx)
	if err == nil {
		s.tokens.rows = rows
	}
	return err
}

// check returns when a token ends that begins now, and what is wrong.
func (in TokenInput) check(now time.Time) (time.Time, schemas.Problems) {
	var found schemas.Problems
	if len(in.Scopes) == 0 {
		found = append(found, schemas.Problem{Pointer: "/scopes", Code: "minItems"})
	}
	for i, scope := range in.Scopes {
		switch {
		case !schemas.HasCode(services.TokenScopes, string(scope)):
			found = append(found, schemas.Problem{Pointer: fmt.Sprintf("/scopes/%d", i), Code: "enum", List: services.TokenScopes})
		case slices.Contains(in.Scopes[:i], scope):
			found = append(found, schemas.Problem{Pointer: "/scopes", Code: "uniqueItems"})
		}
	}
	lasts, ok := parseLasts(cmp.Or(in.Expires, defaultLasts))
	if !ok {
		found = append(found, schemas.Problem{Pointer: "/expires", Code: "lasts"})
	}
	if len([]rune(in.Note)) > maxNote || strings.ContainsFunc(in.Note, unicode.IsControl) {
		found = append(found, schemas.Problem{Pointer: "/note", Code: "maxLength"})
	}
	if lasts == 0 {
		return time.Time{}, found
	}
	return now.Add(lasts), found
}

// parseLasts reads how long a token lasts, 0 for one that never ends; false when
// it is no such thing.
func parseLasts(s string) (time.Duration, bool) {
	if s == never {
		return 0, true
	}
	var lasts time.Duration
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.ParseUint(days, 10, 16)
		if err != nil {
			return 0, false
		}
		lasts = time.Duration(n) * 24 * time.Hour
	} else {
		var err error
		if lasts, err = time.ParseDuration(s); err != nil {
			return 0, false
		}
	}
	return lasts, lasts >= shortest && lasts <= longest
}
