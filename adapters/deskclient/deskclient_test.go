package deskclient_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saphan-project/saphan/adapters/deskclient"
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/desk"
)

const (
	caseID   = "4bf92f3577b34da6a3ce929d0e0e4736"
	referral = "5bf92f3577b34da6a3ce929d0e0e4736"
	eventID  = "0190163d-8694-739b-aea5-966c26f8ad91"
)

// asked is what the server saw.
type asked struct{ Method, Path, Type, Auth, Body string }

// serve returns a client of a server that gives one answer, and what it saw.
func serve(t *testing.T, status int, answer string) (*deskclient.Client, *asked) {
	t.Helper()
	seen := &asked{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		*seen = asked{r.Method, r.URL.EscapedPath(), r.Header.Get("Content-Type"), r.Header.Get("Authorization"), string(body)}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(server.Close)
	return deskclient.New(deskclient.DeskFile{URL: server.URL + "/", Agency: "shelter-harbour", Token: "token"}), seen
}

func TestEachMethodAsksItsRoute(t *testing.T) {
	t.Parallel()
	const answer = `{"event":"` + eventID + `","reference":"R","receipt":{"event":"` + eventID + `"}}`
	for name, row := range map[string]struct {
		answer string
		call   func(context.Context, *deskclient.Client) (any, error)
		want   asked
		got    any
	}{
		"file": {answer, func(ctx context.Context, c *deskclient.Client) (any, error) {
			return c.File(ctx, []byte(`{"id":1}`))
		}, asked{"POST", "/v1/events", "application/cloudevents+json", "", `{"id":1}`},
			desk.Answer{Event: eventID, Reference: "R", Receipt: &services.Receipt{Event: eventID}}},
		"receipt": {`{"event":"` + eventID + `"}`, func(ctx context.Context, c *deskclient.Client) (any, error) {
			return c.Receipt(ctx, eventID)
		}, asked{"GET", "/v1/receipts/" + eventID, "", "", ""}, services.Receipt{Event: eventID}},
		"inbox": {`{"items":[{"need":"decide","case":"` + caseID + `"}]}`, func(ctx context.Context, c *deskclient.Client) (any, error) {
			return c.Inbox(ctx)
		}, asked{"GET", "/v1/inbox", "", "", ""}, []desk.Item{{Need: desk.NeedDecide, Case: caseID}}},
		"retry": {answer, func(ctx context.Context, c *deskclient.Client) (any, error) {
			a, err := c.Retry(ctx, eventID)
			return a.Event, err
		}, asked{"POST", "/v1/outbox/" + eventID + "/retry", "application/json", "", "{}"}, eventID},
		"discard": {`{}`, func(ctx context.Context, c *deskclient.Client) (any, error) {
			return nil, c.Discard(ctx, eventID)
		}, asked{"POST", "/v1/outbox/" + eventID + "/discard", "application/json", "", "{}"}, nil},
		"cases": {`{"cases":[{"case":"` + caseID + `"}]}`, func(ctx context.Context, c *deskclient.Client) (any, error) {
			return c.Cases(ctx)
		}, asked{"GET", "/v1/cases", "", "", ""}, []desk.Case{{ID: caseID}}},
		"case": {`{"case":"` + caseID + `"}`, func(ctx context.Context, c *deskclient.Client) (any, error) {
			return c.Case(ctx, "../K7QM ?")
		}, asked{"GET", "/v1/cases/..%2FK7QM%20%3F", "", "", ""}, desk.Case{ID: caseID}},
		"trace": {`{"steps":[{"type":"case.opened"}]}`, func(ctx context.Context, c *deskclient.Client) (any, error) {
			steps, err := c.Trace(ctx, caseID)
			return steps[0].Type, err
		}, asked{"GET", "/v1/cases/" + caseID + "/trace", "", "", ""}, "case.opened"},
		"event": {`{"specversion":"1.0"}`, func(ctx context.Context, c *deskclient.Client) (any, error) {
			raw, err := c.Event(ctx, caseID, eventID)
			return string(raw), err
		}, asked{"GET", "/v1/cases/" + caseID + "/events/" + eventID, "", "", ""}, `{"specversion":"1.0"}`},
		"open": {`{"nights":3}`, func(ctx context.Context, c *deskclient.Client) (any, error) {
			raw, err := c.Open(ctx, desk.OpenInput{Case: caseID, Section: "offer", Purpose: "decide"})
			return string(raw), err
		}, asked{
			"POST", "/v1/cases/" + caseID + "/open", "application/json", "", `{"event":"","purpose":"decide","section":"offer"}`,
		}, `{"nights":3}`},
		"act": {answer, func(ctx context.Context, c *deskclient.Client) (any, error) {
			a, err := c.Act(ctx, "decline", referral, desk.ActInput{Case: caseID, Reason: "cannot_take"})
			return a.Event, err
		}, asked{
			"POST", "/v1/referrals/" + referral + "/decline", "application/json", "",
			`{"case":"` + caseID + `","reason":"cannot_take"}`,
		}, eventID},
		"act on case": {answer, func(ctx context.Context, c *deskclient.Client) (any, error) {
			a, err := c.ActOnCase(ctx, "close", caseID, desk.ActInput{Reason: "settled"})
			return a.Event, err
		}, asked{"POST", "/v1/cases/" + caseID + "/close", "application/json", "", `{"reason":"settled"}`}, eventID},
		"act on batch": {
			`{"batch":"` + referral + `","event":"` + eventID + `","results":[` +
				`{"case":"` + caseID + `","answer":{"reference":"R"}},{"case":"x","problem":{"type":"urn:saphan:problem:conflict:c"}}]}`,
			func(ctx context.Context, c *deskclient.Client) (any, error) {
				a, err := c.ActOnBatch(ctx, "accept", referral, desk.ActInput{Cases: []string{"x"}})
				return []any{a.Batch, a.Event, a.Results[0].Answer.Reference, a.Results[1].Err.Error()}, err
			}, asked{"POST", "/v1/batches/" + referral + "/accept", "application/json", "", `{"cases":["x"]}`},
			[]any{referral, eventID, "R", "conflict: c"},
		},
		"tokens": {`{"tokens":[{"id":"3f9a01c2d4e5","scopes":["read"]}]}`, func(ctx context.Context, c *deskclient.Client) (any, error) {
			return c.Tokens(ctx)
		}, asked{"GET", "/v1/tokens", "", "", ""}, []desk.Token{{ID: "3f9a01c2d4e5", Scopes: []services.TokenScope{services.MayRead}}}},
		"add token": {`{"id":"3f9a01c2d4e5","token":"secret"}`, func(ctx context.Context, c *deskclient.Client) (any, error) {
			made, err := c.AddToken(ctx, desk.TokenInput{Scopes: services.DeskScopes(), Expires: "24h"})
			return made.ID + " " + made.Secret, err
		}, asked{
			"POST", "/v1/tokens", "application/json", "", `{"scopes":["read","file","open","manage"],"expires":"24h"}`,
		}, "3f9a01c2d4e5 secret"},
		"revoke token": {`{"id":"3f9a01c2d4e5"}`, func(ctx context.Context, c *deskclient.Client) (any, error) {
			ended, err := c.RevokeToken(ctx, "3f9a01c2d4e5")
			return ended.ID, err
		}, asked{"POST", "/v1/tokens/3f9a01c2d4e5/revoke", "application/json", "", "{}"}, "3f9a01c2d4e5"},
		"agencies": {`{"agencies":[{"agency":"shelter-harbour"}]}`, func(ctx context.Context, c *deskclient.Client) (any, error) {
			return c.Agencies(ctx)
		}, asked{"GET", "/v1/agencies", "", "", ""}, []desk.Agency{{ID: "shelter-harbour"}}},
		"route": {`{"at":"2026-11-23T16:00:00Z","candidates":[{"agency":"shelter-harbour","why":["named"]}],"missing":[{"kind":"police","agencies":["a"]}]}`,
			func(ctx context.Context, c *deskclient.Client) (any, error) {
				told, err := c.Route(ctx, desk.RouteInput{Asked: schemas.ReferralRequested{Service: "shelter", AgeClass: "adult", Area: schemas.Area{Kind: "at_sea"}}})
				return told.Candidates[0].Agency + " " + told.Missing[0].Kind + " " + told.At.String(), err
			}, asked{
				"POST", "/v1/route", "application/json", "",
				`{"asked":{"service":"shelter","area":{"kind":"at_sea"},"age_class":"adult","priority":"","basis":""}}`,
			}, "shelter-harbour police 2026-11-23 16:00:00 +0000 UTC"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, seen := serve(t, 200, row.answer)
			got, err := row.call(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			row.want.Auth = "Bearer token"
			if diff := cmp.Diff(row.want, *seen); diff != "" {
				t.Errorf("asked (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(row.got, got); diff != "" {
				t.Errorf("got (-want +got):\n%s", diff)
			}
		})
	}
}

func TestABatchHasAResultForEachEvent(t *testing.T) {
	t.Parallel()
	c, seen := serve(t, 207, `[
		{"id":"a","status":201,"answer":{"event":"a","receipt":{}}},
		{"id":"b","status":409,"problem":{"type":"urn:saphan:problem:conflict:id_reused","status":409}},
		{"id":"c","status":418}]`)
	got, err := c.FileBatch(t.Context(), []byte("[]"))
	if err != nil || len(got) != 3 || seen.Type != "application/cloudevents-batch+json" {
		t.Fatal(got, err, seen)
	}
	if got[0].Err != nil || got[0].Answer.Waits() || got[1].Answer.Event != "b" {
		t.Errorf("got %+v", got)
	}
	if e := services.AsError(got[1].Err); e.Kind != services.Conflict || e.Code != services.CodeIDReused {
		t.Errorf("got %v", e)
	}
	if services.KindOf(got[2].Err) != services.Internal {
		t.Errorf("got %v", got[2].Err)
	}
}

func TestRefusalsComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	c, _ := serve(t, 409, `{"type":"urn:saphan:problem:conflict:offer_closed","title":"x","status":409,"state":"accepted",
		"problems":[{"pointer":"/data","code":"enum","list":"service","detail":"y"}]}`)
	_, err := c.Act(t.Context(), "accept", referral, desk.ActInput{})
	got := services.AsError(err)
	if got.Kind != services.Conflict || got.Code != "offer_closed" || got.State != "accepted" {
		t.Errorf("got %+v", got)
	}
	if want := (schemas.Problem{Pointer: "/data", Code: "enum", List: "service"}); len(got.Problems) != 1 || got.Problems[0] != want {
		t.Errorf("got %+v", got.Problems)
	}
}

func TestWhatIsNoDeskIsABug(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		status int
		answer string
	}{
		{200, "<html>secret"}, {404, "<html>secret"}, {404, `{"type":"about:blank"}`}, {500, ``}, {302, `{}`},
		{403, `{"type":"urn:saphan:problem:forbidden"}`},
	} {
		c, _ := serve(t, row.status, row.answer)
		_, err := c.Inbox(t.Context())
		if services.KindOf(err) != services.Internal || strings.Contains(err.Error(), "secret") {
			t.Errorf("%d %q: %v", row.status, row.answer, err)
		}
	}
}

