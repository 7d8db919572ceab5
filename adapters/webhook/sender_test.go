package webhook_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	hooks "github.com/saphan-project/saphan/adapters/webhook"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/webhook"
)

// leads has every name lead to one address.
func leads(to string) func(context.Context, string) ([]netip.Addr, error) {
	return func(context.Context, string) ([]netip.Addr, error) { return []netip.Addr{netip.MustParseAddr(to)}, nil }
}

const public = "93.184.215.14" // of example.org; nothing is ever sent there

// TestAddresses is group 62: what may be sent to, at save. What may not be saved may
// not be dialled either.
func TestAddresses(t *testing.T) {
	t.Parallel()
	s := hooks.New(hooks.Config{Lookup: leads(public), Now: time.Now})
	for _, row := range []struct{ url, code string }{
		{"https://hook.example.org", ""},
		{"https://hook.example.org/a/b?c=d", ""},
		{"https://hook.example.org:443/", ""},
		{"https://hook.example.org:8443/", ""},
		{"https://hook.example.org:1024/", ""},
		{"https://xn--12c1fe0br.example/", ""},
		{"https://93.184.215.14/", ""},
		{"https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/", ""},

		{"http://hook.example.org/", webhook.CodeURL},
		{"gopher://hook.example.org/", webhook.CodeURL},
		{"file:///etc/passwd", webhook.CodeURL},
		{"ftp://hook.example.org/", webhook.CodeURL},
		{"ws://hook.example.org/", webhook.CodeURL},
		{"https:hook.example.org", webhook.CodeURL},
		{"//hook.example.org/", webhook.CodeURL},
		{"hook.example.org", webhook.CodeURL},
		{"", webhook.CodeURL},
		{"https://", webhook.CodeURL},
		{"https:///path", webhook.CodeURL},
		{"https://user:pw@hook.example.org/", webhook.CodeURL},
		{"https://user@hook.example.org/", webhook.CodeURL},
		{"https://@hook.example.org/", webhook.CodeURL},
		{"https://hook.example.org/#here", webhook.CodeURL},
		{"https://hook.example.org/#", webhook.CodeURL},
		{"https://hook.example.org:22/", webhook.CodeURL},
		{"https://hook.example.org:25/", webhook.CodeURL},
		{"https://hook.example.org:80/", webhook.CodeURL},
		{"https://hook.example.org:0/", webhook.CodeURL},
		{"https://hook.example.org:1023/", webhook.CodeURL},
		{"https://hook.example.org:65536/", webhook.CodeURL},
		{"https://hook.example.org:/", webhook.CodeURL},
		{"https://hook.example.org:https/", webhook.CodeURL},
		{"https://2130706433/", webhook.CodeURL},       // 127.0.0.1 in one number
		{"https://0x7f000001/", webhook.CodeURL},       // and in hex
		{"https://0x7f.1/", webhook.CodeURL},           // short
		{"https://127.1/", webhook.CodeURL},            // short
		{"https://0177.0.0.1/", webhook.CodeURL},       // octal
		{"https://127.0.0.1./", webhook.CodeURL},       // rooted
		{"https://127.0.0.0x1/", webhook.CodeURL},      // mixed
		{"https://[fe80::1%25eth0]/", webhook.CodeURL}, // with a zone
		{"https://hook.example.org\\@evil/", webhook.CodeURL},
		{"https://hook.example.org/\r\nHost: evil", webhook.CodeURL},
		{"https://hook example.org/", webhook.CodeURL},
		{"https://hook.example.org/" + strings.Repeat("a", 2048), webhook.CodeURL},
		{"https://%31%32%37.0.0.1/", webhook.CodeURL},

		{"https://127.0.0.1/", webhook.CodeAddress},
		{"https://127.255.255.254/", webhook.CodeAddress},
		{"https://0.0.0.0/", webhook.CodeAddress},
		{"https://10.0.0.1/", webhook.CodeAddress},
		{"https://100.64.0.1/", webhook.CodeAddress},
		{"https://169.254.169.254/latest/meta-data/", webhook.CodeAddress},
		{"https://172.16.0.1/", webhook.CodeAddress},
		{"https://192.168.1.1/", webhook.CodeAddress},
		{"https://198.18.0.1/", webhook.CodeAddress},
		{"https://224.0.0.1/", webhook.CodeAddress},
		{"https://255.255.255.255/", webhook.CodeAddress},
		{"https://[::1]/", webhook.CodeAddress},
		{"https://[::]/", webhook.CodeAddress},
		{"https://[::ffff:127.0.0.1]/", webhook.CodeAddress},
		{"https://[::ffff:7f00:1]/", webhook.CodeAddress},
		{"https://[64:ff9b::7f00:1]/", webhook.CodeAddress}, // NAT64 of 127.0.0.1
		{"https://[64:ff9b::a9fe:a9fe]/", webhook.CodeAddress},
		{"https://[2002:7f00:1::]/", webhook.CodeAddress}, // 6to4
		{"https://[fc00::1]/", webhook.CodeAddress},
		{"https://[fe80::1]/", webhook.CodeAddress},
		{"https://[ff02::1]/", webhook.CodeAddress},
	} {
		err := s.Check(t.Context(), row.url)
		if row.code == "" {
			if err != nil {
				t.Errorf("%s: %v", row.url, err)
			}
			continue
		}
		if e := services.AsError(err); err == nil || e.Kind != services.Invalid || e.Code != row.code || len(row.url) > 9 && strings.Contains(err.Error(), row.url[8:]) {
			t.Errorf("%s: %v, want %s", row.url, err, row.code)
		}
		if o := s.Send(t.Context(), webhook.Request{URL: row.url, At: noon}); o.Code != webhook.Blocked {
			t.Errorf("%s: dialled: %+v", row.url, o)
		}
		if _, o := s.Ask(t.Context(), row.url); o.Code != webhook.Blocked {
			t.Errorf("%s: asked: %+v", row.url, o)
		}
	}
}

