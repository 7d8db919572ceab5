package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const invented = "invented secret"

func TestAPrivateFileIsForItsOwner(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "invented.key")
	if _, err := readPrivate(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file gives %v", err)
	}
	if err := createPrivate(path, []byte(invented)); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("mode %v, %v; want 0600", info.Mode(), err)
	}
	if err := createPrivate(path, []byte("other")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("to create it again gives %v", err)
	}
	if got, err := readPrivate(path); err != nil || string(got) != invented {
		t.Errorf("read %q, %v", got, err)
	}
	if err := replacePrivate(path, []byte("other")); err != nil {
		t.Fatal(err)
	}
	if got, err := readPrivate(path); err != nil || string(got) != "other" {
		t.Errorf("replaced by %q, %v", got, err)
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
		t.Errorf("%v: the folder holds %v", err, left)
	}
}

func TestReadPrivateRefuses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		content string
		mode    os.FileMode
		says    string
	}{
		"for everybody": {invented, 0o604, "others can read it"},
		"for the group": {invented, 0o640, "others can read it"},
		"to be written": {invented, 0o620, "others can read it"},
		"empty":         {"", 0o600, "empty"},
		"too large":     {strings.Repeat(invented, 2000), 0o600, "too large"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			path := filepath.Join(dir, "invented.key")
			if err := os.WriteFile(path, []byte(test.content), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, test.mode); err != nil {
				t.Fatal(err)
			}
			refusedAs(t, func() error { _, err := readPrivate(path); return err }, "read invented.key: "+test.says, dir)
		})
	}
}

func TestReadPrivateRefusesAFolder(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "invented.key")
	if err := makeFolder(dir); err != nil {
		t.Fatal(err)
	}
	refusedAs(t, func() error { _, err := readPrivate(dir); return err }, "read invented.key: not a file", filepath.Dir(dir))
}

func TestAPrivateFileThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	refusedAs(t, func() error {
		return createPrivate(filepath.Join(dir, "missing", "invented.key"), []byte(invented))
	}, "write invented.key: ", dir)
}

// refusedAs fails unless do is refused in these words, which name the file alone
// and nothing of what is in it.
func refusedAs(t *testing.T, do func() error, says, dir string) {
	t.Helper()
	err := do()
	if err == nil || !strings.HasPrefix(err.Error(), says) {
		t.Fatalf("got %v; want %q", err, says)
	}
	if strings.Contains(err.Error(), dir) || strings.Contains(err.Error(), invented) {
		t.Errorf("the error tells too much: %v", err)
	}
}

// Every key is made once, kept, and refused when others can read it or it is not
// what it should be. No error repeats a key.
func TestKeysAreKept(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(path string) (string, error){
		"signing": func(path string) (string, error) {
			key, err := signingForm.keep(path)
			return string(key), err
		},
		"sealing": func(path string) (string, error) {
			id, err := sealingForm.keep(path)
			if err != nil {
				return "", err
			}
			return id.Recipient(), nil
		},
		"secret": func(path string) (string, error) {
			key, err := secretForm.keep(path)
			return string(key), err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			path := filepath.Join(dir, "invented.key")
			made, err := open(path)
			if err != nil || len(made) < 32 {
				t.Fatalf("made %d bytes, %v", len(made), err)
			}
			if kept, err := open(path); err != nil || kept != made {
				t.Errorf("another key was loaded, or none: %v", err)
			}
			if err := os.Chmod(path, 0o644); err != nil {
				t.Fatal(err)
			}
			refusedAs(t, func() error { _, err := open(path); return err }, "read invented.key: others can read it", dir)
			if err := replacePrivate(path, []byte(invented)); err != nil {
				t.Fatal(err)
			}
			refusedAs(t, func() error { _, err := open(path); return err }, "read invented.key: ", dir)
		})
	}
}

func TestMakeFolderMakesThoseAbove(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a", "b", "c")
	for range 2 { // to make it again does nothing
		if err := makeFolder(path); err != nil {
			t.Fatal(err)
		}
	}
	for _, dir := range []string{path, filepath.Dir(path)} {
		if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%v, %v", info, err)
		}
	}
	if err := createPrivate(filepath.Join(path, "file"), []byte(invented)); err != nil {
		t.Fatal(err)
	}
	if err := makeFolder(filepath.Join(path, "file", "d")); err == nil {
		t.Error("a folder was made in a file")
	}
}
