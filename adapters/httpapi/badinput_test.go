package httpapi_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/saphan-project/saphan/adapters/httpapi"
)

// The groups of the project's list of bad inputs that are about HTTP itself, against
// a real server. Subtests have the numbers of the list; those about events are in
// cmd/saphan.

// wire is a request as it goes over the wire, and what the server may make of it.
type wire struct {
	name, request string
	// want is how the status line begins, after "HTTP/1.1 "; more, with blanks, for
	// several requests in one.
	want string
	// filed says that it is one good event, and nothing else.
	filed bool
}

const (
	wireToken = "Host: desk\r\nAuthorization: Bearer " + harbour + "\r\n"
	wirePost  = "POST /v1/events HTTP/1.1\r\n" + wireToken + "Content-Type: application/cloudevents+json\r\n"
	wireGet   = "GET /v1/inbox HTTP/1.1\r\n" + wireToken
)

// posting is an event with its length, and headers before it.
func posting(headers string) string {
	return fmt.Sprintf("%s%sContent-Length: %d\r\n\r\n%s", wirePost, headers, len(visit(eventID)), visit(eventID))
}

func chunked(body string) string { return fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(body), body) }

// wireGroups are requests that other servers, or ours behind another one, have been
// led astray by.
var wireGroups = map[string][]wire{
	"31 headers of the bus": {
		{"of the bus", posting("Nats-Msg-Id: 1\r\nNats-Rollup: all\r\nNats-TTL: 1s\r\nNats-Schedule: @every 1s\r\nNats-Expected-Last-Sequence: 0\r\nNats-Trace-Dest: a\r\n"), "201", true},
		{"line feed in a value", posting("X-A: a\nContent-Length: 1\r\n"), "400", false},
		{"carriage return in a value", posting("X-A: a\rb\r\n"), "400", false},
		{"NUL in a value", posting("X-A: a\x00b\r\n"), "400", false},
		{"name with a blank", posting("X A: a\r\n"), "400", false},
	},
	"32 forged identity": {
		{"of a proxy", posting("X-Forwarded-For: 127.0.0.1\r\nForwarded: for=127.0.0.1\r\nX-Real-IP: 127.0.0.1\r\n"), "201", true},
		{"of an agency", posting("X-Agency: " + labour + "\r\nNats-Request-Info: {\"acc\":\"" + labour + "\"}\r\n"), "201", true},
		{"instead of a token", "GET /v1/inbox HTTP/1.1\r\nHost: desk\r\nX-Agency: " + harbour + "\r\nX-Forwarded-User: " + harbour + "\r\n\r\n", "401", false},
		{"two tokens", "GET /v1/cases HTTP/1.1\r\n" + wireToken + "Authorization: Bearer " + labour + "\r\n\r\n", "200", false},
		{"in the address", "GET /v1/inbox?access_token=" + harbour + "&agency=" + harbour + " HTTP/1.1\r\nHost: desk\r\n\r\n", "401", false},
		{"basic", "GET /v1/inbox HTTP/1.1\r\nHost: desk\r\nAuthorization: Basic c2hlbHRlci1oYXJib3VyOg==\r\n\r\n", "401", false},
	},
	"65 another protocol": {
		{"HTTP/2 by its preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "400", false},
		{"HTTP/2 by an upgrade", wireGet + "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n", "200", false},
		{"TLS", "\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03\r\n\r\n", "400", false},
		{"1 MB of headers", wireGet + "X-Large: " + strings.Repeat("x", 1<<20) + "\r\n\r\n", "431", false},
		{"many headers", wireGet + strings.Repeat("X-Many: x\r\n", 2000) + "\r\n", "431", false},
		{"an address of 64 KB", "GET /v1/inbox?" + strings.Repeat("x", 64<<10) + " HTTP/1.1\r\n" + wireToken + "\r\n", "431", false},
	},
	"66 smuggling": {
		{"length and chunks", wirePost + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(visit(eventID)), "201", true},
		{"chunks and a request behind", wirePost + "Content-Length: 4000\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(visit(eventID)) + wireGet + "\r\n", "201", true},
		{"two lengths", posting("Content-Length: 5\r\n"), "400", false},
		{"two lengths in one", posting("Content-Length: 5, 6\r\n"), "400", false},
		{"a length with a sign", wirePost + "Content-Length: +5\r\n\r\n12345", "400", false},
		{"a length in hex", wirePost + "Content-Length: 0x5\r\n\r\n12345", "400", false},
		{"another encoding", posting("Transfer-Encoding: gzip\r\n"), "501", false},
		{"two encodings", wirePost + "Transfer-Encoding: gzip, chunked\r\n\r\n" + chunked(visit(eventID)), "501", false},
		{"an encoding in disguise", posting("Transfer-Encoding: \x0bchunked\r\n"), "400", false},
		{"a blank before the colon", wirePost + "Transfer-Encoding : chunked\r\n\r\n" + chunked(visit(eventID)), "400", false},
		{"a folded header", wirePost + "Transfer-Encoding:\r\n chunked\r\n\r\n" + chunked(visit(eventID)), "201", true}, // RFC 9112 §5.2: a blank
		{"a chunk that lies", wirePost + "Transfer-Encoding: chunked\r\n\r\n5\r\n" + visit(eventID) + "\r\n0\r\n\r\n", "400", false},
		{"a chunk of 16 digits", wirePost + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n{}\r\n0\r\n\r\n", "400", false},
		{"no host", "GET /v1/inbox HTTP/1.1\r\nAuthorization: Bearer " + harbour + "\r\n\r\n", "400", false},
		{"two hosts", wireGet + "Host: other\r\n\r\n", "400", false},
		{"an absolute address", "GET http://other.example/v1/inbox HTTP/1.1\r\n" + wireToken + "\r\n", "200", false},
		{"an absolute address without a token", "GET http://other.example/v1/inbox HTTP/1.1\r\nHost: desk\r\n\r\n", "401", false},
		{"a tunnel", "CONNECT other.example:443 HTTP/1.1\r\n" + wireToken + "\r\n", "404", false},
		{"a path that climbs", "GET /livez/../v1/inbox HTTP/1.1\r\nHost: desk\r\n\r\n", "307", false},
		{"a request of HTTP/0.9", "GET /v1/inbox\r\n\r\n", "400", false},
	},
	"67 cross-site": {
		{"from elsewhere", posting("Origin: https://elsewhere.example\r\n"), "403", false},
		{"from a page without an origin", posting("Origin: null\r\n"), "403", false},
		{"as a browser says", posting("Sec-Fetch-Site: cross-site\r\n"), "403", false},
		{"from a sister site", posting("Sec-Fetch-Site: same-site\r\n"), "403", false},
		{"from the desk's own address", posting("Origin: http://desk\r\nSec-Fetch-Site: same-origin\r\n"), "201", true},
		{"a program", posting(""), "201", true},
		{"a program without a token", strings.Replace(posting(""), "Bearer "+harbour, "", 1), "401", false},
		{"JSON as a form may send it", strings.Replace(posting(""), "application/cloudevents+json", "text/plain", 1), "415", false},
		{"a form", strings.Replace(posting(""), "application/cloudevents+json", "application/x-www-form-urlencoded", 1), "415", false},
		{"another method by a header", strings.Replace(posting("X-HTTP-Method-Override: GET\r\nX-Method-Override: GET\r\n"), "/v1/events", "/v1/inbox", 1), "405", false},
		{"another method by the address", "GET /v1/events?_method=POST HTTP/1.1\r\n" + wireToken + "X-HTTP-Method-Override: POST\r\n\r\n", "405", false},
		{"asked before", "OPTIONS /v1/events HTTP/1.1\r\nHost: desk\r\nOrigin: https://elsewhere.example\r\nAccess-Control-Request-Method: POST\r\n\r\n", "405", false},
	},
}

func TestWire(t *testing.T) {
	t.Parallel()
	for group, rows := range wireGroups {
		for _, row := range rows {
			t.Run("group "+group+"/"+row.name, func(t *testing.T) {
				t.Parallel()
				w := start(t)
				got := w.answered(t, row.request)
				if !strings.HasPrefix(got, row.want) {
					t.Errorf("answered %q, want %q", got, row.want)
				}
				if strings.Contains(strings.ToLower(got), "access-control") {
					t.Errorf("it allows other origins: %q", got)
				}
				if filed := w.harbour.filed; row.filed != (string(filed[eventID]) == visit(eventID)) || len(filed) > 1 || len(w.labour.filed) > 0 {
					t.Errorf("filed: %q", filed)
				}
			})
		}
	}
}

// answered sends bytes and returns the first answer, from its status on. What the
// server does not read may cut the connection: that is an answer, too.
func (w *world) answered(t *testing.T, request string) string {
	t.Helper()
	conn := w.dial(t)
	go func() { _, _ = io.WriteString(conn, request) }()
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil && line == "" {
		return err.Error()
	}
	return strings.TrimPrefix(line, "HTTP/1.1 ")
}

func (w *world) dial(t *testing.T) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// Group 66: what stands behind a request in chunks is not taken for another one.
func TestNothingIsReadBehindChunks(t *testing.T) {
	t.Parallel()
	for name, length := range map[string]string{"a length as well": "Content-Length: 4000\r\n", "chunks alone": ""} {
		w := start(t)
		conn := w.dial(t)
		smuggled := posting("X-Smuggled: yes\r\n")
		request := wirePost + length + "Transfer-Encoding: chunked\r\n\r\n" + chunked(visit(otherID)) + smuggled
		if _, err := io.WriteString(conn, request); err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(conn)
		if n := bytes.Count(got, []byte("HTTP/1.1 ")); n != 1 || w.harbour.filed[eventID] != nil || w.harbour.filed[otherID] == nil {
			t.Errorf("%s: %d answers, %v: %q", name, n, err, got)
		}
	}
}

// The desk that a request is for is that of its token, whatever else it says.
func TestTheFirstTokenCounts(t *testing.T) {
	t.Parallel()
	w := start(t)
	conn := w.dial(t)
	if _, err := io.WriteString(conn, "GET /v1/cases HTTP/1.1\r\n"+wireToken+"Authorization: Bearer "+labour+"\r\nConnection: close\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(conn); err != nil || !bytes.Contains(got, []byte(`"lead":"`+harbour)) {
		t.Errorf("%q, %v", got, err)
	}
}

// Group 65: who is slow is cut off, and holds nobody up.
func TestTheSlowAreCutOff(t *testing.T) {
	t.Parallel()
	for name, sent := range map[string]string{
		"nothing at all": "", "headers": wireGet + "X-", "a body": wirePost + "Content-Length: 1000\r\n\r\n{",
		"chunks": wirePost + "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
	} {
		t.Run("group 65/"+name, func(t *testing.T) {
			t.Parallel()
			w := startWith(t, func(*httpapi.Config) {}, func(s *http.Server) {
				s.ReadHeaderTimeout, s.ReadTimeout, s.IdleTimeout = 200*time.Millisecond, 200*time.Millisecond, 200*time.Millisecond
			})
			slow := w.dial(t)
			if _, err := io.WriteString(slow, sent); err != nil {
				t.Fatal(err)
			}
			if got := w.send(t, ask{"POST", "/v1/events", visit(otherID), asEvent}); got.status != 201 {
				t.Errorf("somebody else meanwhile: %d", got.status)
			}
			answer, err := io.ReadAll(slow) // until it is closed
			if err != nil && !errors.Is(err, net.ErrClosed) {
				t.Error(err)
			}
			if len(answer) > 0 && !bytes.HasPrefix(answer, []byte("HTTP/1.1 4")) || w.harbour.filed[eventID] != nil {
				t.Errorf("answered %q", answer)
			}
		})
	}
}

// Group 72: whoever tries tokens is told to wait, as long as it takes, by the address
// that the connection comes from; a good token is not held up.
func TestWhoTriesTokensIsToldToWait(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	w := startWith(t, func(c *httpapi.Config) {
		c.Limits.Strangers = 5
		c.Now = func() time.Time { return now }
	})
	try := func(i int) reply {
		return w.send(t, ask{"GET", "/v1/inbox", "", map[string]string{
			"Authorization": fmt.Sprint("Bearer ", i), "X-Forwarded-For": fmt.Sprint("192.0.2.", i), "Forwarded": fmt.Sprint("for=192.0.2.", i),
		}})
	}
	for i := range 5 {
		if got := try(i); got.status != 401 {
			t.Fatalf("try %d: %d", i, got.status)
		}
	}
	got := try(6)
	if got.status != 429 || got.header.Get("Retry-After") == "" || !strings.Contains(got.body, "later:too_many") {
		t.Errorf("one more: %d %s", got.status, got.body)
	}
	if got := w.send(t, ask{"GET", "/v1/inbox", "", nil}); got.status != 200 {
		t.Errorf("a good token: %d", got.status)
	}
	now = now.Add(3 * time.Second)
	if first, second := try(7), try(8); first.status != 401 || second.status != 429 {
		t.Errorf("after a while: %d, %d", first.status, second.status)
	}
}

// Those who try are remembered up to a number; then those who have rested are
// forgotten, and if that is not enough, all.
func TestWhoTriesTokensIsForgottenInTheEnd(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	w := startWith(t, func(c *httpapi.Config) {
		c.Limits.Strangers = 5
		c.Now = func() time.Time { return now }
	})
	try := func(from string) int {
		req := httptest.NewRequest(http.MethodGet, "/v1/inbox", nil)
		req.RemoteAddr = from
		rec := httptest.NewRecorder()
		w.server.Config.Handler.ServeHTTP(rec, req)
		return rec.Code
	}
	crowd := func(net, size int) {
		for i := range size {
			try(fmt.Sprintf("10.%d.%d.%d:1", net, i/250, i%250))
		}
	}
	const busy = "192.0.2.1:1"
	for range 5 {
		try(busy)
	}
	if got := try(busy); got != 429 {
		t.Fatalf("%d", got)
	}
	crowd(1, 10_000)
	if got := try(busy); got != 401 {
		t.Errorf("behind a crowd that has not rested: %d", got)
	}
	for try(busy) != 429 {
	}
	crowd(2, 9_998)                // with the last of the first crowd, and the busy one, as many as are remembered
	now = now.Add(3 * time.Second) // the crowd has rested, the busy one has not
	try("192.0.2.2:1")
	if first, second := try(busy), try(busy); first != 401 || second != 429 {
		t.Errorf("behind a crowd that has rested: %d, %d", first, second)
	}
}

// Group 72: a token that is used too much has to wait, and no other one.
func TestATokenMayBeUsedSoOften(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	w := startWith(t, func(c *httpapi.Config) {
		c.Limits.Rate, c.Limits.Burst = 2, 3
		c.Now = func() time.Time { return now }
	})
	use := func(token string) int {
		return w.send(t, ask{"GET", "/v1/cases/absent", "", map[string]string{"Authorization": "Bearer " + token}}).status
	}
	other := whole(harbour)
	other.ID = "000000000000"
	w.tokens.put("other", other)
	for i, want := range []int{404, 404, 404, 429, 429} {
		if got := use(harbour); got != want {
			t.Errorf("request %d: %d, want %d", i, got, want)
		}
	}
	if a, b := use("other"), use(labour); a != 404 || b != 404 {
		t.Errorf("another token of the desk: %d, of another desk: %d", a, b)
	}
	now = now.Add(time.Second)
	for i, want := range []int{404, 404, 429} {
		if got := use(harbour); got != want {
			t.Errorf("request %d of the next second: %d, want %d", i, got, want)
		}
	}
}

// Group 73: what a list is not asked in a way that it knows changes nothing.
func TestListsKeepToTheirSize(t *testing.T) {
	t.Parallel()
	w := start(t)
	for _, path := range []string{"/v1/cases", "/v1/inbox", "/v1/agencies", "/v1/tokens", "/v1/schemas"} {
		plain := w.send(t, ask{"GET", path, "", nil})
		for _, query := range []string{"limit=1e9", "limit=-1", "limit=0", "offset=-5", "cursor=" + labour, "since=99999999999999999999", "page=1%00", "limit=1&limit=2", "%zz", ";"} {
			if got := w.send(t, ask{"GET", path + "?" + query, "", nil}); got.status != 200 || got.body != plain.body {
				t.Errorf("%s?%s: %d %s", path, query, got.status, got.body)
			}
		}
	}
}

// visitor is a connection from where a test says.
type visitor struct {
	net.Conn
	from   string
	closed bool
}

func (v *visitor) RemoteAddr() net.Addr { return place(v.from) }

// place is an address as it is written.
type place string

func (p place) Network() string { return "tcp" }
func (p place) String() string  { return string(p) }

func (v *visitor) Close() error { v.closed = true; return nil }

// Group 65: one address cannot take all the room, and all of them together no more
// than there is; who leaves makes room.
func TestConnectionsAreLimited(t *testing.T) {
	t.Parallel()
	var s http.Server
	httpapi.LimitConnections(&s, httpapi.Limits{Connections: 7, PerAddress: 2})
	comes := func(from string) *visitor {
		v := &visitor{from: from}
		s.ConnState(v, http.StateNew)
		return v
	}
	first := comes("192.0.2.1:1")
	for _, row := range []struct {
		from string
		out  bool
	}{
		{"192.0.2.1:2", false}, {"192.0.2.1:3", true}, {"[::ffff:192.0.2.1]:4", true}, {"192.0.2.2:1", false},
		{"[2001:db8::1]:1", false}, {"[2001:db8::2]:1", false}, {"[2001:db8::3]:1", true}, // one subscriber
		{"127.0.0.1:1", false}, {"127.0.0.1:2", false}, {"127.0.0.1:3", true}, {"192.0.2.9:1", true},
	} {
		v := comes(row.from)
		if v.closed != row.out {
			t.Errorf("%s: turned away %v", row.from, v.closed)
		}
		if v.closed {
			s.ConnState(v, http.StateClosed) // as the server finds out: it was not counted
		}
	}
	for range 2 { // it leaves once
		s.ConnState(first, http.StateClosed)
	}
	if comes("192.0.2.2:2").closed || !comes("192.0.2.9:1").closed {
		t.Error("one left, and not one is let in")
	}
}

// Connections that say nothing are closed in the end, and there is room again.
func TestIdleConnectionsMakeRoom(t *testing.T) {
	t.Parallel()
	w := startWith(t, func(*httpapi.Config) {}, func(s *http.Server) {
		s.ReadHeaderTimeout, s.IdleTimeout = time.Second, time.Second
		httpapi.LimitConnections(s, httpapi.Limits{Connections: 20})
	})
	for range 200 {
		w.dial(t)
	}
	answered := func() bool {
		return w.answered(t, "GET /livez HTTP/1.1\r\nHost: desk\r\nConnection: close\r\n\r\n") == "200 OK\r\n"
	}
	if answered() {
		t.Error("there was room for one more")
	}
	for until := time.Now().Add(time.Minute); !answered(); {
		if time.Now().After(until) {
			t.Fatal("nobody is let in any more")
		}
	}
}
