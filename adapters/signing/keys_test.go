package signing_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"

	"github.com/saphan-project/saphan/adapters/signing"
)

func TestKeyInText(t *testing.T) {
	t.Parallel()
	key, err := signing.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	text, err := signing.FormatKey(key)
	if err != nil {
		t.Fatal(err)
	}
	if parsed, err := signing.ParseKey(text); err != nil || !parsed.Equal(key) {
		t.Errorf("another key was parsed, or none: %v", err)
	}
	if _, err := signing.FormatKey(key[:8]); err == nil {
		t.Error("half a key was formatted")
	}
}

func TestParseKeyRefuses(t *testing.T) {
	t.Parallel()
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	good := inPEM("PRIVATE KEY", inDER(t, testKey(1)))
	tests := map[string]struct{ text, says string }{
		"empty":        {"", "one private key in PEM"},
		"not pem":      {"invented", "one private key in PEM"},
		"two keys":     {good + good, "one private key in PEM"},
		"public key":   {inPEM("PUBLIC KEY", inDER(t, testKey(1))), "one private key in PEM"},
		"damaged":      {inPEM("PRIVATE KEY", inDER(t, testKey(1))[1:]), "Ed25519"},
		"another kind": {inPEM("PRIVATE KEY", inDER(t, curve)), "Ed25519"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := signing.ParseKey([]byte(test.text)); err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %v; want an error that says %q", err, test.says)
			}
		})
	}
}

func FuzzParseKey(f *testing.F) {
	f.Add([]byte(inPEM("PRIVATE KEY", inDER(f, testKey(1)))))
	f.Add([]byte("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		key, err := signing.ParseKey(text)
		if err != nil {
			return
		}
		written, err := signing.FormatKey(key)
		if err != nil {
			t.Fatal(err)
		}
		again, err := signing.ParseKey(written)
		if err != nil || !bytes.Equal(again, key) {
			t.Errorf("what was read cannot be written: %v", err)
		}
	})
}

func inDER(t testing.TB, key any) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func inPEM(typ string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: typ, Bytes: der}))
}
