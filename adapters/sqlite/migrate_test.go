package sqlite_test

import (
	"database/sql"
	"path/filepath"
	"testing"

	"github.com/saphan-project/saphan/adapters/sqlite"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/desk"
	"github.com/saphan-project/saphan/services/webhook"
)

// undo takes back each step of desk.db but the first.
var undo = []string{
	"DROP INDEX outbox_scope", "DROP TABLE token", "DROP TABLE feed",
	"DROP TABLE delivery; DROP TABLE webhook_key; DROP TABLE webhook",
}

// A file of an earlier version keeps what it has, and gets what it lacks.
func TestAnOlderFileIsMigrated(t *testing.T) {
	t.Parallel()
	for version := 1; version <= len(undo); version++ {
		folder := t.TempDir()
		fs := open(t, folder)
		if err := fs.Desk.Append(t.Context(), []desk.Row{row(eventA, caseA)}, nil); err != nil {
			t.Fatal(err)
		}
		if err := fs.Close(); err != nil {
			t.Fatal(err)
		}
		age(t, filepath.Join(folder, "desk.db"), version)
		again := open(t, folder)
		if r, err := again.Desk.Row(t.Context(), eventA); err != nil || r.Scope != caseA {
			t.Errorf("version %d: row %+v, %v", version, r, err)
		}
		for what, err := range map[string]error{
			"token":    again.Desk.AddToken(t.Context(), desk.Token{ID: "a", Hash: services.HashToken("a"), Created: dawn}),
			"webhooks": again.Webhooks.Add(t.Context(), webhook.Endpoint{ID: "a", State: webhook.Active, Made: dawn, Changed: dawn}),
			"feed":     again.Desk.Announce(t.Context(), at(linked(t, eventA, caseA, 1)), nil),
		} {
			if err != nil {
				t.Errorf("version %d: %s: %v", version, what, err)
			}
		}
	}
}

// age takes back what desk.db got after a version.
func age(t *testing.T, path string, version int) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	for i := len(undo) - 1; i >= version-1; i-- {
		if _, err := db.Exec(undo[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	setVersion(version)(t, path)
}

// The steps that can be taken back are all that there are.
func TestEveryStepIsTakenBack(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := open(t, folder).Close(); err != nil {
		t.Fatal(err)
	}
	setVersion(len(undo)+2)(t, filepath.Join(folder, "desk.db"))
	if _, err := sqlite.Open(t.Context(), folder); err == nil {
		t.Error("desk.db has more steps than undo knows")
	}
}
