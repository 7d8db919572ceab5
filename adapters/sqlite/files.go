package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"modernc.org/sqlite" // also the driver "sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Names of the files in a desk's folder.
const (
	viewFile = "view.db"
	deskFile = "desk.db"
	lockFile = "lock.db"
)

// Files are the open files of one desk.
type Files struct {
	View     *View
	Desk     *Desk
	Webhooks *Webhooks // in the desk's file
	lock     *lock
}

// ErrLocked says that another process, or another part of this one, has the
// desk's files open.
var ErrLocked = errors.New("another process has them")

// Open opens the files in a folder and makes what is missing, readable by the
// own user only. It fails with ErrLocked when they are open elsewhere, and when
// desk.db was written by a later version.
func Open(ctx context.Context, folder string) (*Files, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("open desk files: %w", err)
	}
	lock, err := acquire(ctx, filepath.Join(folder, lockFile))
	if err != nil {
		return nil, err
	}
	fs := &Files{lock: lock}
	if fs.Desk, err = openDesk(ctx, filepath.Join(folder, deskFile)); err != nil {
		return nil, errors.Join(err, fs.Close())
	}
	fs.Webhooks = &Webhooks{fs.Desk.file}
	if fs.View, err = openView(ctx, filepath.Join(folder, viewFile)); err != nil {
		return nil, errors.Join(err, fs.Close())
	}
	return fs, nil
}

// Close closes the files. It may be called twice.
func (fs *Files) Close() error {
	var errs []error
	if fs.View != nil {
		errs = append(errs, fs.View.close())
	}
	if fs.Desk != nil {
		errs = append(errs, fs.Desk.close())
	}
	return errors.Join(append(errs, fs.lock.close())...)
}

// lock is an exclusive transaction on a file of its own, never committed.
type lock struct {
	*file
	held *sql.Tx
}

func acquire(ctx context.Context, path string) (*lock, error) {
	f, err := open(path, pragma("busy_timeout", "0"), url.Values{"_txlock": {"exclusive"}})
	if err != nil {
		return nil, err
	}
	tx, err := f.write.BeginTx(context.WithoutCancel(ctx), nil)
	if err == nil {
		return &lock{f, tx}, nil
	}
	if is(err, sqlite3.SQLITE_BUSY) {
		err = ErrLocked
	}
	return nil, errors.Join(fmt.Errorf("lock desk files: %w", err), f.close())
}

func (l *lock) close() error { return errors.Join(rollback(l.held), l.file.close()) }

// file is one database: one connection that writes, a few that read.
type file struct {
	write, read *sql.DB
}

const readers = 4

// durable are the settings of both files.
func durable() []url.Values {
	return []url.Values{
		pragma("busy_timeout", "5000"), // ms
		pragma("journal_mode", "WAL"),
		pragma("synchronous", "FULL"),
		pragma("secure_delete", "ON"),
		pragma("foreign_keys", "ON"),
		{"_txlock": {"immediate"}},
	}
}

func pragma(name, value string) url.Values {
	return url.Values{"_pragma": {name + "(" + value + ")"}}
}

// open opens a database, and makes it when it is missing.
func open(path string, settings ...url.Values) (*file, error) {
	if err := private(path); err != nil {
		return nil, fmt.Errorf("open %s: %w", filepath.Base(path), err)
	}
	query := url.Values{}
	for _, s := range settings {
		for name, values := range s {
			query[name] = append(query[name], values...)
		}
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", filepath.Base(path), err)
	}
	name := (&url.URL{Scheme: "file", Path: filepath.ToSlash(absolute), RawQuery: query.Encode()}).String()
	f := &file{}
	if f.write, err = sql.Open("sqlite", name); err != nil {
		return nil, fmt.Errorf("open %s: %w", filepath.Base(path), err)
	}
	f.write.SetMaxOpenConns(1)
	if f.read, err = sql.Open("sqlite", name); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", filepath.Base(path), err), f.write.Close())
	}
	f.read.SetMaxOpenConns(readers)
	return f, nil
}

// private makes a file readable by the own user only before the driver sees it,
// so that its mode holds for its journals too. A file that is there is not
// opened: closing it would end the locks that this process has on it.
func private(path string) error {
	made, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return os.Chmod(path, 0o600)
	}
	if err != nil {
		return err
	}
	return made.Close()
}

func (f *file) close() error { return errors.Join(f.read.Close(), f.write.Close()) }

// change runs do in one transaction, all of it or nothing.
func (f *file) change(ctx context.Context, do func(*sql.Tx) error) error {
	tx, err := f.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := do(tx); err != nil {
		return errors.Join(err, rollback(tx))
	}
	return tx.Commit()
}

// rollback ends a transaction; that ctx has ended it already is no error.
func rollback(tx *sql.Tx) error {
	if err := tx.Rollback(); !errors.Is(err, sql.ErrTxDone) {
		return err
	}
	return nil
}

// version reads user_version.
func (f *file) version(ctx context.Context) (int, error) {
	var v int
	err := f.write.QueryRowContext(ctx, "PRAGMA user_version").Scan(&v)
	return v, err
}

// migrate runs the steps that the file has not seen, each with its count in one
// transaction.
func (f *file) migrate(ctx context.Context, steps []string) error {
	have, err := f.version(ctx)
	if err != nil {
		return err
	}
	if have > len(steps) {
		return errors.New("written by a later version")
	}
	for i := have; i < len(steps); i++ {
		err := f.change(ctx, func(tx *sql.Tx) error {
			if _, err := tx.ExecContext(ctx, steps[i]); err != nil {
				return err
			}
			_, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", i+1))
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// is reports whether the driver failed with one of its codes.
func is(err error, code int) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && e.Code() == code
}

// collect returns a function that reads all rows of a query's answer.
func collect[T any](scan func(*sql.Rows) (T, error)) func(*sql.Rows, error) ([]T, error) {
	return func(rows *sql.Rows, err error) ([]T, error) {
		if err != nil {
			return nil, err
		}
		defer func() { _ = rows.Close() }() // Err below tells whether reading ended well
		var all []T
		for rows.Next() {
			one, err := scan(rows)
			if err != nil {
				return nil, err
			}
			all = append(all, one)
		}
		return all, rows.Err()
	}
}
