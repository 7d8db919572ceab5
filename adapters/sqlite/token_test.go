package sqlite_test

import (
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
