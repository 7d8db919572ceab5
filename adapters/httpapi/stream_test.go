package httpapi_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saphan-project/saphan/adapters/httpapi"
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// block is what stands between two empty lines of a stream.
type block struct{ id, event, data, retry, comment string }

// follower reads a stream as the standard tells a program to.
type follower struct {
	*http.Response
	lines *bufio.Reader
}

// follow opens a stream of the harbour's desk.
func (w *world) follow(t *testing.T, query, lastID string) follower {
	t.Helper()
	return w.followWith(t, t.Context(), query, lastID)
}

func (w *world) followWith(t *testing.T, ctx context.Context, query, lastID string) follower {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, "GET", w.url+"/v1/stream"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+harbour)
	if lastID != "" {
		req.Header.Set("Last-Event-ID", lastID)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	return follower{resp, bufio.NewReader(resp.Body)}
}

// next reads one block.
func (f follower) next() (block, error) {
	var b block
	var data []string
	for {
		line, err := f.lines.ReadString('\n')
		if err != nil {
			return b, err
		}
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case line == "\n":
			b.data = strings.Join(data, "\n")
			return b, nil
		case line[0] == ':':
			b.comment = "yes"
		case name == "data":
			data = append(data, value)
		default:
			*map[string]*string{"id": &b.id, "event": &b.event, "retry": &b.retry}[name] = value
		}
	}
}

// expect reads one block and compares.
func (f follower) expect(t *testing.T, want block) {
	t.Helper()
	got, err := f.next()
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(block{})); diff != "" || err != nil {
		t.Fatalf("block (-want +got), %v:\n%s", err, diff)
	}
}

// first is the block that every stream begins with.
func first(place string) block { return block{retry: "2000", id: place} }

func blockOf(place int, f services.Fact) block {
	return block{id: strconv.Itoa(place), event: f.Event.Type(), data: string(f.Bytes)}
}

func TestAStreamTellsWhatComes(t *testing.T) {
	t.Parallel()
	w := start(t)
	facts := told(t, 5, 2)
	w.harbour.show(facts[:2]...)
	now := w.follow(t, "", "")
	if now.StatusCode != 200 || now.Header.Get("Content-Type") != "text/event-stream" || now.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%d, %v", now.StatusCode, now.Header)
	}
	now.expect(t, first("4"))
	w.harbour.show(facts[2])
	now.expect(t, blockOf(6, facts[2]))
	openAPI(t).tells(t, facts[2].Bytes)

	behind := w.follow(t, "?after=0", "2") // the header counts: a client that comes back has the same address
	behind.expect(t, first("2"))
	behind.expect(t, blockOf(4, facts[1]))
	behind.expect(t, blockOf(6, facts[2]))
	for _, f := range []follower{w.follow(t, "?after=0", ""), w.follow(t, "", "0")} {
		f.expect(t, first("0"))
		for i := range 3 {
			f.expect(t, blockOf(2*i+2, facts[i]))
		}
		w.harbour.show() // woken for nothing
	}
	w.harbour.show(facts[3:]...)
	for _, f := range []follower{now, behind} {
		f.expect(t, blockOf(8, facts[3]))
		f.expect(t, blockOf(10, facts[4]))
	}
}

func TestAStreamRefusesAPlaceThatItDoesNotHave(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.harbour.show(told(t, 2, 1)...)
	for _, bad := range []string{
		"5", "-1", "+1", "01", "1.0", "1e9", "x", "", " 1", "0x1", "18446744073709551615", "18446744073709551616", "4 4", "'", "%00",
	} {
		got := w.send(t, ask{"GET", "/v1/stream?after=" + strings.ReplaceAll(bad, " ", "%20"), "", nil})
		if got.status != 400 || !strings.Contains(got.body, "invalid:place") {
			t.Errorf("after=%q: %d %s", bad, got.status, got.body)
		}
		if bad == "" || bad == " 1" || bad == "%00" { // no header has these
			continue
		}
		if f := w.follow(t, "?after=0", bad); f.StatusCode != 400 {
			t.Errorf("Last-Event-ID %q: %d", bad, f.StatusCode)
		}
	}
	if got := w.send(t, ask{"GET", "/v1/stream?after=1&after=2", "", nil}); got.status != 400 {
		t.Errorf("two places: %d", got.status)
	}
}

