package desk_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/desk"
)

// owner is what the first token of a desk allows.
var owner = services.Grant{ID: "owner", Agency: harbour, Scopes: services.DeskScopes()}

func scopes(words string) []services.TokenScope {
	var list []services.TokenScope
	for _, w := range strings.Fields(words) {
		list = append(list, services.TokenScope(w))
	}
	return list
}

func TestATokenAllowsWhatItWasMadeFor(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		d := h.desks[harbour]
		made, err := d.AddToken(t.Context(), owner, desk.TokenInput{Scopes: scopes("read file"), Note: "case system"})
		if err != nil {
			t.Fatal(err)
		}
		got, ok := d.Grant(services.HashToken(made.Secret))
		want := services.Grant{ID: made.ID, Agency: harbour, Scopes: scopes("read file"), Expires: h.now().UTC().Add(90 * 24 * time.Hour)}
		expect(t, "grant", got, want)
		if !ok || len(made.Secret) != 64 || len(made.ID) != 12 {
			t.Errorf("%v, a token of %d, an id of %d", ok, len(made.Secret), len(made.ID))
		}
		if _, ok := h.desks[labour].Grant(services.HashToken(made.Secret)); ok {
			t.Error("it opens another desk")
		}
		for range 2 {
			ended, err := d.RevokeToken(t.Context(), made.ID)
			if err != nil || ended.Revoked.IsZero() {
				t.Errorf("revoked: %+v, %v", ended, err)
			}
		}
		if _, ok := d.Grant(services.HashToken(made.Secret)); ok {
			t.Error("it still opens the desk")
		}
		if _, err := d.RevokeToken(t.Context(), "000000000000"); services.KindOf(err) != services.Unknown {
			t.Errorf("one that is not there: %v", err)
		}
		rows, err := d.Tokens(t.Context())
		if err != nil || len(rows) != 1 || rows[0].Note != "case system" {
			t.Errorf("%+v, %v", rows, err)
		}
	})
}

func TestATokenGivesNoMoreThanItHas(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		d := h.desks[harbour]
		soon := h.now().UTC().Add(time.Hour)
		maker := services.Grant{ID: "m", Agency: harbour, Scopes: scopes("read manage"), Expires: soon}
		for words, code := range map[string]string{
			"read": "", "manage read": "", "file": "scope", "read open": "scope", "operator": "scope",
		} {
			made, err := d.AddToken(t.Context(), maker, desk.TokenInput{Scopes: scopes(words), Expires: "never"})
			if code != "" {
				var e *services.Error
				if !errors.As(err, &e) || e.Kind != services.Forbidden || e.Code != code {
					t.Errorf("%s: %v", words, err)
				}
				continue
			}
			if err != nil || !made.Expires.Equal(soon) {
				t.Errorf("%s: ends %v, %v", words, made.Expires, err)
			}
		}
		for lasts, want := range map[string]time.Time{"2h": soon, "30m": h.now().UTC().Add(30 * time.Minute)} {
			made, err := d.AddToken(t.Context(), maker, desk.TokenInput{Scopes: scopes("read"), Expires: lasts})
			if err != nil || !made.Expires.Equal(want) {
				t.Errorf("%s: ends %v, want %v, %v", lasts, made.Expires, want, err)
			}
		}
		// Not even a token that says so: the operator's scope is no desk's.
		_, err := d.AddToken(t.Context(), services.Grant{Agency: harbour, Scopes: scopes("operator")}, desk.TokenInput{Scopes: scopes("operator")})
		if services.KindOf(err) != services.Forbidden {
			t.Errorf("operator: %v", err)
		}
	})
}

func TestATokenInputIsReadStrictly(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		d := h.desks[harbour]
		ok := scopes("read")
		for _, row := range []struct {
			in   desk.TokenInput
			want string // pointer and code; empty: it is made
		}{
			{desk.TokenInput{Scopes: ok, Expires: "1m"}, ""},
			{desk.TokenInput{Scopes: ok, Expires: "3650d"}, ""},
			{desk.TokenInput{Scopes: ok, Expires: "1h30m", Note: strings.Repeat("ก", 100)}, ""},
			{desk.TokenInput{}, "/scopes minItems"},
			{desk.TokenInput{Scopes: scopes("read write")}, "/scopes/1 enum"},
			{desk.TokenInput{Scopes: scopes("read read")}, "/scopes uniqueItems"},
			{desk.TokenInput{Scopes: ok, Expires: "59s"}, "/expires lasts"},
			{desk.TokenInput{Scopes: ok, Expires: "0d"}, "/expires lasts"},
			{desk.TokenInput{Scopes: ok, Expires: "-1d"}, "/expires lasts"},
			{desk.TokenInput{Scopes: ok, Expires: "3651d"}, "/expires lasts"},
			{desk.TokenInput{Scopes: ok, Expires: "99999999999999999999d"}, "/expires lasts"},
			{desk.TokenInput{Scopes: ok, Expires: "1e9h"}, "/expires lasts"},
			{desk.TokenInput{Scopes: ok, Expires: "soon"}, "/expires lasts"},
			{desk.TokenInput{Scopes: ok, Note: strings.Repeat("x", 101)}, "/note maxLength"},
			{desk.TokenInput{Scopes: ok, Note: "a\nb"}, "/note maxLength"},
		} {
			_, err := d.AddToken(t.Context(), owner, row.in)
			got := ""
			if err != nil {
				p := services.AsError(err).Problems
				if len(p) != 1 || schemas.Sentence(p[0], "th") == "" {
					t.Errorf("%+v: %v", row.in, err)
					continue
				}
				got = p[0].Pointer + " " + p[0].Code
			}
			if got != row.want {
				t.Errorf("%+v: %q, want %q", row.in, got, row.want)
			}
		}
	})
}

// A desk is managed as long as a token can make others, and a restart knows it.
func TestManaged(t *testing.T) {
	world(t, func(t *testing.T, h *hub) {
		d := h.desks[harbour]
		if d.Managed() {
			t.Error("managed without a token")
		}
		if err := d.KeepToken(t.Context(), services.HashToken("first")); err != nil {
			t.Fatal(err)
		}
		first, ok := d.Grant(services.HashToken("first"))
		if !ok || !slices.Equal(first.Scopes, services.DeskScopes()) || !first.Expires.IsZero() || !d.Managed() {
			t.Errorf("%+v, %v", first, ok)
		}
		if _, err := d.AddToken(t.Context(), first, desk.TokenInput{Scopes: scopes("manage"), Expires: "1h"}); err != nil {
			t.Fatal(err)
		}
		if _, err := d.RevokeToken(t.Context(), first.ID); err != nil || !d.Managed() {
			t.Errorf("with the second: %v, %v", d.Managed(), err)
		}
		time.Sleep(time.Hour) // of the bubble
		if d.Managed() {
			t.Error("managed by a token that is over")
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		d.open()
		if _, ok := d.Grant(services.HashToken("first")); ok || d.Managed() {
			t.Error("a restart has forgotten that it was revoked")
		}
	})
}