// What a name leads to counts as well: all of it at save, and what is connected to at
// dial.
func TestNames(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		found []string
		err   error
		kind  services.Kind
		dial  webhook.OutcomeCode
	}{
		{[]string{"10.0.0.1"}, nil, services.Invalid, webhook.Blocked},
		{[]string{"127.0.0.1"}, nil, services.Invalid, webhook.Blocked},
		{[]string{"::1"}, nil, services.Invalid, webhook.Blocked},
		{[]string{"::ffff:127.0.0.1"}, nil, services.Invalid, webhook.Blocked},
		{[]string{public, "169.254.169.254"}, nil, services.Invalid, ""}, // the public one is not dialled by a test
		{nil, &net.DNSError{IsNotFound: true}, services.Later, webhook.Unresolved},
		{nil, &net.DNSError{IsTimeout: true}, services.Later, webhook.TimedOut},
		{nil, nil, services.Later, webhook.Unresolved},
	} {
		s := hooks.New(hooks.Config{Now: time.Now, Lookup: func(context.Context, string) ([]netip.Addr, error) {
			var found []netip.Addr
			for _, at := range row.found {
				found = append(found, netip.MustParseAddr(at))
			}
			return found, row.err
		}})
		if err := s.Check(t.Context(), "https://hook.example.org/"); services.KindOf(err) != row.kind {
			t.Errorf("%v: %v", row.found, err)
		}
		if row.dial == "" {
			continue
		}
		if o := s.Send(t.Context(), webhook.Request{URL: "https://hook.example.org/", At: noon}); o.Code != row.dial {
			t.Errorf("%v: dialled: %+v", row.found, o)
		}
	}
}

// Group 63: a name that is public when it is saved and private when it is dialled.
func TestRebinding(t *testing.T) {
	t.Parallel()
	var reached atomic.Bool
	inside := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Store(true) }))
	defer inside.Close()
	at, err := netip.ParseAddrPort(inside.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	var asked atomic.Int32
	s := hooks.New(hooks.Config{Now: time.Now, Roots: rootsOf(inside), Lookup: func(ctx context.Context, host string) ([]netip.Addr, error) {
		if asked.Add(1) == 1 {
			return leads(public)(ctx, host)
		}
		return leads("127.0.0.1")(ctx, host)
	}})
	url := fmt.Sprintf("https://example.com:%d/", at.Port())
	if err := s.Check(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	if o := s.Send(t.Context(), webhook.Request{URL: url, At: noon}); o.Code != webhook.Blocked || reached.Load() {
		t.Errorf("got %+v, reached: %v", o, reached.Load())
	}
}

func rootsOf(s *httptest.Server) *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	return pool
}

