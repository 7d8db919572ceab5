package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/saphan-project/saphan/adapters/deskclient"
	"github.com/saphan-project/saphan/adapters/httpapi"
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services/desk"
	"github.com/saphan-project/saphan/services/operator"
)

// openAPI is the document of the API, for whoever stands between a client and a desk.
type openAPI struct {
	Paths map[string]map[string]struct {
		Responses map[string]struct {
			Content map[string]struct{ Schema json.RawMessage }
		}
	}
	Webhooks map[string]map[string]struct {
		RequestBody struct {
			Content map[string]struct{ Schema json.RawMessage }
		}
	}
	Components struct{ Schemas map[string]json.RawMessage }

	mu       sync.Mutex
	seen     map[string]bool                 // operations that were answered, with their statuses
	resolved map[string]*jsonschema.Resolved // schemas by how they are written
}

func newOpenAPI(t *testing.T) *openAPI {
	t.Helper()
	d := openAPI{seen: make(map[string]bool), resolved: make(map[string]*jsonschema.Resolved)}
	if err := json.Unmarshal(httpapi.OpenAPI("test"), &d); err != nil {
		t.Fatal(err)
	}
	return &d
}

// watch passes requests on to a desk, and holds the answers against the document. It
// returns where.
func (d *openAPI) watch(t *testing.T, to string) string {
	t.Helper()
	target, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ModifyResponse = func(r *http.Response) error {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return err
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		if err := d.check(r, body); err != nil {
			t.Errorf("%s %s, %d: %v\n%s", r.Request.Method, r.Request.URL.Path, r.StatusCode, err, body)
		}
		return nil
	}
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	return server.URL
}

func (d *openAPI) check(r *http.Response, body []byte) error {
	for path, methods := range d.Paths {
		pattern := regexp.MustCompile("^" + regexp.MustCompile(`\{[a-z]+\}`).ReplaceAllString(path, "[^/]+") + "$")
		if !pattern.MatchString(r.Request.URL.Path) || strings.HasSuffix(r.Request.URL.Path, "/open") != strings.HasSuffix(path, "/open") {
			continue
		}
		op, ok := methods[strings.ToLower(r.Request.Method)]
		if !ok {
			continue
		}
		content, ok := op.Responses[strconv.Itoa(r.StatusCode)].Content[r.Header.Get("Content-Type")]
		if !ok {
			return fmt.Errorf("no such answer")
		}
		d.mu.Lock()
		defer d.mu.Unlock()
		d.seen[fmt.Sprintf("%s %s %d", r.Request.Method, path, r.StatusCode)] = true
		return d.validate(content.Schema, body)
	}
	return fmt.Errorf("no such operation")
}

// sends holds what a webhook was sent against the document.
func (d *openAPI) sends(body []byte) error {
	return d.validate(d.Webhooks["event"]["post"].RequestBody.Content["application/cloudevents+json"].Schema, body)
}

func (d *openAPI) validate(schema json.RawMessage, body []byte) error {
	if d.resolved[string(schema)] == nil {
		resolved, err := d.resolve(schema)
		if err != nil {
			return err
		}
		d.resolved[string(schema)] = resolved
	}
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		return err
	}
	return d.resolved[string(schema)].Validate(v)
}

// resolve makes a validator, to which an object has the members that are described,
// and no other.
func (d *openAPI) resolve(schema json.RawMessage) (*jsonschema.Resolved, error) {
	parts, err := json.Marshal(needed(schema, d.Components.Schemas))
	if err != nil {
		return nil, err
	}
	whole := fmt.Appendf(nil, `{"$defs":%s,"allOf":[%s]}`, parts, schema)
	var root jsonschema.Schema
	if err := json.Unmarshal(bytes.ReplaceAll(whole, []byte("#/components/schemas/"), []byte("#/$defs/")), &root); err != nil {
		return nil, err
	}
	for _, part := range root.Defs {
		if part.Type == "object" && part.Properties != nil && part.AdditionalProperties == nil {
			part.AdditionalProperties = &jsonschema.Schema{Not: &jsonschema.Schema{}}
		}
	}
	return root.Resolve(nil)
}