func TestAStreamTellsTheTypesThatAreWanted(t *testing.T) {
	t.Parallel()
	w := startWith(t, func(c *httpapi.Config) { c.Limits.Heartbeat = 10 * time.Millisecond })
	facts := told(t, 4, 1, "case.linked", "referral.held")
	w.harbour.show(facts...)
	for _, query := range []string{
		"types=referral.held", "types=referral.*", "types=agency.*,referral.held", "types=visit.recorded&types=referral.held",
	} {
		f := w.follow(t, "?after=0&"+query, "")
		f.expect(t, first("0"))
		f.expect(t, blockOf(4, facts[1]))
		f.expect(t, blockOf(8, facts[3]))
		f.expect(t, block{comment: "yes"})
	}
	// A place that is passed over is told with a heartbeat.
	f := w.follow(t, "?after=0&types=tip.*", "")
	f.expect(t, first("0"))
	f.expect(t, block{comment: "yes", id: "8"})
	f.expect(t, block{comment: "yes"})
	for _, bad := range []string{"", "referral", "referral.", "referral.*.x", "*", ".*", "referral.held,", "referral.held,nothing.said", "Referral.held", "org.saphan.referral.held.v1"} {
		got := w.send(t, ask{"GET", "/v1/stream?types=" + bad, "", nil})
		if got.status != 400 || !strings.Contains(got.body, "invalid:types") {
			t.Errorf("types=%q: %d %s", bad, got.status, got.body)
		}
	}
}

// The lines of data are the bytes as they were signed, whatever white space they
// hold between their tokens.
func TestAStreamKeepsTheBytes(t *testing.T) {
	t.Parallel()
	w := start(t)
	facts := told(t, 3, 1)
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, facts[0].Bytes, "", "  "); err != nil {
		t.Fatal(err)
	}
	facts[0].Bytes = pretty.Bytes()
	facts[1].Bytes = bytes.ReplaceAll(pretty.Bytes(), []byte("\n"), []byte("\r\n"))
	facts[2].Bytes = bytes.ReplaceAll(pretty.Bytes(), []byte("\n"), []byte("\r"))
	w.harbour.show(facts...)
	f := w.follow(t, "?after=0", "")
	f.expect(t, first("0"))
	for i := range facts {
		want := blockOf(2*i+2, facts[i])
		want.data = pretty.String()
		f.expect(t, want)
		path := "/v1/cases/" + facts[i].Scope().ID + "/events/" + facts[i].ID()
		if got := w.send(t, ask{"GET", path, "", nil}); got.body != string(facts[i].Bytes) ||
			got.header.Get("Content-Type") != "application/cloudevents+json" {
			t.Errorf("%s: %v %q", path, got.header, got.body)
		}
	}
}

// A client that breaks off at random, half of the time in the middle of an event,
// and comes back with the last id that it has, is told 10,000 events: each once, none
// lost, in order, while they come.
func TestABrokenStreamLosesNothing(t *testing.T) {
	t.Parallel()
	w := start(t)
	const n = 10_000
	facts := told(t, n, 40)
	go func() {
		for i := 0; i < n; {
			k := min(i+1+rand.IntN(300), n)
			w.harbour.show(facts[i:k]...)
			i = k
		}
	}()
	got, lastID, breaks := make([]string, 0, n), "0", 0
	for len(got) < n {
		ctx, cancel := context.WithCancel(t.Context())
		f := w.followWith(t, ctx, "", lastID)
		for left := rand.IntN(400); left > 0 && len(got) < n; left-- {
			b, err := f.next()
			if err != nil {
				t.Fatal(err)
			}
			if b.data == "" {
				continue
			}
			if facts[len(got)].ID() != idOf(t, b.data) || b.id != fmt.Sprint(2*len(got)+2) {
				t.Fatalf("event %d has place %s", len(got), b.id)
			}
			got, lastID = append(got, b.data), b.id
		}
		if breaks++; len(got) < n && rand.IntN(2) == 0 { // somewhere within what comes
			_, _ = io.CopyN(io.Discard, f.lines, rand.Int64N(500))
		}
		cancel()
		_ = f.Body.Close()
	}
	if breaks < 10 {
		t.Errorf("only %d breaks", breaks)
	}
}

func idOf(t *testing.T, event string) string {
	t.Helper()
	var e struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal([]byte(event), &e); err != nil {
		t.Fatal(err)
	}
	return e.ID
}

// Whose token is revoked, or over, is told no more, and the stream ends by itself.
func TestAStreamEndsWithItsToken(t *testing.T) {
	t.Parallel()
	over := whole(harbour)
	over.Expires = time.Unix(0, 0)
	narrow := whole(harbour)
	narrow.Scopes = []services.TokenScope{services.MayFile}
	for name, g := range map[string]services.Grant{"revoked": {}, "expired": over, "narrowed": narrow} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			f := w.follow(t, "", "")
			f.expect(t, first("0"))
			w.tokens.put(harbour, g)
			begun := time.Now()
			w.harbour.show(told(t, 1, 1)...)
			if b, err := f.next(); !errors.Is(err, io.EOF) || time.Since(begun) > 3*time.Second {
				t.Errorf("%+v, %v after %v", b, err, time.Since(begun))
			}
		})
	}
}

