//go:build !(linux || darwin || freebsd || netbsd || openbsd)

package natsbus

import (
	"fmt"
	"os"
	"path/filepath"
)

// LockFolder makes the folder. On this system nothing keeps a second process
// out of it.
func LockFolder(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("lock folder: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock folder: %w", err)
	}
	return f, nil
}