// needed are the parts that a schema refers to, and those that they refer to.
func needed(schema json.RawMessage, all map[string]json.RawMessage) map[string]json.RawMessage {
	found, queue := make(map[string]json.RawMessage), []json.RawMessage{schema}
	for len(queue) > 0 {
		for _, ref := range partRef.FindAllSubmatch(queue[0], -1) {
			if name := string(ref[1]); found[name] == nil {
				found[name] = all[name]
				queue = append(queue, all[name])
			}
		}
		queue = queue[1:]
	}
	return found
}

var partRef = regexp.MustCompile(`"#/components/schemas/([^"]+)"`)

// TestDesksAnswerAsTheDocumentSays: whatever a real desk answers while the story is
// played, and to whoever looks around afterwards, is in the document.
func TestDesksAnswerAsTheDocumentSays(t *testing.T) {
	t.Parallel()
	w := startWhole(t, nil)
	document := newOpenAPI(t)
	at := document.watch(t, w.site.URL)
	for agency := range w.desks {
		file, err := deskclient.Load(filepath.Join(deskDir(w.dir, agency), "desk.json"))
		if err != nil {
			t.Fatal(err)
		}
		file.URL = at
		w.desks[agency] = deskclient.New(file)
	}
	ctx := within(t)
	if err := w.run(ctx); err != nil {
		t.Fatal(err)
	}
	for _, d := range w.desks {
		if err := lookAround(ctx, d); err != nil {
			t.Error(err)
		}
	}
	file, err := deskclient.Load(operatorFile(w.dir))
	if err != nil {
		t.Fatal(err)
	}
	file.URL = at
	if err := order(ctx, deskclient.NewOperator(file)); err != nil {
		t.Error(err)
	}
	for _, want := range []string{
		"POST /v1/events 201", "POST /v1/referrals/{referral}/{verb} 201", "POST /v1/cases/{case}/open 200",
		"POST /v1/route 200", "GET /v1/inbox 200", "GET /v1/cases 200", "GET /v1/cases/{case} 200",
		"GET /v1/cases/{case}/trace 200", "GET /v1/cases/{case}/events/{event} 200", "GET /v1/agencies 200", "GET /v1/tokens 200",
		"GET /v1/operator/agencies 200", "GET /v1/operator/agencies/{agency} 200", "POST /v1/operator/agencies/{agency} 201",
		"POST /v1/operator/agencies/{agency}/{verb} 200", "GET /v1/operator/deadletters 200",
	} {
		if !document.seen[want] {
			t.Errorf("never seen: %s", want)
		}
	}
}

// lookAround asks a desk for everything that it can show.
func lookAround(ctx context.Context, d *deskclient.Client) error {
	if _, err := d.Inbox(ctx); err != nil {
		return err
	}
	if _, err := d.Agencies(ctx); err != nil {
		return err
	}
	asked := schemas.ReferralRequested{Service: "shelter", Area: schemas.Area{Kind: "province", Code: "TH-74"}, AgeClass: "child"}
	if _, err := d.Route(ctx, desk.RouteInput{Asked: asked}); err != nil {
		return err
	}
	cases, err := d.Cases(ctx)
	if err != nil {
		return err
	}
	for _, c := range cases {
		if _, err := d.Case(ctx, c.ID); err != nil {
			return err
		}
		steps, err := d.Trace(ctx, c.ID)
		if err != nil {
			return err
		}
		for _, step := range steps {
			if typ, _ := schemas.TypeNamed(step.Type); typ.Scope != schemas.ScopeCase {
				continue // of an inspection that the case cites
			}
			if _, err := d.Event(ctx, c.ID, step.Event); err != nil {
				return err
			}
		}
	}
	_, err = d.Tokens(ctx)
	return err
}

// order does what the hub's operator does, and lets an agency go at the end.
func order(ctx context.Context, op *deskclient.Operator) error {
	const newcomer = "shelter-new"
	registered := sampleAgencies()[1].Register
	registered.Keys = []schemas.Key{}
	if _, err := op.Add(ctx, newcomer, operator.AddInput{Registered: registered}); err != nil {
		return err
	}
	if _, err := op.Rotate(ctx, newcomer, operator.RotateInput{}); err != nil {
		return err
	}
	for _, say := range []func(context.Context, string) (operator.Member, error){op.Suspend, op.Member, op.Resume, op.Offboard} {
		if _, err := say(ctx, newcomer); err != nil {
			return err
		}
	}
	if _, err := op.Members(ctx); err != nil {
		return err
	}
	_, err := op.DeadLetters(ctx, operator.Query{All: true})
	return err
}