func TestAnIdleStreamEndsWithItsToken(t *testing.T) {
	t.Parallel()
	w := start(t)
	f := w.follow(t, "", "")
	f.expect(t, first("0"))
	w.tokens.put(harbour, services.Grant{})
	if b, err := f.next(); !errors.Is(err, io.EOF) {
		t.Errorf("%+v, %v", b, err)
	}
}

func TestStreamsOfATokenAreFew(t *testing.T) {
	t.Parallel()
	w := startWith(t, func(c *httpapi.Config) { c.Limits.Streams = 2 })
	open := []follower{w.follow(t, "", ""), w.follow(t, "", "")}
	got := w.send(t, ask{"GET", "/v1/stream", "", nil})
	if got.status != 429 || got.header.Get("Retry-After") == "" || !strings.Contains(got.body, "later:too_many") {
		t.Errorf("one more: %d %v %s", got.status, got.header, got.body)
	}
	_ = open[0].Body.Close()
	w.again(t)
}

// again opens streams until one is let in: what has ended counts no more.
func (w *world) again(t *testing.T) {
	t.Helper()
	for until := time.Now().Add(10 * time.Second); ; {
		f := w.follow(t, "", "")
		if f.StatusCode == 200 {
			return
		}
		_ = f.Body.Close()
		if time.Now().After(until) {
			t.Fatalf("nobody is let in any more: %d", f.StatusCode)
		}
	}
}

// A client that does not read is cut off, and holds nobody up.
func TestAClientThatDoesNotReadIsCutOff(t *testing.T) {
	t.Parallel()
	w := startWith(t, func(c *httpapi.Config) {
		c.Limits.Streams, c.Limits.Patience = 1, 50*time.Millisecond
	})
	facts := told(t, 100, 1)
	for i := range facts {
		facts[i].Bytes = append(facts[i].Bytes, bytes.Repeat([]byte(" "), 1<<20)...)
	}
	w.harbour.show(facts...)
	conn, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, err = fmt.Fprintf(conn, "GET /v1/stream?after=0 HTTP/1.1\r\nHost: desk\r\nAuthorization: Bearer %s\r\n\r\n", harbour)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	w.again(t)
}

// The time limits of a call are none of a stream.
func TestAStreamOutlivesTheLimitsOfACall(t *testing.T) {
	t.Parallel()
	w := startWith(t, func(c *httpapi.Config) { c.Limits.Heartbeat = 50 * time.Millisecond }, func(s *http.Server) {
		s.ReadTimeout, s.WriteTimeout = 100*time.Millisecond, 100*time.Millisecond
	})
	f := w.follow(t, "", "")
	f.expect(t, first("0"))
	for range 8 {
		f.expect(t, block{comment: "yes"})
	}
	facts := told(t, 1, 1)
	w.harbour.show(facts...)
	f.expect(t, blockOf(2, facts[0]))
}

func TestStreamsEndWhenTheServerCloses(t *testing.T) {
	t.Parallel()
	closing := make(chan struct{})
	w := startWith(t, func(c *httpapi.Config) { c.Closing = closing })
	f := w.follow(t, "", "")
	f.expect(t, first("0"))
	close(closing)
	if b, err := f.next(); !errors.Is(err, io.EOF) {
		t.Errorf("%+v, %v", b, err)
	}
}

// A feed that fails ends the stream, and is in the log.
func TestAFeedThatFails(t *testing.T) {
	t.Parallel()
	w := start(t)
	f := w.follow(t, "", "")
	f.expect(t, first("0"))
	w.harbour.feed.Lock()
	w.harbour.feed.err = services.Refuse(services.Internal, "disk")
	w.harbour.feed.Unlock()
	w.harbour.show()
	if b, err := f.next(); !errors.Is(err, io.EOF) {
		t.Errorf("%+v, %v", b, err)
	}
	if got := w.send(t, ask{"GET", "/v1/stream", "", nil}); got.status != 500 {
		t.Errorf("one more: %d", got.status)
	}
	if log := w.logged(); !strings.Contains(log, `"kind":"internal","code":"disk","method":"GET","route":"GET /v1/stream","status":200`) {
		t.Errorf("the log: %s", log)
	}
}

func TestAnEventIsShownToItsDeskAlone(t *testing.T) {
	t.Parallel()
	w := start(t)
	f := told(t, 1, 1)[0]
	w.labour.show(f)
	absent := w.send(t, ask{"GET", "/v1/cases/absent", "", nil})
	path := "/v1/cases/" + f.Scope().ID + "/events/"
	for _, p := range []string{path + f.ID(), path + "absent", "/v1/cases/" + schemas.Reference(f.Scope().ID) + "/events/" + f.ID(), path + "%2e%2e"} {
		if got := w.send(t, ask{"GET", p, "", nil}); got.status != 404 || got.body != absent.body {
			t.Errorf("%s: %d %s", p, got.status, got.body)
		}
	}
}
