package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/saphan-project/saphan/adapters/sealing"
	"github.com/saphan-project/saphan/adapters/signing"
	"github.com/saphan-project/saphan/schemas"
)

// Every key is made when it is first needed and kept in a file of its own, which
// only its owner may read.

// signingKey loads a signing key, or makes it.
func signingKey(path string) (ed25519.PrivateKey, error) {
	key, err := signing.LoadKey(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if key, err = signing.GenerateKey(); err != nil {
		return nil, err
	}
	return key, signing.SaveKey(path, key)
}

// sealingIdentity loads the key that sections are sealed to, or makes it.
func sealingIdentity(path string) (*sealing.Identity, error) {
	id, err := sealing.LoadIdentity(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return id, err
	}
	if id, err = sealing.GenerateIdentity(); err != nil {
		return nil, err
	}
	return id, id.Save(path)
}

// secret loads 32 random bytes, or makes them.
func secret(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		made := make([]byte, 32)
		fill(made)
		return made, os.WriteFile(path, []byte(hex.EncodeToString(made)+"\n"), 0o600)
	}
	if err != nil {
		return nil, err
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) != 32 {
		return nil, fmt.Errorf("read %s: want 64 hex digits", filepath.Base(path))
	}
	return key, nil
}

// fill is the program's source of chance; crypto/rand cannot fail.
func fill(b []byte) { _, _ = rand.Read(b) }

// deskKeys are what an agency has of its own.
type deskKeys struct {
	signing  ed25519.PrivateKey
	sealing  *sealing.Identity
	recovery *sealing.Identity
	outbox   []byte // of the HMAC over what is posted
}

// openDeskKeys loads the keys of a desk's folder, or makes them.
func openDeskKeys(dir string) (deskKeys, error) {
	var k deskKeys
	var errs [4]error
	k.signing, errs[0] = signingKey(filepath.Join(dir, "signing.pem"))
	k.sealing, errs[1] = sealingIdentity(filepath.Join(dir, "sealing.age"))
	k.recovery, errs[2] = sealingIdentity(filepath.Join(dir, "recovery.age"))
	k.outbox, errs[3] = secret(filepath.Join(dir, "outbox.key"))
	return k, errors.Join(errs[:]...)
}

// public lists them as the directory publishes them.
func (k deskKeys) public() []schemas.Key {
	return []schemas.Key{
		{Use: "signing", Key: signing.FormatPublicKey(publicOf(k.signing))},
		{Use: "sealing", Key: k.sealing.Recipient()},
		{Use: "recovery", Key: k.recovery.Recipient()},
	}
}

func publicOf(key ed25519.PrivateKey) ed25519.PublicKey {
	public, _ := key.Public().(ed25519.PublicKey)
	return public
}

// hubKeys are the operator's key, which is the root of trust, and one for each
// service of the hub that signs.
type hubKeys map[string]ed25519.PrivateKey

var hubSigners = []string{schemas.Operator, intakeService, schemas.Routing, schemas.Vault, schemas.Delivery}

// intakeService signs receipts.
const intakeService = "intake"

func openHubKeys(dir string) (hubKeys, error) {
	keys := make(hubKeys)
	for _, name := range hubSigners {
		key, err := signingKey(filepath.Join(dir, name+".pem"))
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
			keys = append(keys, schemas.Key{Use: "signing", Service: name, Key: signing.FormatPublicKey(publicOf(k[name]))})
		}
	}
	return keys
}
