package deskclient

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"github.com/saphan-project/saphan/schemas"
)

// DeskFile says where a desk is and holds the token that opens it. Whoever can
// read the file can act as the agency.
type DeskFile struct {
	URL    string `json:"url"` // as in "http://127.0.0.1:8088"
	Agency string `json:"agency"`
	Token  string `json:"token"`
}

// Errors of Load. They never quote the file.
var (
	ErrExposed   = errors.New("others can read the desk file: make it yours alone (chmod 600)")
	ErrMalformed = errors.New("this is no desk file")
)

// Load reads a desk file. It refuses one that anybody but its owner can read.
func Load(path string) (DeskFile, error) {
	info, err := os.Stat(path)
	if err != nil {
		return DeskFile{}, fmt.Errorf("read desk file: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return DeskFile{}, ErrExposed
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return DeskFile{}, fmt.Errorf("read desk file: %w", err)
	}
	var f DeskFile
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil || !f.valid() {
		return DeskFile{}, ErrMalformed
	}
	return f, nil
}

func (f DeskFile) valid() bool {
	u, err := url.Parse(f.URL)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" &&
		schemas.ValidAgency(f.Agency) && f.Token != ""
}

// Save writes the desk file for its owner alone, whole or not at all, and makes
// its folder.
func (f DeskFile) Save(path string) error {
	raw, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return fmt.Errorf("write desk file: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("write desk file: %w", err)
	}
	fresh := path + ".new"
	if err := os.Remove(fresh); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("write desk file: %w", err)
	}
	if err := os.WriteFile(fresh, append(raw, '\n'), 0o600); err != nil {
		return fmt.Errorf("write desk file: %w", err)
	}
	if err := os.Rename(fresh, path); err != nil {
		return fmt.Errorf("write desk file: %w", err)
	}
	return nil
}
