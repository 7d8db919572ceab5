package sealing_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/saphan-project/saphan/adapters/sealing"
)

func TestIdentityFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "sealing.key")
	id := newIdentity(t)
	if err := id.Save(path); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v; want 0600", info.Mode().Perm())
	}
	if err := newIdentity(t).Save(path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("replacing the file gives %v; want %v", err, fs.ErrExist)
	}
	loaded, err := sealing.LoadIdentity(path)
	if err != nil {
		t.Fatal(err)
	}
	if loaded.Recipient() != id.Recipient() {
		t.Error("the loaded identity is another one")
	}
	got, err := sealing.Open(loaded, header, seal(t, []byte("text"), id))
	if err != nil || string(got) != "text" {
		t.Errorf("the loaded identity opens to %q, %v", got, err)
	}
}

func TestLoadIdentityRefuses(t *testing.T) {
	t.Parallel()
	classic, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	hybrid, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	secret := hybrid.String()
	tests := map[string]struct {
		content string
		mode    os.FileMode
		says    string
	}{
		"world-readable":   {secret, 0o604, "read by others"},
		"group-readable":   {secret, 0o640, "read by others"},
		"empty":            {"", 0o600, "is empty"},
		"no key":           {"# nothing here\n", 0o600, "one age identity"},
		"two keys":         {secret + "\n" + secret + "\n", 0o600, "one age identity"},
		"damaged":          {secret[:len(secret)-1] + "?", 0o600, "one age identity"},
		"not post-quantum": {classic.String(), 0o600, "post-quantum"},
		"too large":        {strings.Repeat("#", 1<<15), 0o600, "too large"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "sealing.key")
			if err := os.WriteFile(path, []byte(test.content), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, test.mode); err != nil {
				t.Fatal(err)
			}
			_, err := sealing.LoadIdentity(path)
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Fatalf("got %v; want an error that says %q", err, test.says)
			}
			if strings.Contains(err.Error(), "AGE-SECRET") {
				t.Error("the error repeats the key")
			}
		})
	}
	if _, err := sealing.LoadIdentity(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file gives %v; want %v", err, fs.ErrNotExist)
	}
	if _, err := sealing.LoadIdentity(t.TempDir()); err == nil {
		t.Error("a folder was loaded")
	}
}
