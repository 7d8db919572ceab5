package signing_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"testing"
	"time"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"

	"github.com/saphan-project/saphan/adapters/signing"
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

const (
	caseID  = "9f0c1d2e3f405162738495a6b7c8d9ea"
	eventID = "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"
	causeID = "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5a"
)

var (
	harbour = schemas.Party{Agency: "shelter-harbour"}
	river   = schemas.Party{Agency: "shelter-riverside"}
	routing = schemas.Party{Service: schemas.Routing}
)

// testKey returns a key that depends on nothing but n.
func testKey(n byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, ed25519.SeedSize))
}

func public(n byte) ed25519.PublicKey { return testKey(n).Public().(ed25519.PublicKey) }

// keyring is a fixed signing.Keyring.
type keyring map[schemas.Party][]ed25519.PublicKey

func (k keyring) SigningKeys(p schemas.Party) []ed25519.PublicKey { return k[p] }

var keys = keyring{
	harbour: {public(2), public(1)},
	river:   {public(3)},
	routing: {public(4)},
}

func accepted() schemas.Draft {
	return schemas.Draft{
		ID: eventID, Author: harbour, Type: "referral.accepted", Subject: caseID, Cause: causeID,
		Time: time.Date(2026, 3, 2, 10, 5, 0, 0, time.UTC),
		Data: schemas.ReferralAccepted{InOffer: schemas.InOffer{
			InReferral: schemas.InReferral{Referral: "00112233445566778899aabbccddeeff"}, Offer: causeID,
		}},
	}
}

// write signs a draft with key n.
func write(t testing.TB, n byte, d schemas.Draft) []byte {
	t.Helper()
	raw, err := signing.NewAuthor(testKey(n)).Write(d)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func decode(t testing.TB, raw []byte) schemas.Event {
	t.Helper()
	e, err := schemas.Decode(raw)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// envelope returns the DSSE envelope of a signed event.
func envelope(t testing.TB, e schemas.Event) dsse.Envelope {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString(schemas.Extension(e, schemas.ExtSignature))
	if err != nil {
		t.Fatal(err)
	}
	var env dsse.Envelope
	if err := json.Unmarshal(raw, &env); err != nil {
		t.Fatal(err)
	}
	return env
}

// attach sets an envelope, or anything else that JSON can hold, as an event's
// signature.
func attach(t testing.TB, e schemas.Event, env any) schemas.Event {
	t.Helper()
	raw, err := json.Marshal(env)
	if err != nil {
		t.Fatal(err)
	}
	signed := e.Clone()
	signed.SetExtension(schemas.ExtSignature, base64.StdEncoding.EncodeToString(raw))
	return signed
}

// sealWith wraps a payload in an envelope that key n has signed.
func sealWith(n byte, payloadType, payload string) dsse.Envelope {
	sig := ed25519.Sign(testKey(n), dsse.PAE(payloadType, []byte(payload)))
	return dsse.Envelope{
		PayloadType: payloadType,
		Payload:     base64.StdEncoding.EncodeToString([]byte(payload)),
		Signatures: []dsse.Signature{{
			KeyID: signing.KeyID(public(n)), Sig: base64.StdEncoding.EncodeToString(sig),
		}},
	}
}

// refused fails the test unless err is the one refusal of a Verifier.
func refused(t testing.TB, err error) {
	t.Helper()
	if err == nil {
		t.Fatal("verified")
	}
	e := services.AsError(err)
	if e.Kind != services.Unauthorized || err.Error() != "unauthorized: signature" {
		t.Fatalf("refused with %q", err)
	}
}

// digest is the SHA-256 of the SHA-256s of its parts.
func digest(parts ...string) string {
	var all []byte
	for _, p := range parts {
		sum := sha256.Sum256([]byte(p))
		all = append(all, sum[:]...)
	}
	sum := sha256.Sum256(all)
	return base64.StdEncoding.EncodeToString(sum[:])
}
