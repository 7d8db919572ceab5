//go:build linux || darwin || freebsd || netbsd || openbsd

package natsbus

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// LockFolder makes the folder and locks it until the file is closed or the process
// ends: two brokers or two desks in one folder would destroy it. A folder that another
// one has locked is syscall.EWOULDBLOCK.
func LockFolder(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("lock folder: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock folder: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("lock folder: in use: %w", err), f.Close())
	}
	return f, nil
}
