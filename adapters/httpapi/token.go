package httpapi

import (
	"crypto/subtle"
	"net/http"
	"strings"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/desk"
)

// Tokens knows what a bearer token allows.
type Tokens interface {
	// Grant returns what the token with this hash allows; false when there is none,
	// or it was revoked. One that has expired may be returned. How long it takes says
	// nothing about the hashes it knows.
	Grant(h services.TokenHash) (services.Grant, bool)
}

var _ Tokens = (*desk.Service)(nil)

// TokenTable is a fixed set of tokens: what each allows, by its hash.
type TokenTable map[services.TokenHash]services.Grant

// Grant compares the hash with every one it knows, in constant time each.
func (t TokenTable) Grant(h services.TokenHash) (services.Grant, bool) {
	var found services.Grant
	ok := false
	for known, grant := range t {
		if subtle.ConstantTimeCompare(h[:], known[:]) == 1 {
			found, ok = grant, true
		}
	}
	return found, ok
}

// TokenSources asks several, all of them every time: each desk for its own, and
// whoever else has some.
type TokenSources []Tokens

// Grant returns what the source allows that knows the hash.
func (s TokenSources) Grant(h services.TokenHash) (services.Grant, bool) {
	var found services.Grant
	ok := false
	for _, source := range s {
		if grant, known := source.Grant(h); known {
			found, ok = grant, true
		}
	}
	return found, ok
}

// errToken is the one answer to a token that is missing, malformed, unknown,
// revoked or expired.
var errToken = services.Refuse(services.Unauthorized, "token")

// errScope is the answer to a good token that does not allow what is asked.
var errScope = services.Refuse(services.Forbidden, services.CodeScope)

// identify finds out whose request it is, and whether its token allows the route and
// has not been used too much. An operator's route has no desk.
func (a *api) identify(rt route, c *call) error {
	grant, err := a.grantOf(bearer(c.Request))
	switch {
	case err != nil && !a.strangers.allow(network(c.Request), a.Now()):
		return errTooMany
	case err != nil:
		return err
	case !a.callers.allow(caller(grant), a.Now()):
		return errTooMany
	}
	c.grant = grant
	if grant.Agency != schemas.HubAgency {
		visit, err := a.Desks.Enter(c.Context(), grant.Agency)
		if err != nil {
			return err
		}
		c.desk, c.leave = visit.Desk, visit.Leave
		c.Request = c.WithContext(visit.Context)
	}
	if !grant.Allows(rt.needs) {
		return errScope
	}
	return nil
}

// bearer returns the hash of the request's token; that of no token when it has none.
func bearer(r *http.Request) services.TokenHash {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		token = ""
	}
	return services.HashToken(token)
}

// grantOf looks a token up that is good now.
func (a *api) grantOf(h services.TokenHash) (services.Grant, error) {
	grant, ok := a.Tokens.Grant(h)
	if !ok || grant.Ended(a.Now()) {
		return services.Grant{}, errToken
	}
	return grant, nil
}

var docTokens = doc{
	id: "listTokens", summary: "List the tokens of the desk, the oldest first",
	about:   "What each allows and when it ends; never the token itself.",
	answers: []content{{status: 200, says: "The tokens, those that are over among them.", shape: listOf[desk.Token]("tokens")}},
}

// listTokens lists the tokens of the desk, the oldest first.
func listTokens(c *call) (answer, error) {
	found, err := c.desk.Tokens(c.Context())
	return ok(map[string][]desk.Token{"tokens": listed(found)}), err
}

var docAddToken = doc{
	id: "addToken", summary: "Make a token",
	about:   "It can be given no scope, and no time, that the token which asks does not have.",
	takes:   []content{{shape: input[desk.TokenInput]}},
	answers: []content{{status: 201, says: "The token, this once.", shape: of[desk.NewToken]}},
}

// addToken makes a token; the answer is the only place where it stands.
func addToken(c *call) (answer, error) {
	var in desk.TokenInput
	if err := c.input(&in); err != nil {
		return answer{}, err
	}
	made, err := c.desk.AddToken(c.Context(), c.grant, in)
	if err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusCreated, body: made}, nil
}

var docRevokeToken = doc{
	id: "revokeToken", summary: "End a token, at once",
	answers: []content{{status: 200, says: "It is over. One that was over before stays as it was.", shape: of[desk.Token]}},
}

// revokeToken ends a token at once, and the streams that it opened.
func revokeToken(c *call) (answer, error) {
	ended, err := c.desk.RevokeToken(c.Context(), c.PathValue("token"))
	return ok(ended), err
}
