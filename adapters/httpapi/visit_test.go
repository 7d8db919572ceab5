package httpapi_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/saphan-project/saphan/adapters/httpapi"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/desk"
)

// lodge is a desk that comes and goes.
type lodge struct {
	httpapi.Desk
	shut   atomic.Bool
	inside atomic.Int64
	stop   context.Context
	seen   chan context.Context
}

func (l *lodge) Enter(ctx context.Context, _ string) (httpapi.Visit, error) {
	if l.shut.Load() {
		return httpapi.Visit{}, services.Refuse(services.Forbidden, services.CodeSuspended)
	}
	l.inside.Add(1)
	ctx, end := context.WithCancel(ctx)
	context.AfterFunc(l.stop, end)
	return httpapi.Visit{Desk: l, Context: ctx, Leave: func() { end(); l.inside.Add(-1) }}, nil
}

// Cases takes until the visit is over.
func (l *lodge) Cases(ctx context.Context) ([]desk.Case, error) {
	l.seen <- ctx
	<-ctx.Done()
	return nil, ctx.Err()
}

func (l *lodge) Agencies() []desk.Agency { panic(canary) }

func (l *lodge) api() http.Handler {
	return httpapi.New(httpapi.Config{
		Desks: l, Tokens: httpapi.TokenTable{services.HashToken(harbour): whole(harbour)}, Log: zerolog.Nop(), Now: time.Now,
	})
}

func visitAs(handler http.Handler, method, path string) *httptest.ResponseRecorder {
	req := httptest.NewRequest(method, path, nil)
	req.Header.Set("Authorization", "Bearer "+harbour)
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, req)
	return w
}

// Whoever is shut out is told so, whatever they ask: nothing else of the desk is
// answered, and nothing of it is touched.
func TestTheSuspendedAreRefusedEverything(t *testing.T) {
	t.Parallel()
	l := &lodge{stop: t.Context()}
	l.shut.Store(true)
	handler := l.api()
	for _, row := range everyRoute {
		if row.needs == "" || row.needs == services.MayOperate {
			continue
		}
		got := visitAs(handler, row.method, row.path)
		if got.Code != 403 || !strings.Contains(got.Body.String(), "urn:saphan:problem:forbidden:suspended") {
			t.Errorf("%s %s: %d %s", row.method, row.path, got.Code, got.Body)
		}
	}
}

// A desk that stops ends the requests at it, and every visit is left once, also
// one that ends with a panic or is refused.
func TestEveryVisitEnds(t *testing.T) {
	t.Parallel()
	stop, end := context.WithCancel(t.Context())
	l := &lodge{stop: stop, seen: make(chan context.Context)}
	handler := l.api()
	for path, want := range map[string]int{"/v1/agencies": 500, "/v1/operator/agencies": 403} {
		if got := visitAs(handler, "GET", path); got.Code != want {
			t.Errorf("%s: %d", path, got.Code)
		}
	}
	answered := make(chan int)
	go func() { answered <- visitAs(handler, "GET", "/v1/cases").Code }()
	<-l.seen
	if n := l.inside.Load(); n != 1 {
		t.Errorf("%d visits", n)
	}
	end()
	if got := <-answered; got != 503 {
		t.Errorf("the request in hand: %d", got)
	}
	if n := l.inside.Load(); n != 0 {
		t.Errorf("%d visits are not over", n)
	}
}
