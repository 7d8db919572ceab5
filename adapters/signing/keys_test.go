package signing_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/saphan-project/saphan/adapters/signing"
)

func TestKeyFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "signing.key")
	key, err := signing.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	if err := signing.SaveKey(path, key); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v; want 0600", info.Mode().Perm())
	}
	if loaded, err := signing.LoadKey(path); err != nil || !loaded.Equal(key) {
		t.Errorf("another key was loaded, or none: %v", err)
	}
	if err := signing.SaveKey(path, testKey(1)); !errors.Is(err, fs.ErrExist) {
		t.Errorf("replacing the file gives %v; want %v", err, fs.ErrExist)
	}
	if err := signing.SaveKey(filepath.Join(t.TempDir(), "short.key"), key[:8]); err == nil {
		t.Error("half a key was saved")
	}
}

func TestLoadKeyRefuses(t *testing.T) {
	t.Parallel()
	der := func(key any) []byte {
		b, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	text := func(typ string, b []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: typ, Bytes: b}))
	}
	good := text("PRIVATE KEY", der(testKey(1)))
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		content string
		mode    os.FileMode
		says    string
	}{
		"world-readable": {good, 0o604, "read by others"},
		"group-readable": {good, 0o640, "read by others"},
		"empty":          {"", 0o600, "is empty"},
		"not pem":        {"invented", 0o600, "one private key in PEM"},
		"two keys":       {good + good, 0o600, "one private key in PEM"},
		"public key":     {text("PUBLIC KEY", der(testKey(1))), 0o600, "one private key in PEM"},
		"damaged":        {text("PRIVATE KEY", der(testKey(1))[1:]), 0o600, "Ed25519"},
		"another kind":   {text("PRIVATE KEY", der(curve)), 0o600, "Ed25519"},
		"too large":      {good + strings.Repeat(" ", 1<<13), 0o600, "too large"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "signing.key")
			if err := os.WriteFile(path, []byte(test.content), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, test.mode); err != nil {
				t.Fatal(err)
			}
			if _, err := signing.LoadKey(path); err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %v; want an error that says %q", err, test.says)
			}
		})
	}
	if _, err := signing.LoadKey(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file gives %v; want %v", err, fs.ErrNotExist)
	}
	if _, err := signing.LoadKey(t.TempDir()); err == nil {
		t.Error("a folder was loaded")
	}
}