func TestADeskThatIsAwayIsLater(t *testing.T) {
	t.Parallel()
	c := deskclient.New(deskclient.DeskFile{URL: "http://127.0.0.1:1", Agency: "shelter-harbour", Token: "token"})
	_, err := c.Case(t.Context(), caseID)
	if e := services.AsError(err); e.Kind != services.Later || e.Code != deskclient.CodeDeskAway {
		t.Errorf("got %v", err)
	}
	if strings.Contains(err.Error(), caseID) || strings.Contains(err.Error(), "token") {
		t.Errorf("the error tells too much: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Inbox(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestDeskFileIsItsOwnersAlone(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "desks", "shelter-harbour", "desk.json")
	want := deskclient.DeskFile{URL: "http://127.0.0.1:8088", Agency: "shelter-harbour", Token: "secret"}
	for range 2 {
		if err := want.Save(path); err != nil {
			t.Fatal(err)
		}
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	got, err := deskclient.Load(path)
	if err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := deskclient.Load(path); !errors.Is(err, deskclient.ErrExposed) {
		t.Errorf("others can read it: %v", err)
	}
}

func TestABrokenDeskFileIsNotQuoted(t *testing.T) {
	t.Parallel()
	good, err := json.Marshal(deskclient.DeskFile{URL: "http://127.0.0.1", Agency: "shelter-harbour", Token: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		"", "secret", "{}", `{"token":"secret"}`, strings.Replace(string(good), "http", "file", 1),
		strings.Replace(string(good), "{", `{"more":1,`, 1), strings.Replace(string(good), "shelter", "SHELTER", 1),
	} {
		path := filepath.Join(t.TempDir(), "desk.json")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := deskclient.Load(path); !errors.Is(err, deskclient.ErrMalformed) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := deskclient.Load(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}
