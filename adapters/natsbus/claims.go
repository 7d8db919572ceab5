package natsbus

import (
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats.go"
)

// Limits of an agency's account. One desk needs one connection; a partner's own
// programs a few more.
const (
	agencyConns  = 16
	agencySubs   = 256 // of a connection
	userLifetime = 365 * 24 * time.Hour
	nameTemplate = "{{name()}}" // in permissions, the name of the user
)

// User is somebody who may connect: a signed statement of whose he is, and the
// key that proves it. An agency's bundle holds the same as nats.creds.
type User struct {
	JWT  string
	Seed []byte
}

// Credentials writes a user as the file that every client of NATS reads.
func (u User) Credentials() ([]byte, error) { return jwt.FormatUserConfig(u.JWT, u.Seed) }

// option has a connection prove who it is.
func (u User) option() nats.Option {
	return nats.UserJWTAndSeed(u.JWT, string(u.Seed))
}

// account begins the claims of an account: users of its signing key alone, no
// streams of its own, no other kind of connection.
func (k accountKeys) account(name string) (*jwt.AccountClaims, *jwt.UserScope, error) {
	signer, err := k.signing.PublicKey()
	if err != nil {
		return nil, nil, err
	}
	c := jwt.NewAccountClaims(k.id)
	c.Name = name
	c.Limits.DisallowBearer = true
	c.Limits.LeafNodeConn = 0
	scope := jwt.NewUserScope()
	scope.Key, scope.Role = signer, name
	scope.Template.AllowedConnectionTypes = jwt.StringList{jwt.ConnectionTypeStandard, jwt.ConnectionTypeInProcess}
	return c, scope, nil
}

// agencyClaims are the account of an agency: it reaches the agencies' doors, and
// nothing else. Shut, it lets nobody in, and ends who is.
func (a *Authority) agencyClaims(k accountKeys, shut bool) (*jwt.AccountClaims, error) {
	c, scope, err := k.account("agency")
	if err != nil {
		return nil, err
	}
	c.Limits.Conn = agencyConns
	if shut {
		c.Limits.Conn = 0
	}
	c.Limits.Payload = maxPayload
	scope.Template.Payload, scope.Template.Subs = maxPayload, agencySubs
	for _, d := range agencyDoors {
		a.reach(c, d.account, d.of(k.id))
		permit(scope, d.of(k.id))
	}
	c.SigningKeys.AddScopedSigner(scope)
	return c, nil
}

// hubClaims are an account of the hub. Those of the system and of the streams
// have users without limits; a service's reaches its doors and serves its own.
func (a *Authority) hubClaims(name string) (*jwt.AccountClaims, error) {
	k := a.hub[name]
	c, scope, err := k.account(name)
	if err != nil {
		return nil, err
	}
	serve(c, name)
	doors, limited := serviceDoors[name]
	if !limited {
		if name == accountStreams {
			c.Limits.JetStreamLimits = jwt.JetStreamLimits{
				MemoryStorage: jwt.NoLimit, DiskStorage: jwt.NoLimit, Streams: jwt.NoLimit, Consumer: jwt.NoLimit,
			}
		}
		c.SigningKeys.AddScopedSigner(scope)
		return c, nil
	}
	for _, d := range doors {
		a.reach(c, d.account, d.subject)
		permit(scope, d.of(nameTemplate))
	}
	for _, d := range c.Exports {
		scope.Template.Sub.Allow.Add(string(d.Subject))
	}
	if len(c.Exports) > 0 {
		scope.Template.Resp = &jwt.ResponsePermission{MaxMsgs: 1, Expires: serveTimeout + opTimeout}
	}
	c.SigningKeys.AddScopedSigner(scope)
	return c, nil
}

// serve exports what an account serves to agencies and to services.
func serve(c *jwt.AccountClaims, name string) {
	add := func(d door, position uint) {
		e := &jwt.Export{Subject: jwt.Subject(d.subject), Type: jwt.Service, AccountTokenPosition: position}
		if d.many {
			e.ResponseType = jwt.ResponseTypeStream
		}
		c.Exports.Add(e)
	}
	for _, d := range agencyDoors {
		if d.account == name {
			add(d, d.position())
		}
	}
	for _, d := range served(name) {
		add(d, 0)
	}
}

// reach lets an account send to a subject that another one serves.
func (a *Authority) reach(c *jwt.AccountClaims, server, subject string) {
	i := &jwt.Import{Subject: jwt.Subject(subject), Account: a.hub[server].id, Type: jwt.Service}
	if as := local(subject); as != subject {
		i.LocalSubject = jwt.RenamingSubject(as)
	}
	c.Imports.Add(i)
}

// permit lets the users of an account send to a subject, and wait for answers.
func permit(scope *jwt.UserScope, subject string) {
	scope.Template.Pub.Allow.Add(local(subject))
	scope.Template.Sub.Allow.Add(localInbox)
}

// encode signs the claims of an account, and refuses what the broker would.
func (a *Authority) encode(c *jwt.AccountClaims) (string, error) {
	var found jwt.ValidationResults
	c.Validate(&found)
	if problems := found.Errors(); len(problems) > 0 {
		return "", fmt.Errorf("sign account %s: %w", c.Name, errors.Join(problems...))
	}
	return c.Encode(a.signing)
}

// user signs who has this public key in as a user of an account, until a year
// from now; zero now: for ever, for users that live as long as this process.
func (k accountKeys) user(name, public string, now time.Time) (string, error) {
	c := jwt.NewUserClaims(public)
	c.Name, c.IssuerAccount = name, k.id
	if !k.unscoped {
		c.UserPermissionLimits = jwt.UserPermissionLimits{} // the scope of the signing key decides
	}
	if !now.IsZero() {
		c.Expires = now.Add(userLifetime).Unix()
	}
	return c.Encode(k.signing)
}

// newUser makes a user with a key of his own, for this process.
func (k accountKeys) newUser(name string) (User, error) {
	key, err := GenerateUserKey()
	if err != nil {
		return User{}, err
	}
	signed, err := k.user(name, key.Public, time.Time{})
	return User{signed, key.seed}, err
}
