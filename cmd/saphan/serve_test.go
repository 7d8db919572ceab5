package main

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services/casefile"
)

// emptySite is a node without agencies, and the listener that it serves on.
func emptySite(t *testing.T) (*site, net.Listener) {
	t.Helper()
	w := realWorld(zerolog.Nop(), noop.NewTracerProvider().Tracer(""))
	n, err := startNode(t.Context(), nodeConfig{dir: t.TempDir()}, w)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s, err := openSite(t.Context(), n, l, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s, l
}

func readiness(t *testing.T, s *site) int {
	t.Helper()
	resp, err := http.Get(s.URL + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.StatusCode
}

// A part that dies takes the whole node with it, and whoever asks is told that
// it is not ready: a node that looks well and does nothing helps nobody.
func TestAPartThatDiesEndsTheNode(t *testing.T) {
	t.Parallel()
	s, _ := emptySite(t)
	if got := readiness(t, s); got != 200 {
		t.Errorf("ready: %d", got)
	}
	s.node.server.Close() // the broker, under everybody
	err := s.Wait(within(t))
	var f *failure
	if !errors.As(err, &f) || f.exit != exitUnexpected || !strings.Contains(f.text, "a part of the node has failed") {
		t.Fatalf("ended with %v", err)
	}
	if got := readiness(t, s); got != 503 {
		t.Errorf("still ready: %d", got)
	}
	if err := s.Close(); err != nil {
		t.Errorf("closed with %v", err)
	}
}

// Who waits for the directory does not wait for one that nobody follows any more.
func TestTheDirectoryIsNotWaitedForInVain(t *testing.T) {
	t.Parallel()
	s, _ := emptySite(t)
	never := make(chan error, 1)
	go func() {
		_, err := s.hub.knows(t.Context(), sampleHarbour, func(casefile.Agency) bool { return true })
		never <- err
	}()
	s.node.server.Close()
	select {
	case err := <-never:
		if err == nil || !strings.Contains(err.Error(), "no longer followed") {
			t.Errorf("ended with %v", err)
		}
	case <-within(t).Done():
		t.Fatal("it still waits")
	}
}

func TestAServerThatEndsByItselfEndsTheNode(t *testing.T) {
	t.Parallel()
	s, l := emptySite(t)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Wait(within(t)); err == nil || !strings.Contains(err.Error(), "http: ") {
		t.Errorf("ended with %v", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("closed with %v", err)
	}
}

func TestWaitEndsWhenItIsToldTo(t *testing.T) {
	t.Parallel()
	s, _ := emptySite(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Wait(ctx); err != nil {
		t.Errorf("ended with %v", err)
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Errorf("closed with %v", err)
		}
	}
}

// A request that takes longer than the node waits is told to end, and answers;
// nothing is closed under it.
func TestCloseEndsWhatTakesTooLong(t *testing.T) {
	t.Parallel()
	s, _ := emptySite(t)
	began, closed := make(chan struct{}), make(chan struct{})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	slow := &site{node: s.node, drain: 50 * time.Millisecond, served: make(chan struct{})}
	slow.serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(began)
		<-r.Context().Done()
		_, err := s.node.hub.bus.Intake.Ledger.Read(context.WithoutCancel(r.Context()), schemas.Scope{Kind: schemas.ScopeAgency, ID: schemas.HubAgency})
		if err != nil {
			t.Errorf("the node was closed under a request: %v", err)
		}
		_, _ = io.WriteString(w, "told to end")
	}))
	answered := make(chan string, 1)
	go func() {
		resp, err := http.Get(urlOf(l.Addr()))
		if err != nil {
			answered <- err.Error()
			return
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		answered <- string(body)
	}()
	<-began
	go func() {
		defer close(closed)
		if err := slow.Close(); err != nil {
			t.Errorf("closed with %v", err)
		}
	}()
	select {
	case <-closed:
	case <-within(t).Done():
		t.Fatal("not closed")
	}
	if got := <-answered; got != "told to end" {
		t.Errorf("answered %q", got)
	}
}

// One that does not listen even then is cut off.
func TestCloseCutsOffWhatDoesNotEnd(t *testing.T) {
	t.Parallel()
	s, _ := emptySite(t)
	began, goOn := make(chan struct{}), make(chan struct{})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	deaf := &site{node: s.node, drain: 20 * time.Millisecond, served: make(chan struct{})}
	deaf.serve(l, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(began)
		<-goOn
	}))
	defer close(goOn)
	cut := make(chan error, 1)
	go func() {
		_, err := http.Get(urlOf(l.Addr()))
		cut <- err
	}()
	<-began
	if err := deaf.Close(); err != nil {
		t.Errorf("closed with %v", err)
	}
	if err := <-cut; err == nil {
		t.Error("the connection was not cut")
	}
}
