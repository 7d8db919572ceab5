package httpapi_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saphan-project/saphan/adapters/httpapi"
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/desk"
)

// A route takes the scope that it needs, and no other one will do.
func TestEveryRouteNeedsItsScope(t *testing.T) {
	t.Parallel()
	w := start(t)
	var every []services.TokenScope
	for _, c := range schemas.Codes(services.TokenScopes) {
		every = append(every, services.TokenScope(c.Code))
	}
	for _, row := range everyRoute {
		if row.needs == "" {
			continue
		}
		a := row.ask
		a.header = and(a.header, "Authorization", "Bearer scoped")
		agency := harbour
		if row.needs == services.MayOperate {
			agency = schemas.HubAgency
		}
		for _, scope := range every {
			scopes := []services.TokenScope{scope}
			if also := alsoNeeds[row.method+" "+row.path]; also != "" {
				scopes = append(scopes, also)
			}
			w.tokens.put("scoped", services.Grant{ID: "1", Agency: agency, Scopes: scopes})
			got := w.send(t, a)
			switch {
			case scope == row.needs && got.status != row.status:
				t.Errorf("%s %s with %s: %d", row.method, row.path, scope, got.status)
			case scope != row.needs && (got.status != 403 || !strings.Contains(got.body, "forbidden:scope")):
				t.Errorf("%s %s with %s alone: %d %s", row.method, row.path, scope, got.status, got.body)
			}
		}
	}
}

// The operator's token opens no desk, whatever it lists, and a desk's is none of
// the operator's.
func TestAllowsTellsDesksFromTheHub(t *testing.T) {
	t.Parallel()
	everything := append(services.DeskScopes(), services.MayOperate)
	for _, scope := range everything {
		for agency, want := range map[string]bool{harbour: scope != services.MayOperate, schemas.HubAgency: scope == services.MayOperate} {
			if got := (services.Grant{Agency: agency, Scopes: everything}).Allows(scope); got != want {
				t.Errorf("%s of %s: %v", scope, agency, got)
			}
			if (services.Grant{Agency: agency}).Allows(scope) {
				t.Errorf("%s: %s without having it", agency, scope)
			}
		}
	}
	w := start(t)
	w.tokens.put("operator", services.Grant{ID: "1", Agency: schemas.HubAgency, Scopes: everything})
	if got := w.send(t, ask{"GET", "/v1/cases", "", map[string]string{"Authorization": "Bearer operator"}}); got.status != 403 {
		t.Errorf("the operator reads a desk: %d %s", got.status, got.body)
	}
}

// A token that is over is as good as none: the same bytes.
func TestATokenThatIsOverIsNone(t *testing.T) {
	t.Parallel()
	w := start(t)
	send := func() reply {
		return w.send(t, ask{"GET", "/v1/cases", "", map[string]string{"Authorization": "Bearer brief"}})
	}
	unknown := send()
	brief := whole(harbour)
	for name, row := range map[string]struct {
		expires time.Time
		status  int
	}{
		"a moment left": {time.Unix(0, 1), 200}, "over at this instant": {time.Unix(0, 0), 401}, "over": {time.Unix(-1, 0), 401},
	} {
		brief.Expires = row.expires
		w.tokens.put("brief", brief)
		got := send()
		if got.status != row.status || got.status == 401 && (got.body != unknown.body || got.header.Get("WWW-Authenticate") != unknown.header.Get("WWW-Authenticate")) {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	w.tokens.put("brief", services.Grant{})
	if got := send(); got.status != 401 || got.body != unknown.body {
		t.Errorf("revoked: %d %s", got.status, got.body)
	}
}

func TestATokenIsMadeInTheNameOfTheOneThatAsks(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.send(t, ask{"POST", "/v1/tokens", `{"scopes":["read","open"],"expires":"24h","note":"case system"}`, asJSON})
	if diff := cmp.Diff(whole(harbour), w.harbour.maker); diff != "" {
		t.Errorf("maker (-want +got):\n%s", diff)
	}
	want := desk.TokenInput{Scopes: []services.TokenScope{"read", "open"}, Expires: "24h", Note: "case system"}
	if diff := cmp.Diff(want, w.harbour.wanted); diff != "" {
		t.Errorf("input (-want +got):\n%s", diff)
	}
	if got := w.send(t, ask{"POST", "/v1/tokens/000000000000/revoke", "", nil}); got.status != 404 {
		t.Errorf("one that is not there: %d", got.status)
	}
}

// Several sources of tokens are one, and each is asked.
func TestTokenSources(t *testing.T) {
	t.Parallel()
	first := httpapi.TokenTable{services.HashToken("a"): whole(harbour)}
	second := httpapi.TokenTable{services.HashToken("b"): whole(labour)}
	both := httpapi.TokenSources{first, second}
	for token, agency := range map[string]string{"a": harbour, "b": labour, "c": "", "": ""} {
		if g, ok := both.Grant(services.HashToken(token)); g.Agency != agency || ok != (agency != "") {
			t.Errorf("%q: %+v, %v", token, g, ok)
		}
	}
}
