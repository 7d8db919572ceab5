package deskclient_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saphan-project/saphan/adapters/deskclient"
	"github.com/saphan-project/saphan/services"
)

// script is a desk that says one thing for each connection, and the last one again
// and again.
type script struct {
	mu     sync.Mutex
	say    []string // what comes after the header; "401 code" and the like: a refusal
	asked  []string // Last-Event-ID and query of each connection
	hangs  bool     // the last one is not closed
	server *httptest.Server
}

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.asked = append(s.asked, strings.TrimSpace(r.Header.Get("Last-Event-ID")+" "+r.URL.RawQuery))
	say, last := s.say[0], len(s.say) == 1
	if !last {
		s.say = s.say[1:]
	}
	s.mu.Unlock()
	var status int
	var kind string
	if n, _ := fmt.Sscanf(say, "%d %s", &status, &kind); n == 2 {
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"type":"urn:saphan:problem:%s"}`, kind)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	_, _ = w.Write([]byte(say))
	_ = http.NewResponseController(w).Flush()
	if last && s.hangs {
		<-r.Context().Done()
	}
}

// follow plays the script to a client until so many events came; then it is told to
// stop.
func (s *script) follow(t *testing.T, in deskclient.StreamInput, events int) ([]deskclient.Event, error) {
	t.Helper()
	s.server = httptest.NewServer(s)
	defer s.server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var got []deskclient.Event
	c := deskclient.New(deskclient.DeskFile{URL: s.server.URL, Agency: "shelter-harbour", Token: "token"})
	err := c.Stream(ctx, in, func(e deskclient.Event) error {
		got = append(got, e)
		if len(got) == events {
			return errEnough
		}
		return nil
	})
	return got, err
}

var errEnough = errors.New("enough")

const begins = "retry: 1\nid: 3\n\n"

func said(place int) string {
	return fmt.Sprintf("id: %d\nevent: t\ndata: {\"n\":%d}\n\n", place, place)
}

func event(place int) deskclient.Event {
	return deskclient.Event{Place: uint64(place), Type: "t", Raw: fmt.Appendf(nil, `{"n":%d}`, place)}
}

// A stream that breaks off, also in the middle of an event, goes on where it was, and
// tells nothing twice.
func TestAStreamGoesOnWhereItWas(t *testing.T) {
	t.Parallel()
	s := &script{hangs: true, say: []string{
		begins + said(5) + "id: 6\nevent: t\ndata: {\"n\"",
		begins + said(5) + said(6) + ":\n\n" + "id: 9\n:\n\n",
		"503 later:bus_away", "500 internal:bug", "502 nonsense",
		"", ":\n\n", "retry: x\nnothing\nid: x\n\n" + said(12),
	}}
	got, err := s.follow(t, deskclient.StreamInput{Types: []string{"case.*", "a&b"}}, 3)
	if !errors.Is(err, errEnough) {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]deskclient.Event{event(5), event(6), event(12)}, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	want := []string{"types=case.%2A%2Ca%26b", "5 types=case.%2A%2Ca%26b"}
	for range 6 {
		want = append(want, "9 types=case.%2A%2Ca%26b")
	}
	if diff := cmp.Diff(want, s.asked); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
}

func TestAStreamBeginsWhereItIsTold(t *testing.T) {
	t.Parallel()
	for _, after := range []uint64{0, 7} {
		s := &script{say: []string{said(8)}}
		if _, err := s.follow(t, deskclient.StreamInput{After: &after}, 1); !errors.Is(err, errEnough) || s.asked[0] != fmt.Sprint(after) {
			t.Errorf("%v, asked %q", err, s.asked)
		}
	}
}

// What can only be refused again ends the stream.
func TestAStreamEndsWithARefusal(t *testing.T) {
	t.Parallel()
	for say, kind := range map[string]services.Kind{
		"401 unauthorized:token": services.Unauthorized, "403 forbidden:scope": services.Forbidden,
		"400 invalid:place": services.Invalid, "404 unknown:not_visible": services.Unknown,
	} {
		s := &script{say: []string{begins + said(5), say}}
		got, err := s.follow(t, deskclient.StreamInput{}, 9)
		if services.KindOf(err) != kind || len(got) != 1 {
			t.Errorf("%s: %v after %d events", say, err, len(got))
		}
	}
}

// A desk that says nothing, not even that it is there, is left and asked again.
func TestASilentDeskIsAskedAgain(t *testing.T) {
	t.Parallel()
	s := &script{say: []string{begins}, hangs: true}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	s.server = httptest.NewServer(s)
	defer s.server.Close()
	var lost []string
	c := deskclient.New(deskclient.DeskFile{URL: s.server.URL, Agency: "shelter-harbour", Token: "token"})
	err := c.Stream(ctx, deskclient.StreamInput{
		Silence: 50 * time.Millisecond,
		Notice: func(n deskclient.Notice) {
			if n.Err == nil {
				lost = append(lost, fmt.Sprint("there at ", n.Place))
				return
			}
			if lost = append(lost, services.AsError(n.Err).Code); len(lost) >= 4 {
				cancel()
			}
		},
	}, func(deskclient.Event) error { return nil })
	want := []string{"there at 3", deskclient.CodeSilent, "there at 3", deskclient.CodeSilent}
	if !errors.Is(err, context.Canceled) || !slices.Equal(lost, want) {
		t.Errorf("%v: %v", err, lost)
	}
}

// A desk that is away is asked again with growing pauses.
func TestPausesGrow(t *testing.T) {
	t.Parallel()
	s := &script{say: []string{begins, "503 later:bus_away"}}
	s.server = httptest.NewServer(s)
	defer s.server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var pauses []time.Duration
	c := deskclient.New(deskclient.DeskFile{URL: s.server.URL, Agency: "shelter-harbour", Token: "token"})
	_ = c.Stream(ctx, deskclient.StreamInput{Notice: func(n deskclient.Notice) {
		if n.Err == nil {
			return
		}
		if pauses = append(pauses, n.Pause/time.Millisecond); len(pauses) == 6 {
			cancel()
		}
	}}, func(deskclient.Event) error { return nil })
	if want := []time.Duration{1, 2, 4, 8, 16, 32}; !slices.Equal(pauses, want) {
		t.Errorf("pauses of %v ms", pauses)
	}
}

// As long as an event is dealt with, the desk is not silent, however long it takes.
func TestDealingWithAnEventTakesItsTime(t *testing.T) {
	t.Parallel()
	s := &script{say: []string{begins + said(5) + said(6)}, hangs: true}
	s.server = httptest.NewServer(s)
	defer s.server.Close()
	c := deskclient.New(deskclient.DeskFile{URL: s.server.URL, Agency: "shelter-harbour", Token: "token"})
	silence := 20 * time.Millisecond
	err := c.Stream(t.Context(), deskclient.StreamInput{Silence: silence, Notice: func(n deskclient.Notice) {
		if n.Err != nil {
			t.Errorf("lost: %v", n.Err)
		}
	}}, func(e deskclient.Event) error {
		if e.Place == 6 {
			return errEnough
		}
		timer := time.NewTimer(5 * silence)
		<-timer.C
		return nil
	})
	if !errors.Is(err, errEnough) {
		t.Error(err)
	}
}
