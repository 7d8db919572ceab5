package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saphan-project/saphan/adapters/deskclient"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/desk"
)

const cliTokens = "TOKEN         ALLOWS      MADE              ENDS              NOTE\n" +
	"3f9a01c2d4e5  read, file  2026-11-24 17:30  2026-11-25 17:30  case \\u001b[31msystem\n"

func TestATokenIsShownOnce(t *testing.T) {
	t.Parallel()
	d := &cliDesk{}
	got := d.play(t, "", "token", "add", "--scope", "read,file", "--note", "case system")
	expect(t, got, said{0, "5ec2e7\n" + cliTokens, ""})
	want := desk.TokenInput{Scopes: []services.TokenScope{services.MayRead, services.MayFile}, Expires: "90d", Note: "case system"}
	if diff := cmp.Diff(want, d.wanted); diff != "" {
		t.Errorf("the desk was told (-want +got):\n%s", diff)
	}
	var made desk.NewToken
	got = d.play(t, "", "token", "add", "--scope", "read", "--expires", "never", "--json")
	if err := json.Unmarshal([]byte(got.out), &made); err != nil || made.Secret != "5ec2e7" || d.wanted.Expires != "never" {
		t.Errorf("%v: %+v", err, got)
	}
}

// With --out the token goes into a desk file, and nowhere else.
func TestATokenGoesIntoADeskFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "partner.json")
	d := &cliDesk{}
	expect(t, d.play(t, "", "token", "add", "--scope", "read", "--out", path), said{0, cliTokens, ""})
	f, err := deskclient.Load(path)
	if err != nil || f.Token != "5ec2e7" || f.Agency != sampleHarbour || f.URL == "" {
		t.Errorf("%+v, %v", f, err)
	}
	d.wanted = desk.TokenInput{}
	if got := d.play(t, "", "token", "add", "--scope", "read", "--out", path); got.exit != exitUsage || len(d.wanted.Scopes) > 0 {
		t.Errorf("over a file that is there: %+v", got)
	}
}

func TestTokensAreListedAndEnded(t *testing.T) {
	t.Parallel()
	expect(t, (&cliDesk{}).play(t, "", "token", "ls"), said{0, `TOKEN         ALLOWS                    MADE              ENDS              NOTE
3f9a01c2d4e5  read, file                2026-11-24 17:30  2026-11-25 17:30  case \u001b[31msystem
000000000000  read, file, open, manage  2026-11-24 17:30  never
`, ""})
	got := (&cliDesk{}).play(t, "", "token", "revoke", "3f9a01c2d4e5")
	if got.exit != 0 || !strings.Contains(got.out, "revoked 2026-11-24 18:30") {
		t.Errorf("%+v", got)
	}
}

func TestTokenFlagsAreChecked(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"token add":                       "--scope is missing",
		"token add --scope read,operator": "unknown value of --scope",
		"token add --scope read --out .":  "there is such a file already",
		"token revoke":                    "wrong number of arguments",
	} {
		d := &cliDesk{}
		if got := d.play(t, "", strings.Fields(typed)...); got.exit != exitUsage || !strings.Contains(got.err, want) || len(d.wanted.Scopes) > 0 {
			t.Errorf("%s: %+v", typed, got)
		}
	}
}

// A desk has one token to begin with, in files for its owner alone, and keeps its
// hash alone. A crash before that leaves files of a token that opens nothing; the
// next start writes new ones.
func TestTheFirstToken(t *testing.T) {
	t.Parallel()
	w := startWhole(t, nil)
	dir, d := deskDir(w.dir, sampleHarbour), w.site.desks.running(sampleHarbour)
	file := filepath.Join(dir, "desk.json")
	first, err := deskclient.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	g, ok := d.Grant(services.HashToken(first.Token))
	if !ok || !cmp.Equal(g.Scopes, services.DeskScopes()) || !g.Expires.IsZero() {
		t.Errorf("%+v, %v", g, ok)
	}
	curl, err := readPrivate(filepath.Join(dir, "curl.conf"))
	if err != nil || !strings.Contains(string(curl), first.Token) {
		t.Errorf("curl.conf has another token, %v", err)
	}
	for _, name := range []string{"desk.db", "desk.db-wal", "view.db"} {
		raw, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || strings.Contains(string(raw), first.Token) {
			t.Errorf("%s: it has the token itself, or %v", name, err)
		}
	}
	address := deskclient.DeskFile{URL: "http://127.0.0.1:1", Agency: sampleHarbour}
	if err := d.openToken(t.Context(), address); err != nil {
		t.Fatal(err)
	}
	if again, err := deskclient.Load(file); err != nil || again.Token != first.Token || again.URL != address.URL {
		t.Errorf("another token, or the address is out of date: %v", err)
	}
	if _, err := d.RevokeToken(t.Context(), g.ID); err != nil { // the last one that manages the desk
		t.Fatal(err)
	}
	if err := d.openToken(t.Context(), address); err != nil {
		t.Fatal(err)
	}
	second, err := deskclient.Load(file)
	if _, ok := d.Grant(services.HashToken(second.Token)); err != nil || !ok || second.Token == first.Token {
		t.Errorf("no new token: %v, %v", ok, err)
	}
}
