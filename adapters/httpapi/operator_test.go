package httpapi_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"github.com/saphan-project/saphan/adapters/httpapi"
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
	"github.com/saphan-project/saphan/services/operator"
)

// fakeOperator answers with what it was asked.
type fakeOperator struct {
	err   *error
	asked []any
}

var _ httpapi.Operator = (*fakeOperator)(nil)

func member(id, status string) operator.Member {
	return operator.Member{ID: id, Kind: "shelter", Name: map[string]string{"en": "Invented Shelter"}, Status: status}
}

func (o *fakeOperator) note(asked ...any) { o.asked = asked }

func (o *fakeOperator) Members() []operator.Member { return nil }
func (o *fakeOperator) Member(_ context.Context, id string) (operator.Member, error) {
	o.note("agency", id)
	return member(id, "active"), *o.err
}

func (o *fakeOperator) Add(_ context.Context, id string, in operator.AddInput) (operator.Access, error) {
	o.note("add", id, in.Registered.Kind, in.User)
	return operator.Access{Member: member(id, "active"), JWT: "jwt", Door: &operator.Door{Root: "root", URLs: []string{}}}, *o.err
}

func (o *fakeOperator) Rotate(_ context.Context, id string, in operator.RotateInput) (operator.Access, error) {
	o.note("rotate", id, in.User, len(in.Keys))
	return operator.Access{Member: member(id, "active"), File: "desk.json"}, *o.err
}

func (o *fakeOperator) Suspend(_ context.Context, id string) (operator.Member, error) {
	o.note("suspend", id)
	return member(id, "suspended"), *o.err
}

func (o *fakeOperator) Resume(_ context.Context, id string) (operator.Member, error) {
	o.note("resume", id)
	return member(id, "active"), *o.err
}

func (o *fakeOperator) Offboard(_ context.Context, id string) (operator.Member, error) {
	o.note("offboard", id)
	gone := member(id, "closed")
	gone.Holds = []operator.HeldCase{{Case: caseID, Reference: schemas.Reference(caseID), Holds: []casefile.Hold{casefile.HoldLead}}}
	return gone, *o.err
}

func (o *fakeOperator) DeadLetters(_ context.Context, q operator.Query) (operator.LetterList, error) {
	o.note("letters", q)
	return operator.LetterList{Letters: []operator.Letter{{Type: "case.opened", State: operator.Open}}}, *o.err
}

func (o *fakeOperator) DeadLetter(_ context.Context, place uint64, bytes bool) (operator.LetterPreview, error) {
	o.note("letter", place, bytes)
	return operator.LetterPreview{Letter: operator.Letter{State: operator.Open}, Remedy: operator.HandOver, To: "routing"}, *o.err
}

func (o *fakeOperator) Replay(_ context.Context, place uint64) (operator.Letter, error) {
	o.note("replay", place)
	return operator.Letter{State: operator.Handled}, *o.err
}

// asOperator sends a request with the operator's token.
func (o *fakeOperator) send(a ask, log *bytes.Buffer) *httptest.ResponseRecorder {
	c := httpapi.Config{
		Desks: httpapi.DeskTable{harbour: &fakeDesk{agency: harbour}}, Now: time.Now, Log: zerolog.New(log),
		Tokens: httpapi.TokenTable{
			services.HashToken("operator"): {ID: "1", Agency: schemas.HubAgency, Scopes: []services.TokenScope{services.MayOperate}},
			services.HashToken(harbour):    whole(harbour),
		},
	}
	if o != nil {
		c.Operator = o
	}
	req := httptest.NewRequest(a.method, a.path, strings.NewReader(a.body))
	req.Header.Set("Authorization", "Bearer operator")
	for name, value := range a.header {
		req.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	httpapi.New(c).ServeHTTP(w, req)
	return w
}

const operatorPath = "/v1/operator/agencies/shelter-new"

// operatorRoutes is one good request for each of the operator's routes.
var operatorRoutes = []struct {
	ask
	status int
	asked  []any
	want   string // part of the body
}{
	{ask{"GET", "/v1/operator/agencies", "", nil}, 200, nil, `{"agencies":[]}`},
	{ask{"GET", operatorPath, "", nil}, 200, []any{"agency", "shelter-new"}, `"agency":"shelter-new"`},
	{ask{"POST", operatorPath, `{"registered":{"kind":"shelter","name":{"en":"Invented Shelter"},"office":{"kind":"at_sea"}},"user":"U1"}`, asJSON},
		201, []any{"add", "shelter-new", "shelter", "U1"}, `"jwt":"jwt","door":{"root":"root"`},
	{ask{"POST", operatorPath + "/rotate", `{"user":"U2","keys":[{"use":"signing","key":"k"}]}`, asJSON}, 200, []any{"rotate", "shelter-new", "U2", 1}, `"desk_file":"desk.json"`},
	{ask{"POST", operatorPath + "/rotate", "", nil}, 200, []any{"rotate", "shelter-new", "", 0}, `"desk_file"`},
	{ask{"POST", operatorPath + "/suspend", "", nil}, 200, []any{"suspend", "shelter-new"}, `"status":"suspended"`},
	{ask{"POST", operatorPath + "/resume", "", nil}, 200, []any{"resume", "shelter-new"}, `"status":"active"`},
	{ask{"POST", operatorPath + "/offboard", "", nil}, 200, []any{"offboard", "shelter-new"}, `"holds":[{"case":"` + caseID},
	{ask{"GET", "/v1/operator/deadletters", "", nil}, 200, []any{"letters", operator.Query{}}, `"type":"case.opened"`},
	{ask{"GET", "/v1/operator/deadletters?all=true&consumer=routing&reason=panic&since=2026-11-23T09:00:00Z&limit=7", "", nil}, 200,
		[]any{"letters", operator.Query{All: true, Consumer: "routing", Reason: "panic", Since: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC), Limit: 7}}, `"letters"`},
	{ask{"GET", "/v1/operator/deadletters/7", "", nil}, 200, []any{"letter", uint64(7), false}, `"remedy":"hand_over","to":"routing"`},
	{ask{"GET", "/v1/operator/deadletters/7?bytes=true", "", nil}, 200, []any{"letter", uint64(7), true}, `"remedy"`},
	{ask{"POST", "/v1/operator/deadletters/7/replay", "", nil}, 200, []any{"replay", uint64(7)}, `"state":"handled"`},
}

