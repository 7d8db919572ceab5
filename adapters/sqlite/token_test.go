package sqlite_test

import (
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"github.com/saphan-project/saphan/adapters/sqlite"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/desk"
)

func tokensOf(t *testing.T, d *sqlite.Desk) []desk.Token {
	t.Helper()
	found, err := d.Tokens(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestTokens(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	fs := open(t, folder)
	first := desk.Token{ID: "bbb", Hash: services.HashToken("one"), Scopes: services.DeskScopes(), Created: dawn}
	second := desk.Token{
		ID: "aaa", Hash: services.HashToken("two"), Scopes: []services.TokenScope{services.MayRead}, Note: "case system",
		Created: dawn, Expires: dawn.Add(time.Hour),
	}
	for _, tok := range []desk.Token{first, second} {
		if err := fs.Desk.AddToken(t.Context(), tok); err != nil {
			t.Fatal(err)
		}
	}
	for _, taken := range []desk.Token{{ID: "bbb", Hash: services.HashToken("three")}, {ID: "ccc", Hash: second.Hash}} {
		if err := fs.Desk.AddToken(t.Context(), taken); err == nil {
			t.Errorf("%s was added over one that is there", taken.ID)
		}
	}
	for _, at := range []time.Time{dawn.Add(time.Minute), dawn.Add(time.Hour)} { // the first time counts
		if err := fs.Desk.RevokeToken(t.Context(), "aaa", at); err != nil {
			t.Fatal(err)
		}
	}
	if err := fs.Desk.RevokeToken(t.Context(), "zzz", dawn); err != nil {
		t.Errorf("one that is not there: %v", err)
	}
	if err := fs.Close(); err != nil {
		t.Fatal(err)
	}
	second.Revoked = dawn.Add(time.Minute)
	expect(t, "tokens", tokensOf(t, open(t, folder).Desk), []desk.Token{first, second})
}

// A file of an earlier version gets what it lacks, and keeps what it has.
func TestAnOlderFileIsMigrated(t *testing.T) {
	t.Parallel()
	for version := 1; version <= 2; version++ {
		folder := t.TempDir()
		fs := open(t, folder)
		if err := fs.Desk.Append(t.Context(), []desk.Row{row(eventA, caseA)}, nil); err != nil {
			t.Fatal(err)
		}
		if err := fs.Close(); err != nil {
			t.Fatal(err)
		}
		age(t, filepath.Join(folder, "desk.db"), version)
		again := open(t, folder).Desk
		if r, err := again.Row(t.Context(), eventA); err != nil || r.Scope != caseA {
			t.Errorf("version %d: row %+v, %v", version, r, err)
		}
		expect(t, "tokens", tokensOf(t, again), nil)
		if err := again.AddToken(t.Context(), desk.Token{ID: "a", Created: dawn}); err != nil {
			t.Error(err)
		}
	}
}

// age takes from desk.db what came after a version.
func age(t *testing.T, path string, version int) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("DROP TABLE token"); err != nil {
		t.Fatal(err)
	}
	if version < 2 {
		if _, err := db.Exec("DROP INDEX outbox_scope"); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	setVersion(version)(t, path)
}
