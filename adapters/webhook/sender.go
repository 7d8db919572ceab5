package webhook

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"code.dny.dev/ssrf"

	"github.com/saphan-project/saphan/services/webhook"
)

// Limits of an attempt.
// Source: our choice; who needs longer than five seconds takes the event first, and
// works on it afterwards.
const (
	defaultTimeout = 5 * time.Second
	maxAnswer      = 64 << 10 // bytes of the body that are read and dropped
	maxHeader      = 16 << 10 // bytes
	maxIdle        = 30 * time.Second
	maxIdleConns   = 4
)

// Config says who sends, and where to.
type Config struct {
	// Origin is the name under which receivers know this system, as in
	// "saphan.example.org": they allow it, or they do not.
	Origin string
	// Loopback allows receivers on the own machine, with http as well as https. It is
	// for tests, and for a machine that holds everything.
	Loopback bool
	// Roots are the authorities that certificates are checked with; nil: the machine's.
	Roots *x509.CertPool
	// Lookup returns the addresses of a name; nil: the machine's resolver.
	Lookup func(ctx context.Context, host string) ([]netip.Addr, error)
	// Timeout is how long an attempt may take, all of it; 0: five seconds.
	Timeout time.Duration
	// Now is the clock that dates in Retry-After are held against.
	Now func() time.Time
}

// Sender speaks with receivers. It may be used by several goroutines at once.
type Sender struct {
	guard   guard
	origin  string
	timeout time.Duration
	now     func() time.Time
	http    *http.Client
}

var _ webhook.Sender = (*Sender)(nil)

// New returns a sender.
func New(c Config) *Sender {
	g := newGuard(c)
	return &Sender{guard: g, origin: c.Origin, timeout: cmp.Or(c.Timeout, defaultTimeout), now: c.Now, http: &http.Client{
		Transport: &http.Transport{
			DialContext:            g.dial,
			TLSClientConfig:        &tls.Config{RootCAs: c.Roots, MinVersion: tls.VersionTLS12},
			DisableCompression:     true,
			MaxResponseHeaderBytes: maxHeader,
			IdleConnTimeout:        maxIdle,
			MaxIdleConnsPerHost:    maxIdleConns,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Check refuses an address that nothing may be sent to, as Invalid; a name that cannot
// be looked up now, as Later.
func (s *Sender) Check(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	return s.guard.check(ctx, url)
}

// Send makes one attempt.
func (s *Sender) Send(ctx context.Context, r webhook.Request) webhook.Outcome {
	header := sign(r)
	header["Content-Type"] = "application/cloudevents+json"
	answer, o := s.do(ctx, call{method: http.MethodPost, url: r.URL, header: header, body: r.Body})
	if o.Status == 0 {
		return o
	}
	o.RetryAfter = s.retryAfter(answer)
	return o
}

// call is one request.
type call struct {
	method, url string
	header      map[string]string
	body        []byte
}

// do makes a request, and returns the headers of the answer. The address is checked
// anew each time: it was stored under rules that may have been wider.
func (s *Sender) do(ctx context.Context, c call) (http.Header, webhook.Outcome) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	u, err := s.guard.parse(c.url)
	if err != nil {
		return nil, webhook.Outcome{Code: webhook.Blocked}
	}
	req, err := http.NewRequestWithContext(ctx, c.method, u.String(), bytes.NewReader(c.body))
	if err != nil {
		return nil, webhook.Outcome{Code: webhook.Blocked}
	}
	req.Header.Set("User-Agent", "Saphan")
	req.Header.Set(headerRequestOrigin, s.origin)
	for name, value := range c.header {
		req.Header.Set(name, value)
	}
	resp, err := s.http.Do(req)
	if err != nil {
		return nil, webhook.Outcome{Code: codeOf(err)}
	}
	defer resp.Body.Close()
	_, _ = io.CopyN(io.Discard, resp.Body, maxAnswer) // for the next request on this connection
	return resp.Header, webhook.OutcomeOf(resp.StatusCode)
}

// codeOf says why there was no answer, and nothing of what err quotes.
func codeOf(err error) webhook.OutcomeCode {
	var name *net.DNSError
	var certificate *tls.CertificateVerificationError
	var alert *net.OpError
	var slow interface{ Timeout() bool }
	switch {
	case errors.Is(err, ssrf.ErrProhibitedIP), errors.Is(err, ssrf.ErrProhibitedNetwork), errors.Is(err, ssrf.ErrInvalidHostPort):
		return webhook.Blocked
	case errors.As(err, &certificate), errors.Is(err, http.ErrSchemeMismatch),
		errors.As(err, &alert) && (alert.Op == "remote error" || alert.Op == "local error"): // of TLS
		return webhook.Untrusted
	case errors.As(err, &name) && !name.IsTimeout:
		return webhook.Unresolved
	case errors.As(err, &slow) && slow.Timeout():
		return webhook.TimedOut
	}
	return webhook.Unreached
}

// retryAfter reads how long the receiver wants to be left alone; 0 when it does not
// say.
// Source: RFC 9110, §10.2.3.
func (s *Sender) retryAfter(h http.Header) time.Duration {
	text := h.Get("Retry-After")
	if n, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(n) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(at.Sub(s.now()), 0)
	}
	return 0
}
