package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// A private file is one that only its owner may read: a key, a secret, what opens
// a desk. Errors about one name it, and never say what it holds.

const (
	maxPrivate  = 16 << 10 // bytes; the largest of ours, a sealing key, has about 2,000
	privateMode = 0o600
	folderMode  = 0o700
	othersMode  = 0o077
)

// readPrivate reads a private file. It fails when others may read it, and when it
// is empty, too large or no file; a missing one is fs.ErrNotExist.
func readPrivate(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fileError("read", path, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fileError("read", path, err)
	}
	for _, wrong := range []struct {
		is   bool
		text string
	}{
		{!info.Mode().IsRegular(), "not a file"},
		{info.Mode().Perm()&othersMode != 0, "others can read it; set its mode to 0600"},
		{info.Size() == 0, "empty"},
		{info.Size() > maxPrivate, "too large"},
	} {
		if wrong.is {
			return nil, fileError("read", path, errors.New(wrong.text))
		}
	}
	content, err := io.ReadAll(io.LimitReader(f, maxPrivate))
	if err != nil {
		return nil, fileError("read", path, err)
	}
	return content, nil
}

// createPrivate writes a new private file. It never replaces one: an existing one
// is fs.ErrExist, and stays as it is.
func createPrivate(path string, content []byte) error {
	return writePrivate(path, content, func(from, to string) error {
		return errors.Join(os.Link(from, to), os.Remove(from))
	})
}

// replacePrivate writes a private file in place of the one that is there, if any.
func replacePrivate(path string, content []byte) error {
	return writePrivate(path, content, os.Rename)
}

// writePrivate writes a file under another name, and puts it in its place when it
// is on the disk: after a crash it is there whole or not at all.
func writePrivate(path string, content []byte, place func(from, to string) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*") // of mode 0600
	if err != nil {
		return fileError("write", path, err)
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = place(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // it may have gone to its place
		return fileError("write", path, err)
	}
	return syncFolder(filepath.Dir(path))
}

// makeFolder makes a folder that only its owner may enter, and those above it
// that are missing. Each is on the disk when it returns.
func makeFolder(path string) error {
	err := os.Mkdir(path, folderMode)
	if errors.Is(err, fs.ErrNotExist) {
		if err := makeFolder(filepath.Dir(path)); err != nil {
			return err
		}
		err = os.Mkdir(path, folderMode)
	}
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil
	case err != nil:
		return fileError("make", path, err)
	}
	return syncFolder(filepath.Dir(path))
}

// syncFolder puts on the disk which files a folder has.
func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fileError("sync", path, err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fileError("sync", path, err)
	}
	return nil
}

// fileError says what could not be done with a file, without the folders above it.
func fileError(doing, path string, err error) error {
	var at *fs.PathError
	var from *os.LinkError
	switch {
	case errors.As(err, &at):
		err = at.Err
	case errors.As(err, &from):
		err = from.Err
	}
	return fmt.Errorf("%s %s: %w", doing, filepath.Base(path), err)
}
