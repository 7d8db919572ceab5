package natsbus

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nkeys"
)

// KeyStore keeps the private keys of the bus, each under a name of letters,
// digits and "-". What it keeps must survive, and nobody else may read it.
type KeyStore interface {
	// Load answers fs.ErrNotExist when there is nothing under the name.
	Load(name string) ([]byte, error)
	// Create answers fs.ErrExist when there is something.
	Create(name string, text []byte) error
	Replace(name string, text []byte) error
	Remove(name string) error
}

// Names of what the authority keeps. The identity signs once, at the beginning,
// which key signs for it; from then on it is not needed, and is safer elsewhere.
const (
	KeyIdentity = "operator-identity"
	keySigning  = "operator-signing"
	keyOperator = "operator-jwt" // not secret
	keyService  = "service-"     // of an account of the hub
	keyAgency   = "agency-"      // of an agency's account
)

// Authority says who may connect to the bus, and as whom: it signs the accounts
// and their users. Whoever holds its keys can be anybody on the bus; no key of it
// opens what is sealed, or signs an event.
type Authority struct {
	store    KeyStore
	operator string // JWT of the operator
	signing  nkeys.KeyPair
	mu       sync.Mutex // held while keys are made
	hub      map[string]accountKeys
}

// OpenAuthority loads the keys of the bus, or makes them: those of the operator
// and of every account of the hub.
func OpenAuthority(store KeyStore) (*Authority, error) {
	a := &Authority{store: store, hub: make(map[string]accountKeys)}
	if err := a.openOperator(); err != nil {
		return nil, fmt.Errorf("open authority: %w", err)
	}
	for _, name := range hubAccounts() {
		keys, err := a.open(keyService + name)
		if err != nil {
			return nil, fmt.Errorf("open authority: %w", err)
		}
		a.hub[name] = keys
	}
	return a, nil
}

// hubAccounts lists the accounts that are no agency's.
func hubAccounts() []string {
	names := []string{accountSystem, accountStreams}
	for name := range serviceDoors {
		names = append(names, name)
	}
	return names
}

// openOperator loads what the operator's identity once signed, or makes both.
func (a *Authority) openOperator() error {
	text, err := a.store.Load(keyOperator)
	if errors.Is(err, fs.ErrNotExist) {
		return a.makeOperator()
	}
	if err != nil {
		return err
	}
	seed, err := a.store.Load(keySigning)
	if err != nil {
		return err
	}
	a.operator = strings.TrimSpace(string(text))
	a.signing, err = nkeys.FromSeed(trimmed(seed))
	return err
}

func (a *Authority) makeOperator() error {
	identity, err := a.seed(KeyIdentity, nkeys.CreateOperator)
	if err != nil {
		return err
	}
	if a.signing, err = a.seed(keySigning, nkeys.CreateOperator); err != nil {
		return err
	}
	id, err := identity.PublicKey()
	if err != nil {
		return err
	}
	signer, err := a.signing.PublicKey()
	if err != nil {
		return err
	}
	c := jwt.NewOperatorClaims(id)
	c.Name = "saphan"
	c.SigningKeys.Add(signer)
	c.StrictSigningKeyUsage = true // no identity signs a user, nor an account
	if a.operator, err = c.Encode(identity); err != nil {
		return err
	}
	return a.store.Create(keyOperator, []byte(a.operator+"\n"))
}

// seed loads a key, or makes it.
func (a *Authority) seed(name string, make func() (nkeys.KeyPair, error)) (nkeys.KeyPair, error) {
	text, err := a.store.Load(name)
	if err == nil {
		return nkeys.FromSeed(trimmed(text))
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	pair, err := make()
	if err != nil {
		return nil, err
	}
	seed, err := pair.Seed()
	if err != nil {
		return nil, err
	}
	return pair, a.store.Create(name, append(seed, '\n'))
}

// accountKeys are what the authority has of an account: its public key, which
// names it for ever, and the key that signs its users. The private half of the
// former is never used, and so not kept.
type accountKeys struct {
	id      string
	signing nkeys.KeyPair
	// unscoped keys sign users without limits or permissions: for the self-test.
	unscoped bool
}

// open loads the keys of an account, or makes them.
func (a *Authority) open(name string) (accountKeys, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	keys, err := a.load(name)
	if !errors.Is(err, fs.ErrNotExist) {
		return keys, err
	}
	if keys, err = newAccount(); err != nil {
		return accountKeys{}, err
	}
	return keys, keys.keep(name, a.store.Create)
}

// newAccount makes the keys of an account.
func newAccount() (accountKeys, error) {
	identity, err := nkeys.CreateAccount()
	if err != nil {
		return accountKeys{}, err
	}
	id, err := identity.PublicKey()
	if err != nil {
		return accountKeys{}, err
	}
	return accountKeys{id: id}.renewed()
}

// renewed is the account with a new key for its users.
func (k accountKeys) renewed() (accountKeys, error) {
	var err error
	k.signing, err = nkeys.CreateAccount()
	return k, err
}

// keep writes the keys where the store keeps them.
func (k accountKeys) keep(name string, write func(string, []byte) error) error {
	seed, err := k.signing.Seed()
	if err != nil {
		return err
	}
	return write(name, fmt.Appendf(nil, "%s\n%s\n", k.id, seed))
}

var errAccountKeys = errors.New("not the keys of an account")

func (a *Authority) load(name string) (accountKeys, error) {
	text, err := a.store.Load(name)
	if err != nil {
		return accountKeys{}, err
	}
	fields := strings.Fields(string(text))
	if len(fields) != 2 || !nkeys.IsValidPublicAccountKey(fields[0]) {
		return accountKeys{}, fmt.Errorf("%s: %w", name, errAccountKeys)
	}
	signing, err := nkeys.FromSeed([]byte(fields[1]))
	if err != nil {
		return accountKeys{}, fmt.Errorf("%s: %w", name, errAccountKeys)
	}
	return accountKeys{id: fields[0], signing: signing}, nil
}

func trimmed(text []byte) []byte { return []byte(strings.TrimSpace(string(text))) }
