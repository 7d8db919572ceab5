package sealing

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"filippo.io/age"
)

const (
	maxKeyFile  = 16 << 10 // bytes; ours has about 2,000
	privateMode = 0o600
	othersMode  = 0o077
)

// Identity is the secret key that opens what was sealed to its Recipient.
type Identity struct {
	key *age.HybridIdentity
}

// GenerateIdentity returns a new random identity.
func GenerateIdentity() (*Identity, error) {
	key, err := age.GenerateHybridIdentity()
	if err != nil {
		return nil, fmt.Errorf("generate sealing key: %w", err)
	}
	return &Identity{key: key}, nil
}

// Recipient returns the public half, as the directory holds it: "age1pq1…",
// about 2,000 characters.
func (i *Identity) Recipient() string { return i.key.Recipient().String() }

// Save writes the identity to a new file that only its owner can read, in
// age's own text format: the command age can use it. It never replaces a file:
// an existing one is fs.ErrExist.
func (i *Identity) Save(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, privateMode)
	if err != nil {
		return fmt.Errorf("save sealing key: %w", err)
	}
	_, err = fmt.Fprintf(f, "# public key: %s\n%s\n", i.Recipient(), i.key)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return fmt.Errorf("save sealing key: %w", errors.Join(err, os.Remove(path)))
	}
	return nil
}

// LoadIdentity reads an identity that Save wrote. It fails when the file can be
// read by others than its owner, is empty, or holds anything but one hybrid
// identity; a missing file is fs.ErrNotExist.
func LoadIdentity(path string) (*Identity, error) {
	raw, err := readPrivate(path)
	if err != nil {
		return nil, fmt.Errorf("load sealing key: %w", err)
	}
	parsed, err := age.ParseIdentities(bytes.NewReader(raw))
	if err != nil || len(parsed) != 1 {
		return nil, fmt.Errorf("load sealing key: %s does not hold one age identity", path)
	}
	key, ok := parsed[0].(*age.HybridIdentity)
	if !ok {
		return nil, fmt.Errorf("load sealing key: %s does not hold a post-quantum identity", path)
	}
	return &Identity{key: key}, nil
}

// readPrivate reads a small file that only its owner may read.
func readPrivate(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	switch {
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a file", path)
	case info.Mode().Perm()&othersMode != 0:
		return nil, fmt.Errorf("%s can be read by others; set its mode to 0600", path)
	case info.Size() == 0:
		return nil, fmt.Errorf("%s is empty", path)
	case info.Size() > maxKeyFile:
		return nil, fmt.Errorf("%s is too large for a key", path)
	}
	return io.ReadAll(io.LimitReader(f, maxKeyFile))
}