// The own machine only where that is meant, and plain HTTP only to it.
func TestLoopback(t *testing.T) {
	t.Parallel()
	url, _ := receive(t, nil)
	for _, row := range []struct {
		url   string
		allow bool
		code  string
	}{
		{url, true, ""},
		{strings.Replace(url, "127.0.0.1", "localhost", 1), true, ""},
		{"http://[::1]:8080/", true, ""},
		{url, false, webhook.CodeURL},
		{"http://localhost:8080/", false, webhook.CodeURL},
		{"https://localhost:8080/", false, webhook.CodeAddress},
		{"http://127.0.0.1:80/", true, webhook.CodeURL},
		{"http://hook.example.org:8080/", true, webhook.CodeURL},
		{"http://localhost.example.org:8080/", true, webhook.CodeURL},
		{"http://10.0.0.1:8080/", true, webhook.CodeURL},
		{"https://10.0.0.1/", true, webhook.CodeAddress},
		{"https://[::ffff:10.0.0.1]/", true, webhook.CodeAddress},
	} {
		s := hooks.New(hooks.Config{Loopback: row.allow, Now: time.Now, Lookup: leads("127.0.0.1")})
		err := s.Check(t.Context(), row.url)
		if got := services.AsError(err); row.code == "" && err != nil || row.code != "" && got.Code != row.code {
			t.Errorf("%s, allowed: %v: %v, want %s", row.url, row.allow, err, row.code)
		}
	}
	for _, to := range []string{url, strings.Replace(url, "127.0.0.1", "localhost", 1)} {
		if o := sender(t).Send(t.Context(), webhook.Request{URL: to, At: noon}); !o.OK() {
			t.Errorf("%s: %+v", to, o)
		}
	}
}

// Group 63: certificates that are not valid for the name.
func TestCertificates(t *testing.T) {
	t.Parallel()
	good := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer good.Close()
	plain, _ := receive(t, nil)
	old := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	old.TLS = &tls.Config{MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}
	old.StartTLS()
	defer old.Close()
	for name, row := range map[string]struct {
		url   string
		roots *x509.CertPool
		want  webhook.OutcomeCode
	}{
		"known":       {good.URL, rootsOf(good), webhook.OK},
		"self-signed": {good.URL, x509.NewCertPool(), webhook.Untrusted},
		"another's":   {strings.Replace(good.URL, "127.0.0.1", "localhost", 1), rootsOf(good), webhook.Untrusted},
		"no TLS":      {strings.Replace(plain, "http:", "https:", 1), rootsOf(good), webhook.Untrusted},
		"old TLS":     {old.URL, rootsOf(old), webhook.Untrusted},
		"expired":     {expired(t).URL, nil, webhook.Untrusted},
	} {
		roots := row.roots
		if name == "expired" {
			roots = expiredRoots(t)
		}
		s := hooks.New(hooks.Config{Loopback: true, Roots: roots, Now: time.Now})
		if o := s.Send(t.Context(), webhook.Request{URL: row.url, At: noon}); o.Code != row.want {
			t.Errorf("%s: %+v", name, o)
		}
	}
}

// TestAnswers: what a receiver answers is what counts.
func TestAnswers(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		status int
		after  string
		want   webhook.Outcome
	}{
		"200":          {200, "", webhook.Outcome{Code: webhook.OK, Status: 200}},
		"204":          {204, "", webhook.Outcome{Code: webhook.OK, Status: 204}},
		"300":          {300, "", webhook.Outcome{Code: webhook.Refused, Status: 300}},
		"400":          {400, "", webhook.Outcome{Code: webhook.Refused, Status: 400}},
		"410":          {410, "", webhook.Outcome{Code: webhook.Gone, Status: 410}},
		"429 seconds":  {429, "120", webhook.Outcome{Code: webhook.Refused, Status: 429, RetryAfter: 2 * time.Minute}},
		"503 date":     {503, "Mon, 23 Nov 2026 13:00:00 GMT", webhook.Outcome{Code: webhook.Refused, Status: 503, RetryAfter: time.Hour}},
		"503 past":     {503, "Mon, 23 Nov 2026 11:00:00 GMT", webhook.Outcome{Code: webhook.Refused, Status: 503}},
		"503 negative": {503, "-5", webhook.Outcome{Code: webhook.Refused, Status: 503}},
		"503 nonsense": {503, "soon", webhook.Outcome{Code: webhook.Refused, Status: 503}},
		"503 huge":     {503, "99999999999999999999", webhook.Outcome{Code: webhook.Refused, Status: 503}},
	} {
		url, _ := receive(t, func(w http.ResponseWriter, _ *http.Request) {
			if row.after != "" {
				w.Header().Set("Retry-After", row.after)
			}
			w.WriteHeader(row.status)
		})
		if got := sender(t).Send(t.Context(), webhook.Request{URL: url, At: noon}); got != row.want {
			t.Errorf("%s: %+v, want %+v", name, got, row.want)
		}
	}
}

