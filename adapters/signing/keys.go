package signing

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
)

const (
	pemType     = "PRIVATE KEY"
	maxKeyFile  = 4 << 10 // bytes; ours has 119
	privateMode = 0o600
	othersMode  = 0o077
)

// GenerateKey returns a new random key.
func GenerateKey() (ed25519.PrivateKey, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("generate signing key: %w", err)
	}
	return key, nil
}

// SaveKey writes the key to a new file that only its owner can read, as PKCS #8
// in PEM. It never replaces a file: an existing one is fs.ErrExist.
func SaveKey(path string, key ed25519.PrivateKey) error {
	if len(key) != ed25519.PrivateKeySize {
		return fmt.Errorf("save signing key: %w", errKeySize)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return fmt.Errorf("save signing key: %w", err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, privateMode)
	if err != nil {
		return fmt.Errorf("save signing key: %w", err)
	}
	err = errors.Join(pem.Encode(f, &pem.Block{Type: pemType, Bytes: der}), f.Sync(), f.Close())
	if err != nil {
		return fmt.Errorf("save signing key: %w", errors.Join(err, os.Remove(path)))
	}
	return nil
}

// LoadKey reads a key that SaveKey wrote. It fails when the file can be read by
// others than its owner, is empty, or holds anything but one Ed25519 key; a
// missing file is fs.ErrNotExist. No error repeats what the file holds.
func LoadKey(path string) (ed25519.PrivateKey, error) {
	raw, err := readPrivate(path)
	if err != nil {
		return nil, fmt.Errorf("load signing key: %w", err)
	}
	block, rest := pem.Decode(raw)
	if block == nil || block.Type != pemType || len(rest) != 0 {
		return nil, fmt.Errorf("load signing key: %s does not hold one private key in PEM", path)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	key, ok := parsed.(ed25519.PrivateKey)
	if err != nil || !ok {
		return nil, fmt.Errorf("load signing key: %s does not hold an Ed25519 key", path)
	}
	return key, nil
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
