package httpapi_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/jsonschema-go/jsonschema"

	"github.com/saphan-project/saphan/adapters/httpapi"
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/desk"
)

// operation is one of the document.
type operation struct {
	OperationID string
	Summary     string
	Parameters  []struct {
		Ref, Name, In string
		Schema        struct{ Enum []string }
	}
	RequestBody struct{ Content map[string]mediaType }
	Responses   map[string]response
	Security    []map[string][]string
}

type response struct {
	Ref     string `json:"$ref"`
	Content map[string]mediaType
	Headers map[string]any
}

type mediaType struct{ Schema json.RawMessage }

// described is the document of the API, read as a client would.
type described struct {
	Paths      map[string]map[string]operation
	Components struct {
		Schemas   map[string]json.RawMessage
		Responses map[string]response
	}

	patterns map[string]*regexp.Regexp // of what a request meets, by operation

	mu       sync.Mutex
	resolved map[string]*jsonschema.Resolved
}

var braces = regexp.MustCompile(`\{([a-z]+)\}`)

var document = sync.OnceValues(func() (*described, error) {
	var d described
	err := json.Unmarshal(httpapi.OpenAPI("test"), &d)
	d.resolved, d.patterns = make(map[string]*jsonschema.Resolved), make(map[string]*regexp.Regexp)
	for name := range d.operations() {
		d.patterns[name] = regexp.MustCompile("^" + braces.ReplaceAllString(name, "[^/]+") + "$")
	}
	return &d, err
})