// Group 63: no redirect is followed, wherever it leads.
func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	var reached atomic.Bool
	target, _ := receive(t, func(http.ResponseWriter, *http.Request) { reached.Store(true) })
	for _, to := range []string{target, "http://169.254.169.254/latest/meta-data/"} {
		for _, status := range []int{301, 302, 303, 307, 308} {
			url, _ := receive(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, status) })
			if o := sender(t).Send(t.Context(), webhook.Request{URL: url, At: noon}); o.Code != webhook.Refused || o.Status != status {
				t.Errorf("%d to %s: %+v", status, to, o)
			}
		}
	}
	if reached.Load() {
		t.Error("a redirect was followed")
	}
}

// No proxy of the environment is asked.
func TestNoProxy(t *testing.T) {
	proxy, got := receive(t, nil)
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"} {
		t.Setenv(name, proxy)
	}
	s := hooks.New(hooks.Config{Now: time.Now, Lookup: leads("10.0.0.1")})
	if o := s.Send(t.Context(), webhook.Request{URL: "https://hook.example.org/", At: noon}); o.Code != webhook.Blocked || got.method != "" {
		t.Errorf("%+v, the proxy was asked for %q", o, got.method)
	}
}

// raw is a receiver that writes bytes as they are, and then does what then does.
func raw(t *testing.T, answer string, then func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() {
		_ = l.Close()
		<-done
	})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			buffer := make([]byte, 64<<10)
			_, _ = conn.Read(buffer)
			_, _ = io.WriteString(conn, answer)
			then(conn)
			_ = conn.Close()
		}
	}()
	return "http://" + l.Addr().String()
}

// Group 63: what answers slowly, endlessly or not at all costs a limited time
// and 64 KiB at most.
func TestSlowAndEndlessAnswers(t *testing.T) {
	t.Parallel()
	const head = "HTTP/1.1 200 OK\r\nContent-Length: 10737418240\r\n\r\n"
	var written atomic.Int64
	forever := func(conn net.Conn) {
		block := make([]byte, 4<<10)
		for {
			n, err := conn.Write(block)
			if written.Add(int64(n)); err != nil {
				return
			}
		}
	}
	hang := func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }
	cut := func(conn net.Conn) {}
	for name, row := range map[string]struct {
		answer string
		then   func(net.Conn)
		want   webhook.Outcome
	}{
		"10 GB":           {head, forever, webhook.Outcome{Code: webhook.OK, Status: 200}},
		"hangs in a body": {head + "abc", hang, webhook.Outcome{Code: webhook.OK, Status: 200}},
		"hangs in a line": {"HTTP/1.1 200 OK\r\nX: ", hang, webhook.Outcome{Code: webhook.TimedOut}},
		"says nothing":    {"", hang, webhook.Outcome{Code: webhook.TimedOut}},
		"is cut":          {"", cut, webhook.Outcome{Code: webhook.Unreached}},
		"is no HTTP":      {"SSH-2.0-OpenSSH_9.9\r\n", cut, webhook.Outcome{Code: webhook.Unreached}},
		"huge header":     {"HTTP/1.1 200 OK\r\nX: " + strings.Repeat("a", 20<<10) + "\r\n\r\n", cut, webhook.Outcome{Code: webhook.Unreached}},
		"cut in its body": {head + "abc", cut, webhook.Outcome{Code: webhook.OK, Status: 200}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := raw(t, row.answer, row.then)
			s := hooks.New(hooks.Config{Loopback: true, Timeout: time.Second, Now: time.Now})
			if got := s.Send(t.Context(), webhook.Request{URL: url, At: noon}); got != row.want {
				t.Errorf("%+v, want %+v", got, row.want)
			}
		})
	}
	t.Cleanup(func() {
		if n := written.Load(); n > 16<<20 { // what the machine's own buffers hold
			t.Errorf("%d bytes of an endless answer were taken", n)
		}
	})
}

