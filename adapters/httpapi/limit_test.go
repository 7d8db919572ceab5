package httpapi_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/saphan-project/saphan/schemas"
)

func TestAGzipBombIsNotUnpacked(t *testing.T) {
	t.Parallel()
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	if _, err := io.CopyN(z, zeros{}, 10<<20); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	got := start(t).send(t, ask{"POST", "/v1/events", bomb.String(), and(asEvent, "Content-Encoding", "gzip")})
	if got.status != 415 {
		t.Errorf("status %d", got.status)
	}
}

// zeros is an endless stream.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// fill makes an event exactly n bytes long with blanks, which JSON allows.
func fill(n int) string {
	good := visit(eventID)
	return good[:len(good)-1] + strings.Repeat(" ", n-len(good)) + "}"
}

func TestAnEventOfTheLargestSizePassesAndOneByteMoreDoesNot(t *testing.T) {
	t.Parallel()
	w := start(t)
	if got := w.send(t, ask{"POST", "/v1/events", fill(schemas.MaxEvent), asEvent}); got.status != 201 {
		t.Errorf("%d bytes: %d %s", schemas.MaxEvent, got.status, got.body)
	}
	got := w.send(t, ask{"POST", "/v1/events", fill(schemas.MaxEvent + 1), asEvent})
	if got.status != 413 || !strings.Contains(got.body, "too_large:too_large") {
		t.Errorf("one more: %d %s", got.status, got.body)
	}
	if w.harbour.filed[eventID] == nil || len(w.harbour.filed) != 1 {
		t.Error("not the one that fits was filed")
	}
}

func TestAnEndlessBodyIsCutOff(t *testing.T) {
	t.Parallel()
	w := start(t)
	for media, limit := range map[string]int64{"application/cloudevents+json": 256 << 10, "application/cloudevents-batch+json": 4 << 20} {
		counted := &counter{}
		req, err := http.NewRequestWithContext(t.Context(), "POST", w.url+"/v1/events", counted)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+harbour)
		req.Header.Set("Content-Type", media)
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		if err := resp.Body.Close(); err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode != 413 || !resp.Close {
			t.Errorf("%s: %d, connection closed: %v", media, resp.StatusCode, resp.Close)
		}
		// What the kernel holds in its own buffers was read from us, not by the desk.
		if n := counted.sum(); n > limit+32<<20 {
			t.Errorf("%s: %d bytes were taken", media, n)
		}
	}
}

// counter is an endless stream that knows how much of it was taken.
type counter struct {
	mu sync.Mutex
	n  int64
}

func (c *counter) Read(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n += int64(len(p))
	return len(p), nil
}

func (c *counter) sum() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n
}

// raw writes bytes to a new connection and returns what comes until it closes.
func (w *world) raw(t *testing.T, request string) string {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	return string(answer)
}

func TestALyingContentLengthFilesNothing(t *testing.T) {
	t.Parallel()
	head := "POST /v1/events HTTP/1.1\r\nHost: desk\r\nAuthorization: Bearer " + harbour +
		"\r\nContent-Type: application/cloudevents+json\r\n"
	for name, row := range map[string]struct{ request, want string }{
		"huge":        {head + "Content-Length: 2000000000\r\n\r\n{", "413 Request Entity Too Large"},
		"too long":    {head + "Content-Length: 5000\r\n\r\n" + visit(eventID), "400 Bad Request"},
		"too short":   {head + "Content-Length: 20\r\n\r\n" + visit(eventID), "400 Bad Request"},
		"two of them": {head + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n{}", "400 Bad Request"},
	} {
		w := start(t)
		if got := w.raw(t, row.request); !strings.Contains(got, row.want) {
			t.Errorf("%s: %.200q", name, got)
		}
		if len(w.harbour.filed) > 0 {
			t.Errorf("%s: something was filed", name)
		}
	}
}
