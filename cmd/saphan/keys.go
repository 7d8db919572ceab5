package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/saphan-project/saphan/adapters/natsbus"
	"github.com/saphan-project/saphan/adapters/sealing"
	"github.com/saphan-project/saphan/adapters/signing"
	"github.com/saphan-project/saphan/schemas"
)

// keyForm is how a kind of key is made, and written in a file.
type keyForm[K any] struct {
	make   func() (K, error)
	format func(K) ([]byte, error)
	parse  func([]byte) (K, error)
}

// keep loads a key. Every key is made when it is first needed, and kept in a
// private file of its own.
func (f keyForm[K]) keep(path string) (K, error) {
	key, err := f.load(path)
	if errors.Is(err, fs.ErrNotExist) {
		return f.create(path)
	}
	return key, err
}

// load loads a key that is there; a missing one is fs.ErrNotExist.
func (f keyForm[K]) load(path string) (K, error) {
	text, err := readPrivate(path)
	if err != nil {
		return *new(K), err
	}
	key, err := f.parse(text)
	if err != nil {
		return *new(K), fileError("read", path, err)
	}
	return key, nil
}

func (f keyForm[K]) create(path string) (K, error) {
	key, err := f.make()
	if err != nil {
		return key, err
	}
	text, err := f.format(key)
	if err != nil {
		return key, err
	}
	return key, createPrivate(path, text)
}

var (
	signingForm = keyForm[ed25519.PrivateKey]{signing.GenerateKey, signing.FormatKey, signing.ParseKey}
	// sealingForm is of the keys that sections are sealed to.
	sealingForm = keyForm[*sealing.Identity]{
		make:   sealing.GenerateIdentity,
		format: func(id *sealing.Identity) ([]byte, error) { return id.Text(), nil },
		parse:  sealing.ParseIdentity,
	}
	// secretForm is of 32 random bytes.
	secretForm = keyForm[[]byte]{
		make:   func() ([]byte, error) { return random(), nil },
		format: func(b []byte) ([]byte, error) { return formatHex(b), nil },
		parse:  parseHex,
	}
)

// random returns 32 random bytes.
func random() []byte {
	b := make([]byte, 32)
	fill(b)
	return b
}

// newToken returns a token that nobody can guess, as it stands in a desk file.
func newToken() string { return hex.EncodeToString(random()) }

// fill is the program's source of chance; crypto/rand cannot fail.
func fill(b []byte) { _, _ = rand.Read(b) }

// formatHex writes bytes as a line of hex digits.
func formatHex(b []byte) []byte { return []byte(hex.EncodeToString(b) + "\n") }

var errHex = errors.New("want 64 hex digits")

// parseHex reads 32 bytes that formatHex wrote.
func parseHex(text []byte) ([]byte, error) {
	b, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(b) != 32 {
		return nil, errHex
	}
	return b, nil
}

// keyFolder keeps the private keys of the bus, a private file each.
type keyFolder string

var _ natsbus.KeyStore = keyFolder("")

func (f keyFolder) path(name string) string { return filepath.Join(string(f), name) }

func (f keyFolder) Load(name string) ([]byte, error) { return readPrivate(f.path(name)) }

func (f keyFolder) Create(name string, text []byte) error { return createPrivate(f.path(name), text) }

func (f keyFolder) Replace(name string, text []byte) error { return replacePrivate(f.path(name), text) }

func (f keyFolder) Remove(name string) error { return os.Remove(f.path(name)) }

// deskKeys are what an agency has of its own.
type deskKeys struct {
	signing  ed25519.PrivateKey
	sealing  *sealing.Identity
	recovery *sealing.Identity // nil where it is kept elsewhere
	outbox   []byte            // of the HMAC over what is posted
}

// Files of a desk's keys.
const (
	signingFile  = "signing.pem"
	sealingFile  = "sealing.age"
	recoveryFile = "recovery.age"
	outboxFile   = "outbox.key"
)

