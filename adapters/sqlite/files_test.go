package sqlite_test

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/saphan-project/saphan/adapters/sqlite"
	"github.com/saphan-project/saphan/services/desk"
)

func open(t *testing.T, folder string) *sqlite.Files {
	t.Helper()
	fs, err := sqlite.Open(t.Context(), folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := fs.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return fs
}

func TestOneAtATime(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	fs := open(t, folder)
	if _, err := sqlite.Open(t.Context(), folder); !errors.Is(err, sqlite.ErrLocked) {
		t.Errorf("opened twice: %v", err)
	}
	for range 2 {
		if err := fs.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
	open(t, folder)
}

func TestFilesArePrivate(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "desk with a space & more?")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "desk.db"), nil, 0o644); err != nil { // as somebody may have left it
		t.Fatal(err)
	}
	fs := open(t, folder)
	if err := fs.Desk.Append(t.Context(), []desk.Row{row(eventA, caseA)}, nil); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) < 5 {
		t.Fatalf("%d files: %v", len(entries), err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", e.Name(), info.Mode(), err)
		}
	}
}

// folderOf tells the test binary, run as a process of its own, to be a desk.
const folderOf = "SAPHAN_TEST_FOLDER"

// TestMain lets the binary be the process that dies in TestCrash.
func TestMain(m *testing.M) {
	if folder := os.Getenv(folderOf); folder != "" {
		os.Exit(dieIn(folder))
	}
	os.Exit(m.Run())
}

// dieIn opens the files, stores a row, says so, and never closes anything.
func dieIn(folder string) int {
	ctx, stop := newContext()
	defer stop()
	fs, err := sqlite.Open(ctx, folder)
	if err != nil {
		return 2
	}
	if err := fs.Desk.Append(ctx, []desk.Row{row(eventA, caseA)}, nil); err != nil {
		return 3
	}
	fmt.Println("stored")
	_, _ = os.Stdin.Read(make([]byte, 1)) // until it is killed
	return 4
}

// A process that is killed keeps nobody out, and what it stored is there.
func TestCrash(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	victim := exec.CommandContext(t.Context(), binary)
	victim.Env = append(os.Environ(), folderOf+"="+folder)
	held, err := victim.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	said, err := victim.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	line := make([]byte, len("stored"))
	if _, err := said.Read(line); err != nil || string(line) != "stored" {
		t.Fatalf("the process said %q: %v", line, err)
	}
	if _, err := sqlite.Open(t.Context(), folder); !errors.Is(err, sqlite.ErrLocked) {
		t.Errorf("while another process has the files: %v", err)
	}
	if err := victim.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_, _ = victim.Process.Wait()
	_ = held.Close()

	fs := open(t, folder)
	if r, err := fs.Desk.Row(t.Context(), eventA); err != nil || r.Standing != desk.Waiting {
		t.Errorf("row after the crash: %+v, %v", r, err)
	}
}

// A view that cannot be used is made anew; the outbox is never.
func TestUnusable(t *testing.T) {
	t.Parallel()
	garbage := bytes.Repeat([]byte("no database "), 1000)
	for _, c := range []struct {
		name, file string
		spoil      func(t *testing.T, path string)
		fails      bool
	}{
		{"view of another version", "view.db", setVersion(99), false},
		{"view that is none", "view.db", overwrite(garbage), false},
		{"empty view", "view.db", overwrite(nil), false},
		{"outbox of a later version", "desk.db", setVersion(99), true},
		{"outbox that is none", "desk.db", overwrite(garbage), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			fs := open(t, folder)
			put(t, fs.View, linked(t, eventA, caseA, 1))
			if err := fs.View.Rewound(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := fs.Close(); err != nil {
				t.Fatal(err)
			}
			c.spoil(t, filepath.Join(folder, c.file))
			fs, err := sqlite.Open(t.Context(), folder)
			if c.fails {
				if err == nil {
					t.Error("it was opened")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = fs.Close() }()
			if stale, err := fs.View.Stale(t.Context()); err != nil || !stale {
				t.Errorf("stale: %v, %v", stale, err)
			}
		})
	}
}

func overwrite(content []byte) func(*testing.T, string) {
	return func(t *testing.T, path string) {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func setVersion(v int) func(*testing.T, string) {
	return func(t *testing.T, path string) {
		db, err := sql.Open("sqlite", path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(fmt.Sprintf("PRAGMA user_version = %d", v)); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// The view stays as it was when it is opened again.
func TestReopen(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	fs := open(t, folder)
	if stale, err := fs.View.Stale(t.Context()); err != nil || !stale {
		t.Errorf("a new view is stale: %v, %v", stale, err)
	}
	if err := fs.View.Rewound(t.Context()); err != nil {
		t.Fatal(err)
	}
	put(t, fs.View, linked(t, eventA, caseA, 1))
	if err := fs.Close(); err != nil {
		t.Fatal(err)
	}
	fs = open(t, folder)
	if stale, err := fs.View.Stale(t.Context()); err != nil || stale {
		t.Errorf("an old view is stale: %v, %v", stale, err)
	}
	if facts := factsOf(t, fs.View, caseA); len(facts) != 1 {
		t.Errorf("%d facts", len(facts))
	}
}
