package deskclient

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// Limits of a call.
const (
	timeout   = 2 * time.Minute // a full batch is filed event by event
	maxAnswer = 64 << 20        // bytes
)

// CodeDeskAway is the code of Later when the desk cannot be reached.
const CodeDeskAway = "desk_away"

const typeJSON = "application/json"

// Client speaks with one desk. It may be used by several goroutines at once.
type Client struct {
	file    DeskFile
	http    *http.Client
	streams *http.Client // without a limit of time
}

// New returns a client of the desk that the file names. It does not connect yet.
func New(f DeskFile) *Client {
	f.URL = strings.TrimSuffix(f.URL, "/")
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Client{
		file: f, http: &http.Client{Timeout: timeout, CheckRedirect: stay}, streams: &http.Client{CheckRedirect: stay},
	}
}

// Agency is whose desk it is.
func (c *Client) Agency() string { return c.file.Agency }

// request is one call: what is asked, and where the answer goes, as it is into a
// *[]byte.
type request struct {
	method, path string
	contentType  string
	body         []byte
	into         any
}

// get asks for what lies at a path, whose parts are escaped and joined.
func (c *Client) get(ctx context.Context, into any, parts ...string) error {
	return c.do(ctx, request{method: http.MethodGet, path: join(parts), into: into})
}

// post sends a value as JSON.
func (c *Client) post(ctx context.Context, body, into any, parts ...string) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return services.Because(services.Internal, "encode", err)
	}
	return c.do(ctx, request{http.MethodPost, join(parts), typeJSON, raw, into})
}

func join(parts []string) string {
	var b strings.Builder
	b.WriteString("/v1")
	for _, p := range parts {
		b.WriteString("/" + url.PathEscape(p))
	}
	return b.String()
}

// request makes a request with the desk's token.
func (c *Client) request(ctx context.Context, r request) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, r.method, c.file.URL+r.path, bytes.NewReader(r.body))
	if err != nil {
		return nil, services.Refuse(services.Invalid, "url")
	}
	req.Header.Set("Authorization", "Bearer "+c.file.Token)
	req.Header.Set("Accept", typeJSON)
	if r.contentType != "" {
		req.Header.Set("Content-Type", r.contentType)
	}
	return req, nil
}

func (c *Client) do(ctx context.Context, r request) error {
	req, err := c.request(ctx, r)
	if err != nil {
		return err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return away(ctx, err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return away(ctx, err)
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return refusal(raw)
	}
	if exact, ok := r.into.(*[]byte); ok {
		*exact = raw
		return nil
	}
	if err := json.Unmarshal(raw, r.into); err != nil {
		return services.Refuse(services.Internal, "answer")
	}
	return nil
}

// away says that the desk was not reached. The address is left out: it may name
// a case.
func away(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var at *url.Error
	if errors.As(err, &at) {
		err = at.Err
	}
	return services.Because(services.Later, CodeDeskAway, err)
}

// problem is the part of a problem document (RFC 9457) that a client needs.
type problem struct {
	Type     string            `json:"type"`
	State    string            `json:"state"`
	Problems []schemas.Problem `json:"problems"`
}

const problemPrefix = "urn:saphan:problem:"

// refusal reads a problem document back. What is none came from something else
// than a desk.
func refusal(raw []byte) error {
	var p problem
	if err := json.Unmarshal(raw, &p); err != nil {
		return services.Refuse(services.Internal, "answer")
	}
	return p.refusal()
}

func (p problem) refusal() *services.Error {
	name, ok := strings.CutPrefix(p.Type, problemPrefix)
	kind, code, both := strings.Cut(name, ":")
	if !ok || !both {
		return services.Refuse(services.Internal, "answer")
	}
	return &services.Error{Kind: services.Kind(kind), Code: code, State: p.State, Problems: p.Problems}
}
