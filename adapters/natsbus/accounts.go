package natsbus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/operator"
)

var _ operator.Accounts = (*Accounts)(nil)

// Where the broker takes accounts.
const (
	claimsUpdate = "$SYS.REQ.CLAIMS.UPDATE"
	claimsDelete = "$SYS.REQ.CLAIMS.DELETE"
)

// Accounts are the agencies' accounts on a running bus. What it does holds at
// once, without a restart, on every server of the bus; all of it may be repeated.
type Accounts struct {
	authority *Authority
	system    *nats.Conn
	keeper    bus
}

// Open makes the account of an agency, or finds it, lets its users in, and
// returns its public key: "A" and 55 more letters and digits. It is for ever the
// agency's, and the name of the consumer of its inbox.
func (a *Accounts) Open(ctx context.Context, agency string) (string, error) {
	keys, err := a.agency(agency)
	if err != nil {
		return "", err
	}
	return keys.id, a.state(ctx, keys, false)
}

// Suspend ends every connection of an agency, and lets nobody in. Of an agency
// without an account there is nothing to end.
func (a *Accounts) Suspend(ctx context.Context, agency string) error {
	return a.restate(ctx, agency, true)
}

// Resume lets the users of an agency in again. An agency without an account gets
// none.
func (a *Accounts) Resume(ctx context.Context, agency string) error {
	return a.restate(ctx, agency, false)
}

func (a *Accounts) restate(ctx context.Context, agency string, shut bool) error {
	keys, err := a.known(agency)
	if err != nil || keys.id == "" {
		return err
	}
	return a.state(ctx, keys, shut)
}

// Issue signs the holder of a user key, "U…", in as the agency, for a year.
func (a *Accounts) Issue(_ context.Context, agency, userKey string, now time.Time) (string, error) {
	keys, err := a.agency(agency)
	if err != nil {
		return "", err
	}
	return keys.user(agency, userKey, now)
}

// User makes a user of an agency for this process.
func (a *Accounts) User(agency string) (User, error) {
	keys, err := a.agency(agency)
	if err != nil {
		return User{}, err
	}
	return keys.newUser(agency)
}

// Rotate ends every user that an agency has, connected or not.
func (a *Accounts) Rotate(ctx context.Context, agency string) error {
	keys, err := a.agency(agency)
	if err != nil {
		return err
	}
	if keys, err = keys.renewed(); err != nil {
		return err
	}
	if err := keys.keep(keyAgency+agency, a.authority.store.Replace); err != nil {
		return err
	}
	return a.state(ctx, keys, false)
}

// Close ends an agency's account for ever, with every connection and the consumer
// of its inbox.
func (a *Accounts) Close(ctx context.Context, agency string) error {
	keys, err := a.known(agency)
	if err != nil || keys.id == "" {
		return err
	}
	if err := a.delete(ctx, keys.id); err != nil {
		return err
	}
	within, cancel := context.WithTimeout(ctx, opTimeout)
	defer cancel()
	err = a.keeper.js.DeleteConsumer(within, streamInbox, keys.id)
	if err != nil && !errors.Is(err, jetstream.ErrConsumerNotFound) {
		return away("delete consumer", err)
	}
	return a.authority.store.Remove(keyAgency + agency)
}

func (a *Accounts) agency(id string) (accountKeys, error) {
	if !agencyToken(id).ok {
		return accountKeys{}, services.Refuse(services.Invalid, "agency")
	}
	return a.authority.open(keyAgency + id)
}

// known returns the keys of an agency's account; none when it has no account.
func (a *Accounts) known(id string) (accountKeys, error) {
	if !agencyToken(id).ok {
		return accountKeys{}, services.Refuse(services.Invalid, "agency")
	}
	keys, err := a.authority.load(keyAgency + id)
	if errors.Is(err, fs.ErrNotExist) {
		return accountKeys{}, nil
	}
	return keys, err
}

// state tells the broker what the account of an agency may do now.
func (a *Accounts) state(ctx context.Context, keys accountKeys, shut bool) error {
	c, err := a.authority.agencyClaims(keys, shut)
	if err != nil {
		return err
	}
	signed, err := a.authority.encode(c)
	if err != nil {
		return err
	}
	return a.tell(ctx, claimsUpdate, signed)
}

func (a *Accounts) delete(ctx context.Context, account string) error {
	signer, err := a.authority.signing.PublicKey()
	if err != nil {
		return err
	}
	c := jwt.NewGenericClaims(signer)
	c.Data = map[string]any{"accounts": []string{account}}
	signed, err := c.Encode(a.authority.signing)
	if err != nil {
		return err
	}
	return a.tell(ctx, claimsDelete, signed)
}

// tell has the broker take in what the authority says. With several servers the
// first one to answer speaks for all: they tell each other.
func (a *Accounts) tell(ctx context.Context, subject, signed string) error {
	within, cancel := context.WithTimeout(ctx, opTimeout)
	defer cancel()
	m, err := a.system.RequestWithContext(within, subject, []byte(signed))
	if err != nil {
		return away("change account", err)
	}
	var told struct{ Error *struct{ Code int } }
	if err := json.Unmarshal(m.Data, &told); err != nil || told.Error != nil {
		return damaged("change account", fmt.Errorf("the broker did not take it"))
	}
	return nil
}
