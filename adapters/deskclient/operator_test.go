package deskclient_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saphan-project/saphan/adapters/deskclient"
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/operator"
)

func TestTheOperatorAsksHisRoutes(t *testing.T) {
	t.Parallel()
	const agency = "shelter-new"
	in := operator.RotateInput{User: "U1"}
	for want, row := range map[string]struct {
		call   func(context.Context, *deskclient.Operator) (any, error)
		answer string
		got    any
	}{
		"GET /v1/operator/agencies ": {func(ctx context.Context, o *deskclient.Operator) (any, error) { return o.Members(ctx) },
			`{"agencies":[{"agency":"a-b","hosted":true}]}`, []operator.Member{{ID: "a-b", Hosted: true}}},
		"GET /v1/operator/agencies/..%2Fx ": {func(ctx context.Context, o *deskclient.Operator) (any, error) { return o.Member(ctx, "../x") },
			`{"holds":[{"case":"c"}]}`, operator.Member{Holds: []operator.HeldCase{{Case: "c"}}}},
		`POST /v1/operator/agencies/shelter-new {"registered":{"kind":"shelter","name":null,"office":{"kind":"at_sea"},"keys":null},"user":"U1"}`: {
			func(ctx context.Context, o *deskclient.Operator) (any, error) {
				return o.Add(ctx, agency, operator.AddInput{Registered: schemas.AgencyRegistered{Kind: "shelter", Office: schemas.Area{Kind: "at_sea"}}, User: "U1"})
			}, `{"agency":"shelter-new","jwt":"j","door":{"root":"r"}}`,
			operator.Access{Member: operator.Member{ID: agency}, JWT: "j", Door: &operator.Door{Root: "r"}}},
		`POST /v1/operator/agencies/shelter-new/rotate {"user":"U1"}`: {func(ctx context.Context, o *deskclient.Operator) (any, error) { return o.Rotate(ctx, agency, in) },
			`{"desk_file":"f"}`, operator.Access{File: "f"}},
		`POST /v1/operator/agencies/shelter-new/suspend {}`: {func(ctx context.Context, o *deskclient.Operator) (any, error) { return o.Suspend(ctx, agency) },
			`{"status":"suspended"}`, operator.Member{Status: "suspended"}},
		`POST /v1/operator/agencies/shelter-new/resume {}`: {func(ctx context.Context, o *deskclient.Operator) (any, error) { return o.Resume(ctx, agency) },
			`{"status":"active"}`, operator.Member{Status: "active"}},
		`POST /v1/operator/agencies/shelter-new/offboard {}`: {func(ctx context.Context, o *deskclient.Operator) (any, error) { return o.Offboard(ctx, agency) },
			`{"status":"closed"}`, operator.Member{Status: "closed"}},
		"GET /v1/operator/deadletters? ": {func(ctx context.Context, o *deskclient.Operator) (any, error) {
			return o.DeadLetters(ctx, operator.Query{})
		}, `{"letters":[],"more":true}`, operator.LetterList{Letters: []operator.Letter{}, More: true}},
		"GET /v1/operator/deadletters?all=true&consumer=routing&limit=7&reason=panic&since=2026-11-23T09%3A00%3A00Z ": {
			func(ctx context.Context, o *deskclient.Operator) (any, error) {
				return o.DeadLetters(ctx, operator.Query{
					All: true, Consumer: "routing", Reason: "panic", Limit: 7, Since: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC),
				})
			}, `{}`, operator.LetterList{}},
		"GET /v1/operator/deadletters/7 ": {func(ctx context.Context, o *deskclient.Operator) (any, error) { return o.DeadLetter(ctx, 7, false) },
			`{"letter":7,"remedy":"nothing"}`, operator.LetterPreview{Letter: operator.Letter{DeadLetter: operator.DeadLetter{Place: 7}}, Remedy: operator.Nothing}},
		"GET /v1/operator/deadletters/7?bytes=true ": {func(ctx context.Context, o *deskclient.Operator) (any, error) { return o.DeadLetter(ctx, 7, true) },
			`{"bytes":"AAE="}`, operator.LetterPreview{Bytes: []byte{0, 1}}},
		"POST /v1/operator/deadletters/7/replay {}": {func(ctx context.Context, o *deskclient.Operator) (any, error) { return o.Replay(ctx, 7) },
			`{"state":"handled"}`, operator.Letter{State: operator.Handled}},
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			var seen string
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				seen = r.Method + " " + r.RequestURI + " " + string(body)
				if r.Header.Get("Authorization") != "Bearer token" {
					t.Error("without the token")
				}
				_, _ = io.WriteString(w, row.answer)
			}))
			defer server.Close()
			o := deskclient.NewOperator(deskclient.DeskFile{URL: server.URL, Agency: schemas.HubAgency, Token: "token"})
			got, err := row.call(t.Context(), o)
			if diff := cmp.Diff(row.got, got); diff != "" || err != nil || seen != want {
				t.Errorf("asked %s: %v (-want +got):\n%s", seen, err, diff)
			}
		})
	}
}

func TestTheOperatorIsRefused(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusConflict)
		_, _ = io.WriteString(w, `{"type":"urn:saphan:problem:conflict:agency_closed","state":"closed"}`)
	}))
	defer server.Close()
	o := deskclient.NewOperator(deskclient.DeskFile{URL: server.URL, Agency: schemas.HubAgency, Token: "token"})
	for name, call := range map[string]func() error{
		"members":  func() error { _, err := o.Members(t.Context()); return err },
		"offboard": func() error { _, err := o.Offboard(t.Context(), "x"); return err },
		"letters":  func() error { _, err := o.DeadLetters(t.Context(), operator.Query{}); return err },
		"letter":   func() error { _, err := o.DeadLetter(t.Context(), 1, true); return err },
	} {
		if e := services.AsError(call()); e.Kind != services.Conflict || e.Code != "agency_closed" || e.State != "closed" {
			t.Errorf("%s: %v", name, e)
		}
	}
}