func openAPI(t testing.TB) *described {
	t.Helper()
	d, err := document()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// operations lists them as "POST /v1/events".
func (d *described) operations() map[string]operation {
	all := make(map[string]operation)
	for path, methods := range d.Paths {
		for method, op := range methods {
			all[strings.ToUpper(method)+" "+path] = op
		}
	}
	return all
}

// find returns the operation that a request meets; false when there is none. A path
// without braces goes before one with them.
func (d *described) find(method, path string) (string, operation, bool) {
	path, _, _ = strings.Cut(path, "?")
	for _, name := range slices.SortedFunc(maps.Keys(d.patterns), func(a, b string) int { return strings.Count(a, "{") - strings.Count(b, "{") }) {
		if d.patterns[name].MatchString(method + " " + path) {
			return name, d.operations()[name], true
		}
	}
	return "", operation{}, false
}

// check holds an answer against the document.
func (d *described) check(op operation, status int, header http.Header, body []byte) error {
	r, ok := op.Responses[strconv.Itoa(status)]
	if !ok && status == http.StatusInternalServerError {
		r, ok = op.Responses["default"]
	}
	if !ok {
		return fmt.Errorf("%s does not answer with %d", op.OperationID, status)
	}
	if name, isRef := strings.CutPrefix(r.Ref, "#/components/responses/"); isRef {
		r = d.Components.Responses[name]
	}
	media, _, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil {
		return err
	}
	content, ok := r.Content[media]
	if !ok {
		return fmt.Errorf("%s does not answer %d with %s", op.OperationID, status, media)
	}
	for _, name := range []string{"Location", "Retry-After", "WWW-Authenticate"} {
		if header.Get(name) != "" && r.Headers[name] == nil {
			return fmt.Errorf("%s does not answer %d with the header %s", op.OperationID, status, name)
		}
	}
	if media == "text/plain" { // a string, as it is
		if body, err = json.Marshal(string(body)); err != nil {
			return err
		}
	}
	return d.validate(content.Schema, body)
}

// took holds the body of a request that was answered well against the document.
func (d *described) took(op operation, a ask, status int) error {
	if status >= 300 || a.body == "" {
		return nil
	}
	media, _, err := mime.ParseMediaType(a.header["Content-Type"])
	if err != nil {
		return err
	}
	content, ok := op.RequestBody.Content[media]
	if !ok {
		return fmt.Errorf("%s does not take %s", op.OperationID, media)
	}
	return d.validate(content.Schema, []byte(a.body))
}

// validate holds a body against a schema of the document, in which an object has the
// members that are described and no other.
func (d *described) validate(schema json.RawMessage, body []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
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

func (d *described) resolve(schema json.RawMessage) (*jsonschema.Resolved, error) {
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

func TestDocumentIsWhole(t *testing.T) {
	t.Parallel()
	var whole any
	raw := httpapi.OpenAPI("v1.2.3")
	if err := json.Unmarshal(raw, &whole); err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(raw, []byte(`"version":"v1.2.3"`)) || !bytes.Equal(raw, httpapi.OpenAPI("v1.2.3")) {
		t.Error("it has no version, or is another one each time")
	}
	at := func(pointer string) any {
		v := whole
		for _, token := range strings.Split(pointer, "/")[1:] {
			m, _ := v.(map[string]any)
			v = m[token]
		}
		return v
	}
	used := make(map[string]bool)
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if ref, ok := v["$ref"].(string); ok {
				used[ref] = true
				if _, found := at(strings.TrimPrefix(ref, "#")).(map[string]any); !found {
					t.Errorf("nothing is at %s", ref)
				}
			}
			for _, child := range v {
				walk(child)
			}
		case []any:
			for _, child := range v {
				walk(child)
			}
		}
	}
	walk(whole)
	for name := range at("/components/schemas").(map[string]any) {
		if !used["#/components/schemas/"+name] {
			t.Errorf("nothing refers to %s", name)
		}
	}
}

func TestEveryOperationIsDescribed(t *testing.T) {
	t.Parallel()
	d, ids := openAPI(t), make(map[string]bool)
	for name, op := range d.operations() {
		if op.OperationID == "" || ids[op.OperationID] || op.Summary == "" || strings.HasSuffix(op.Summary, ".") {
			t.Errorf("%s: its id or its summary is missing, or not its own: %q, %q", name, op.OperationID, op.Summary)
		}
		ids[op.OperationID] = true
		in := make(map[string]bool)
		for _, p := range op.Parameters {
			in[p.Name] = p.In == "path"
			if p.Name == "verb" && len(p.Schema.Enum) == 0 {
				t.Errorf("%s: no words", name)
			}
		}
		for _, braces := range braces.FindAllStringSubmatch(name, -1) {
			if !in[braces[1]] {
				t.Errorf("%s: the parameter %s is missing", name, braces[1])
			}
		}
	}
	for _, route := range httpapi.Routes() {
		if _, ok := d.operations()[route]; !ok && route != "/" {
			t.Errorf("%s is not in the document", route)
		}
	}
	for _, row := range everyRoute {
		name, op, ok := d.find(row.method, row.path)
		scopes := []map[string][]string{}
		if row.needs != "" {
			scopes = append(scopes, map[string][]string{"bearer": {string(row.needs)}})
		}
		if !ok || !cmp.Equal(op.Security, scopes) {
			t.Errorf("%s %s meets %q, security %v", row.method, row.path, name, op.Security)
		}
	}
}

func TestWordsAreThoseOfTheDesk(t *testing.T) {
	t.Parallel()
	for path, table := range map[string][]desk.Verb{
		"/v1/referrals/{referral}/{verb}": desk.Verbs(), "/v1/cases/{case}/{verb}": desk.CaseVerbs(),
		"/v1/batches/{batch}/{verb}": slices.Concat(desk.Verbs(), desk.CaseVerbs()),
	} {
		for _, p := range openAPI(t).Paths[path]["post"].Parameters {
			for _, v := range table {
				if p.Name == "verb" && !slices.Contains(p.Schema.Enum, v.Name) {
					t.Errorf("%s does not know %s", path, v.Name)
				}
			}
		}
	}
}

// tells holds the data of a stream against the document.
func (d *described) tells(t *testing.T, data []byte) {
	t.Helper()
	var stream struct {
		Data json.RawMessage `json:"x-data"`
	}
	if err := json.Unmarshal(d.Paths["/v1/stream"]["get"].Responses["200"].Content["text/event-stream"].Schema, &stream); err != nil {
		t.Fatal(err)
	}
	if err := d.validate(stream.Data, data); err != nil {
		t.Error(err)
	}
}

// Every answer that the document knows comes, and no other; send holds each against
// its schema.
func TestEveryDocumentedAnswerIsGiven(t *testing.T) {
	t.Parallel()
	given := make(map[string]bool)
	for _, row := range slices.Concat(goodAsks(), badAsks(openAPI(t))) {
		w := start(t)
		w.tokens.put("narrow", services.Grant{ID: tokenID, Agency: harbour})
		w.send(t, ask{"POST", "/v1/events", visit(eventID), asEvent})
		w.harbour.err, w.harbour.away, w.harbour.feed.err = row.err, row.away, row.err
		got := w.send(t, row.ask)
		if name, _, ok := openAPI(t).find(row.method, row.path); ok {
			given[fmt.Sprint(name, " ", got.status)] = true
		}
	}
	w := startWith(t, func(c *httpapi.Config) { c.Limits.Burst = 1 })
	given[fmt.Sprint("GET /v1/stream ", w.follow(t, "", "").StatusCode)] = true
	for _, row := range goodAsks() { // a token that has been used enough
		for range 2 {
			if name, _, ok := openAPI(t).find(row.method, row.path); ok && row.path != "/v1/stream" {
				given[fmt.Sprint(name, " ", w.send(t, row.ask).status)] = true
			}
		}
	}
	given[fmt.Sprint("GET /v1/stream ", w.follow(t, "", "").StatusCode)] = true
	for name, op := range openAPI(t).operations() {
		for status := range op.Responses {
			if status == "default" || status == "503" && strings.HasSuffix(name, "/agencies") {
				continue // the agencies are in memory: nothing to wait for
			}
			if !given[name+" "+status] {
				t.Errorf("%s never answers with %s", name, status)
			}
		}
	}
}

// provoked is a request, and how the desk takes it.
type provoked struct {
	ask
	err  error
	away bool // the hub is, and nothing can be filed
}

// goodAsks are those of every route, and what else has an answer of its own.
func goodAsks() []provoked {
	var all []provoked
	for _, row := range everyRoute {
		all = append(all, provoked{ask: row.ask}, provoked{ask: row.ask, away: true})
	}
	batch := "[" + visit(eventID) + "]"
	return append(all,
		provoked{ask: ask{"POST", "/v1/events", batch, asBatch}},
		provoked{ask: ask{"POST", "/v1/events", batch, asBatch}, away: true},
		provoked{ask: ask{"GET", "/v1/stream?after=x", "", nil}},
		provoked{ask: ask{"GET", "/v1/stream", "", map[string]string{"Authorization": ""}}},
		provoked{ask: ask{"GET", "/v1/stream", "", map[string]string{"Authorization": "Bearer narrow"}}},
		provoked{ask: ask{"GET", "/v1/stream", "", nil}, err: services.Refuse(services.Later, services.CodeBusAway)},
	)
}

// badAsks are every route asked wrongly, and refused by the desk in every way.
func badAsks(d *described) []provoked {
	refusals := []*services.Error{
		services.Refuse(services.Conflict, services.CodeIDReused), services.Refuse(services.Later, services.CodeBusAway),
		services.Refuse(services.Unknown, "verb"), services.Refuse(services.Forbidden, "author"),
		services.RefuseInput(schemas.Problems{{Pointer: "/reason", Code: "enum", List: "neutral_reason"}}),
	}
	var all []provoked
	for _, row := range everyRoute {
		with := func(body string, more ...string) ask {
			return ask{row.method, row.path, body, and(row.header, more...)}
		}
		all = append(all,
			provoked{ask: with(row.body, "Authorization", "")},
			provoked{ask: with(row.body, "Authorization", "Bearer narrow")},
			provoked{ask: with(row.body, "Sec-Fetch-Site", "cross-site")},
			provoked{ask: ask{row.method, strings.NewReplacer(caseID, otherID, eventID, otherID, tokenID, otherID, "referral.accepted", "absent").Replace(row.path), row.body, row.header}},
		)
		_, op, _ := d.find(row.method, row.path)
		if op.RequestBody.Content != nil {
			media := "application/json"
			if row.path == "/v1/events" {
				media = "application/cloudevents+json"
			}
			all = append(all, provoked{ask: with("{", "Content-Type", media)}, provoked{ask: with("{}", "Content-Type", "text/plain")},
				provoked{ask: with(strings.Repeat(" ", 1<<20), "Content-Type", media)})
		}
		for _, refusal := range refusals {
			if _, ok := op.Responses[strconv.Itoa(refusal.HTTP())]; !ok {
				continue
			}
			all = append(all, provoked{ask: row.ask, err: refusal})
		}
	}
	return all
}
