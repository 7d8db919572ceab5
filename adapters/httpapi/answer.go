package httpapi

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/saphan-project/saphan/services"
)

const (
	typeJSON    = "application/json"
	typeProblem = "application/problem+json"
	typeSchema  = "application/schema+json"
)

// answer is what a handler says: a status and a body that is written as JSON, or a
// stream.
type answer struct {
	status      int
	contentType string // typeJSON when empty
	body        any    // of type exact: written as it is
	header      [][2]string
	// stream writes the body bit by bit, as long as it lasts; body is none then.
	stream func(http.ResponseWriter) error
}

// exact is a body whose bytes count.
type exact []byte

func ok(body any) answer { return answer{status: http.StatusOK, body: body} }

// with returns the answer with one more header. Values are our own words, ids
// and paths of ours.
func (n answer) with(name, value string) answer {
	n.header = append(n.header, [2]string{name, value})
	return n
}

// write sends the answer. That the caller has gone away is nobody's error.
func (n answer) write(w http.ResponseWriter) error {
	raw, isExact := n.body.(exact)
	if !isExact {
		var err error
		if raw, err = json.Marshal(n.body); err != nil {
			n, raw = answer{status: http.StatusInternalServerError}, []byte("{}")
		}
		raw = append(raw, '\n')
	}
	h := w.Header()
	h.Set("Content-Type", typeJSON)
	if n.contentType != "" {
		h.Set("Content-Type", n.contentType)
	}
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	for _, line := range n.header {
		h.Set(line[0], line[1])
	}
	w.WriteHeader(n.status)
	if n.stream != nil {
		return n.stream(w)
	}
	_, _ = w.Write(raw)
	return nil
}

// serve makes a handler of net/http of a route: whose desk, the answer or the
// problem, one line of log.
func (a *api) serve(rt route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun := a.Now()
		c := &call{Request: r, w: w, api: a, leave: func() {}}
		defer func() { c.leave() }()
		if len(r.TransferEncoding) > 0 {
			// It may have had a length as well, which a proxy may have gone by: what
			// follows on this connection could be another one's request.
			// Source: RFC 9112, §6.1.
			w.Header().Set("Connection", "close")
		}
		n, err := a.answer(rt, c)
		if err != nil {
			n = problemAnswer(r, services.AsError(err))
		}
		if broken := guard(func() error { return n.write(w) }); broken != nil {
			err = broken
		}
		a.tell(c.Context(), Request{
			Route: rt.pattern, Method: method(c.Method), Status: n.status, Took: a.Now().Sub(begun), Agency: c.grant.Agency, Err: err,
		})
	})
}

// answer finds the desk and runs the handler.
func (a *api) answer(rt route, c *call) (answer, error) {
	var n answer
	err := guard(func() error {
		if rt.needs != "" {
			if err := a.identify(rt, c); err != nil {
				return err
			}
		}
		var err error
		n, err = rt.handle(c)
		return err
	})
	return n, err
}

// guard turns a panic into a bug that one request dies of. Its value may hold
// anything, so only its having happened is kept.
func guard(f func() error) (err error) {
	defer func() {
		if recover() != nil {
			err = services.Refuse(services.Internal, codePanic)
		}
	}()
	return f()
}

// tell has the request logged and counted. The route is the row's pattern, never the
// path that was asked for.
func (a *api) tell(ctx context.Context, r Request) {
	line := a.Log.Info()
	if services.KindOf(r.Err) == services.Internal {
		line = a.Log.Error()
	}
	if r.Err != nil {
		e := services.AsError(r.Err)
		line = line.Str("kind", string(e.Kind)).Str("code", e.Code)
	}
	line.Str("method", r.Method).Str("route", r.Route).Int("status", r.Status).
		Dur("took", r.Took).Str("desk", r.Agency).Msg("request")
	if a.Observe != nil {
		a.Observe(ctx, r)
	}
}

// method returns a method that HTTP knows, or "other": a client may make one up.
func method(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch,
		http.MethodDelete, http.MethodOptions:
		return m
	}
	return "other"
}