// operatorsRoutes are operatorRoutes with the operator's token.
func operatorsRoutes() []good {
	var rows []good
	for _, row := range operatorRoutes {
		a := row.ask
		a.header = and(a.header, "Authorization", "Bearer operator")
		rows = append(rows, good{a, row.status, services.MayOperate, row.want})
	}
	return rows
}

func TestTheOperatorIsAnswered(t *testing.T) {
	t.Parallel()
	for _, row := range operatorRoutes {
		o, log := &fakeOperator{err: new(error)}, &bytes.Buffer{}
		got := o.send(row.ask, log)
		if got.Code != row.status || !strings.Contains(got.Body.String(), row.want) {
			t.Errorf("%s %s: %d %s", row.method, row.path, got.Code, got.Body)
		}
		if diff := cmp.Diff(row.asked, o.asked); diff != "" {
			t.Errorf("%s %s asked (-want +got):\n%s", row.method, row.path, diff)
		}
		if line := log.String(); strings.Contains(line, "shelter-new") || !strings.Contains(line, `"desk":"hub"`) {
			t.Errorf("logged %s", line)
		}
	}
}

// Without the operator's token nobody learns even that there is such a route's
// agency; where no operator is served, there is nothing.
func TestTheOperatorsDoorIsShutToOthers(t *testing.T) {
	t.Parallel()
	for _, row := range operatorRoutes {
		for auth, want := range map[string]int{"Bearer " + harbour: 403, "Bearer wrong": 401, "": 401} {
			o := &fakeOperator{err: new(error)}
			a := row.ask
			a.header = and(a.header, "Authorization", auth)
			if got := o.send(a, &bytes.Buffer{}); got.Code != want || o.asked != nil {
				t.Errorf("%s %s with %q: %d, asked %v", row.method, row.path, auth, got.Code, o.asked)
			}
		}
		if got := (*fakeOperator)(nil).send(row.ask, &bytes.Buffer{}); got.Code != 404 {
			t.Errorf("%s %s without an operator: %d", row.method, row.path, got.Code)
		}
	}
	for _, row := range everyRoute {
		a := row.ask
		a.header = and(a.header, "Authorization", "Bearer operator")
		if got := (&fakeOperator{err: new(error)}).send(a, &bytes.Buffer{}); row.needs != "" && row.needs != services.MayOperate && got.Code != 403 {
			t.Errorf("%s %s with the operator's token: %d", row.method, row.path, got.Code)
		}
	}
}

func TestTheOperatorIsRefused(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"GET /v1/operator/deadletters?since=yesterday":              "422 /since",
		"GET /v1/operator/deadletters?limit=-1":                     "422 /limit",
		"GET /v1/operator/deadletters?limit=Invented":               "422 /limit",
		"GET /v1/operator/deadletters/Invented":                     "404",
		"GET /v1/operator/deadletters/-1":                           "404",
		"POST /v1/operator/deadletters/99999999999999999999/replay": "404",
		"POST " + operatorPath + "/delete":                          "404",
		"DELETE " + operatorPath:                                    "405",
	} {
		method, path, _ := strings.Cut(path, " ")
		o := &fakeOperator{err: new(error)}
		got := o.send(ask{method, path, "", nil}, &bytes.Buffer{})
		if said := fmt.Sprint(got.Code, " ", got.Body); !fits(said, want) || strings.Contains(said, "Invented") || o.asked != nil {
			t.Errorf("%s %s: %s", method, path, said)
		}
	}
	var closed error = services.RefuseIn("closed", "agency_closed")
	o := &fakeOperator{err: &closed}
	for _, row := range operatorRoutes {
		if row.asked == nil {
			continue
		}
		if got := o.send(row.ask, &bytes.Buffer{}); got.Code != http.StatusConflict || !strings.Contains(got.Body.String(), `"state":"closed"`) {
			t.Errorf("%s %s: %d %s", row.method, row.path, got.Code, got.Body)
		}
	}
	got := (&fakeOperator{err: new(error)}).send(ask{"POST", operatorPath, `{"registered":{"secret":"` + canary + `"}}`, asJSON}, &bytes.Buffer{})
	if got.Code != 400 || strings.Contains(got.Body.String(), canary) {
		t.Errorf("an unknown member: %d %s", got.Code, got.Body)
	}
}

// fits reports whether an answer has every word that is wanted.
func fits(said, want string) bool {
	for word := range strings.FieldsSeq(want) {
		if !strings.Contains(said, word) {
			return false
		}
	}
	return true
}