// Who is told to stop stops at once.
func TestSendStopsWithItsContext(t *testing.T) {
	t.Parallel()
	url := raw(t, "", func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	s := hooks.New(hooks.Config{Loopback: true, Timeout: time.Hour, Now: time.Now})
	if o := s.Send(ctx, webhook.Request{URL: url, At: noon}); o.OK() {
		t.Errorf("got %+v", o)
	}
}

// TestHandshake: only the own origin, whole and exactly, or an asterisk is a yes.
func TestHandshake(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		header http.Header
		status int
		rate   int
		want   webhook.OutcomeCode
	}{
		"exactly":            {http.Header{"Webhook-Allowed-Origin": {"saphan.example.org"}, "Webhook-Allowed-Rate": {"120"}}, 200, 120, webhook.OK},
		"any":                {http.Header{"Webhook-Allowed-Origin": {"*"}, "Webhook-Allowed-Rate": {"*"}}, 204, 0, webhook.OK},
		"no rate":            {http.Header{"Webhook-Allowed-Origin": {"*"}}, 200, 600, webhook.OK},
		"whatever the state": {http.Header{"Webhook-Allowed-Origin": {"*"}}, 405, 600, webhook.OK},
		"huge rate":          {http.Header{"Webhook-Allowed-Origin": {"*"}, "Webhook-Allowed-Rate": {"2000000000"}}, 200, 1_000_000, webhook.OK},
		"nothing":            {nil, 200, 0, webhook.Unasked},
		"begins so":          {http.Header{"Webhook-Allowed-Origin": {"saphan.example.org.evil.example"}}, 200, 0, webhook.Unasked},
		"beginning":          {http.Header{"Webhook-Allowed-Origin": {"saphan"}}, 200, 0, webhook.Unasked},
		"ends so":            {http.Header{"Webhook-Allowed-Origin": {"evil.saphan.example.org"}}, 200, 0, webhook.Unasked},
		"other case":         {http.Header{"Webhook-Allowed-Origin": {"Saphan.example.org"}}, 200, 0, webhook.Unasked},
		"list":               {http.Header{"Webhook-Allowed-Origin": {"saphan.example.org, other"}}, 200, 0, webhook.Unasked},
		"twice":              {http.Header{"Webhook-Allowed-Origin": {"*", "*"}}, 200, 0, webhook.Unasked},
		"wildcard":           {http.Header{"Webhook-Allowed-Origin": {"*.example.org"}}, 200, 0, webhook.Unasked},
		"empty":              {http.Header{"Webhook-Allowed-Origin": {""}}, 200, 0, webhook.Unasked},
		"rate 0":             {http.Header{"Webhook-Allowed-Origin": {"*"}, "Webhook-Allowed-Rate": {"0"}}, 200, 0, webhook.Unasked},
		"rate -1":            {http.Header{"Webhook-Allowed-Origin": {"*"}, "Webhook-Allowed-Rate": {"-1"}}, 200, 0, webhook.Unasked},
		"rate of words":      {http.Header{"Webhook-Allowed-Origin": {"*"}, "Webhook-Allowed-Rate": {"many"}}, 200, 0, webhook.Unasked},
		"two rates":          {http.Header{"Webhook-Allowed-Origin": {"*"}, "Webhook-Allowed-Rate": {"1", "2"}}, 200, 0, webhook.Unasked},
	} {
		url, got := receive(t, func(w http.ResponseWriter, _ *http.Request) {
			for name, values := range row.header {
				w.Header()[name] = values
			}
			w.WriteHeader(row.status)
		})
		rate, o := sender(t).Ask(t.Context(), url)
		if rate != row.rate || o.Code != row.want || o.Status != row.status {
			t.Errorf("%s: %d, %+v", name, rate, o)
		}
		if got.method != "OPTIONS" || got.header.Get("WebHook-Request-Origin") != "saphan.example.org" || got.header.Get("WebHook-Request-Rate") != "600" {
			t.Errorf("asked %+v", got)
		}
	}
	if _, o := sender(t).Ask(t.Context(), raw(t, "", func(net.Conn) {})); o.Code != webhook.Unreached {
		t.Errorf("cut: %+v", o)
	}
}