// openDeskKeys loads the keys of a desk's folder, or makes them. Whoever calls it has
// them published.
func openDeskKeys(dir string) (deskKeys, error) {
	var k deskKeys
	var errs [4]error
	k.signing, errs[0] = signingForm.keep(filepath.Join(dir, signingFile))
	k.sealing, errs[1] = sealingForm.keep(filepath.Join(dir, sealingFile))
	k.recovery, errs[2] = sealingForm.keep(filepath.Join(dir, recoveryFile))
	k.outbox, errs[3] = secretForm.keep(filepath.Join(dir, outboxFile))
	return k, errors.Join(errs[:]...)
}

// missingHint is what helps where a file of a desk's folder or of a bundle is gone.
const missingHint = "put it back; where it is lost, the hub's operator has another one made: saphan agency rotate ID --bundle DIR"

// loadDeskKeys loads the keys of a desk's folder, and makes none: nobody would know it.
func loadDeskKeys(dir string) (deskKeys, error) {
	var k deskKeys
	var errs [4]error
	k.signing, errs[0] = signingForm.load(filepath.Join(dir, signingFile))
	k.sealing, errs[1] = sealingForm.load(filepath.Join(dir, sealingFile))
	k.outbox, errs[2] = secretForm.load(filepath.Join(dir, outboxFile))
	if k.recovery, errs[3] = sealingForm.load(filepath.Join(dir, recoveryFile)); errors.Is(errs[3], fs.ErrNotExist) {
		k.recovery, errs[3] = nil, nil
	}
	for i, name := range []string{signingFile, sealingFile, outboxFile} {
		if errors.Is(errs[i], fs.ErrNotExist) {
			return k, usage(name+" is missing in the desk's folder", missingHint)
		}
	}
	return k, errors.Join(errs[:]...)
}

// renewSigning loads the keys of a desk's folder, and makes the one that signs where it
// was taken away. Whoever calls it has it published.
func renewSigning(dir string) (deskKeys, error) {
	if _, err := signingForm.keep(filepath.Join(dir, signingFile)); err != nil {
		return deskKeys{}, err
	}
	return loadDeskKeys(dir)
}

// public lists them as the directory publishes them.
func (k deskKeys) public() []schemas.Key {
	keys := []schemas.Key{
		{Use: useSigning, Key: signing.FormatPublicKey(publicOf(k.signing))},
		{Use: "sealing", Key: k.sealing.Recipient()},
	}
	if k.recovery != nil {
		keys = append(keys, schemas.Key{Use: useRecovery, Key: k.recovery.Recipient()})
	}
	return keys
}

// Uses of keys, see schemas.Key.
const (
	useSigning  = "signing"
	useRecovery = "recovery"
)

func publicOf(key ed25519.PrivateKey) ed25519.PublicKey {
	public, _ := key.Public().(ed25519.PublicKey)
	return public
}

// hubKeys are the operator's key, which is the root of trust, and one for each
// service of the hub that signs.
type hubKeys map[string]ed25519.PrivateKey

var hubSigners = []string{schemas.Operator, signing.ReceiptService, schemas.Routing, schemas.Vault, schemas.Delivery}

// openHubKeys loads the hub's keys, or makes them, the root first of all.
func openHubKeys(dir string) (hubKeys, error) {
	if err := rootIsThere(dir); err != nil {
		return nil, err
	}
	keys := make(hubKeys)
	for _, name := range hubSigners {
		key, err := signingForm.keep(filepath.Join(dir, name+".pem"))
		if err != nil {
			return nil, err
		}
		keys[name] = key
	}
	return keys, nil
}

// root is what every desk pins.
func (k hubKeys) root() ed25519.PublicKey { return publicOf(k[schemas.Operator]) }

// public lists the services' keys as the directory publishes them. The root is
// not among them: it is pinned.
func (k hubKeys) public() []schemas.Key {
	var keys []schemas.Key
	for _, name := range hubSigners {
		if name != schemas.Operator {
			keys = append(keys, schemas.Key{Use: useSigning, Service: name, Key: signing.FormatPublicKey(publicOf(k[name]))})
		}
	}
	return keys
}
