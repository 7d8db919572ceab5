package natsbus_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"github.com/saphan-project/saphan/adapters/natsbus"
	"github.com/saphan-project/saphan/services"
)

// listening is a hub whose broker listens, with a certificate of a test.
func listening(t *testing.T, log ...func(string)) (node, *x509.CertPool) {
	t.Helper()
	web := httptest.NewUnstartedServer(nil)
	web.StartTLS()
	t.Cleanup(web.Close)
	pool := x509.NewCertPool()
	pool.AddCert(web.Certificate())
	c := config(t, t.TempDir())
	for _, l := range log {
		c.Log = l
	}
	c.Listen = &natsbus.Listen{Host: "127.0.0.1", Port: -1, TLS: &tls.Config{MinVersion: tls.VersionTLS13, Certificates: web.TLS.Certificates}}
	s, err := natsbus.Start(within(t), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	n := node{server: s, agencies: &agencies{}}
	n.root = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: web.Certificate().Raw})
	n.config = natsbus.HubConfig{Connect: s.Connect, Authority: c.Authority, Agency: n.agencies.of, Instance: "one"}
	return open(t, n), pool
}

// dial connects from outside, as a partner would.
func dial(n node, pool *x509.CertPool, o ...nats.Option) (*nats.Conn, error) {
	o = append(o, nats.Secure(&tls.Config{RootCAs: pool, ServerName: "example.com", MinVersion: tls.VersionTLS12}),
		nats.ReconnectBufSize(-1), nats.MaxReconnects(2), nats.ReconnectWait(10*time.Millisecond), nats.Timeout(2*time.Second))
	return nats.Connect("nats://"+n.server.Addr(), o...)
}

// The files of a bundle are enough.
func TestDialWithTheFilesOfABundle(t *testing.T) {
	t.Parallel()
	n, _ := listening(t)
	account := join(t, n, harbour)
	u := user(t, n, harbour)
	creds, err := u.Credentials()
	if err != nil {
		t.Fatal(err)
	}
	read, err := natsbus.ParseCredentials(creds)
	if err != nil || read.JWT != u.JWT || !bytes.Equal(read.Seed, u.Seed) {
		t.Fatalf("read back other credentials: %v", err)
	}
	remote := natsbus.Remote{URLs: []string{"tls://" + n.server.Addr()}, Root: n.root, User: read}
	nc, err := natsbus.Dial(remote, "desk")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	serve(t, n, services.VerbSubmit, hearAs(harbour))
	d, err := natsbus.NewDesk(nc, account)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Submit(within(t), []byte("{}")); err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]natsbus.Remote{
		"no root":    {URLs: remote.URLs, User: read},
		"other root": {URLs: remote.URLs, User: read, Root: otherRoot(t)},
		"no user":    {URLs: remote.URLs, Root: n.root},
	} {
		if nc, err := natsbus.Dial(bad, "desk"); err == nil {
			nc.Close()
			t.Errorf("%s: connected", name)
		}
	}
	if err := n.Accounts.Suspend(within(t), harbour); err != nil {
		t.Fatal(err)
	}
	if _, err := natsbus.Dial(remote, "desk"); !errors.Is(err, natsbus.ErrShutOut) {
		t.Errorf("suspended: %v", err)
	}
	if err := n.Accounts.Rotate(within(t), harbour); err != nil {
		t.Fatal(err)
	}
	if _, err := natsbus.Dial(remote, "desk"); !errors.Is(err, natsbus.ErrShutOut) {
		t.Errorf("rotated: %v", err)
	}
	away, err := natsbus.Dial(natsbus.Remote{URLs: []string{"tls://127.0.0.1:1"}, Root: n.root, User: read}, "desk")
	if err != nil {
		t.Fatalf("a bus that is away: %v", err)
	}
	t.Cleanup(away.Close)
	if d, err = natsbus.NewDesk(away, account); err != nil {
		t.Fatal(err)
	}
	_, err = d.Submit(within(t), []byte("{}"))
	wantKind(t, err, services.Later, services.CodeBusAway)
}

// otherRoot is the certificate of somebody else, in PEM.
func otherRoot(t *testing.T) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func as(u natsbus.User) nats.Option { return nats.UserJWTAndSeed(u.JWT, string(u.Seed)) }

func user(t *testing.T, n node, agency string) natsbus.User {
	t.Helper()
	u, err := n.Accounts.User(agency)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestAPartnerComesInOverTLS(t *testing.T) {
	t.Parallel()
	n, pool := listening(t)
	account := join(t, n, harbour)
	u := user(t, n, harbour)
	nc, err := dial(n, pool, as(u))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	serve(t, n, services.VerbSubmit, hearAs(harbour))
	d, err := natsbus.NewDesk(nc, account)
	if err != nil {
		t.Fatal(err)
	}
	if r, err := d.Submit(within(t), []byte("{}")); err != nil || r.Event != harbour {
		t.Fatalf("%+v, %v", r, err)
	}
	for name, o := range map[string][]nats.Option{
		"in the clear": {as(u)},
		"nobody":       {nats.Secure(&tls.Config{RootCAs: pool, ServerName: "example.com", MinVersion: tls.VersionTLS12})},
		"other name":   {as(u), nats.Secure(&tls.Config{RootCAs: pool, ServerName: "other.example", MinVersion: tls.VersionTLS12})},
		"other root":   {as(u), nats.Secure(&tls.Config{RootCAs: x509.NewCertPool(), ServerName: "example.com", MinVersion: tls.VersionTLS12})},
	} {
		if nc, err := nats.Connect("nats://"+n.server.Addr(), append(o, nats.Timeout(2*time.Second))...); err == nil {
			nc.Close()
			t.Errorf("%s: let in", name)
		}
	}
}

// Groups 77 and 87: no leaf node can offer anybody's subjects where none can
// connect, and nothing shows the broker's insides.
func TestNothingElseIsOpen(t *testing.T) {
	t.Parallel()
	n, _ := listening(t)
	if open := n.server.Ajar(); len(open) > 0 {
		t.Error(open)
	}
}

// What strangers and partners write gets into no log, and however often they write
// it, the log stays short.
func TestTheLogHoldsNothingOfOthers(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var lines []string
	n, pool := listening(t, func(text string) {
		mu.Lock()
		defer mu.Unlock()
		lines = append(lines, text)
	})
	join(t, n, harbour)
	const canary = "InventedPersonOne"
	nc, err := dial(n, pool, as(user(t, n, harbour)), nats.Name(canary), nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	for range 1000 {
		if err := nc.Publish("inbox."+canary, []byte(canary)); err != nil {
			t.Fatal(err)
		}
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	if stranger, err := dial(n, pool, nats.UserInfo(canary, canary), nats.Name(canary)); err == nil {
		stranger.Close()
		t.Fatal("a stranger was let in")
	}
	mu.Lock()
	defer mu.Unlock()
	if len(lines) == 0 || len(lines) > 20 || strings.Contains(strings.Join(lines, ""), canary) {
		t.Errorf("%d lines: %q", len(lines), lines)
	}
}

// Group 76 of security.md §4: credentials that are no good.
func TestWhoIsNotLetIn(t *testing.T) {
	t.Parallel()
	n, pool := listening(t)
	account := join(t, n, harbour)
	other := start(t, t.TempDir()) // another operator
	join(t, other, harbour)
	good := user(t, n, harbour)
	identity, err := nkeys.CreateAccount()
	if err != nil {
		t.Fatal(err)
	}
	signed := func(change func(*jwt.UserClaims)) natsbus.User {
		u, err := n.Accounts.Forge(harbour, change)
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	for name, u := range map[string]natsbus.User{
		"good":              good,
		"expired":           signed(func(c *jwt.UserClaims) { c.Expires = time.Now().Add(-time.Minute).Unix() }),
		"not yet":           signed(func(c *jwt.UserClaims) { c.NotBefore = time.Now().Add(time.Hour).Unix() }),
		"bearer":            signed(func(c *jwt.UserClaims) { c.BearerToken = true }),
		"permissions":       signed(func(c *jwt.UserClaims) { c.Permissions.Pub.Allow.Add(">") }),
		"another account":   signed(func(c *jwt.UserClaims) { c.IssuerAccount = publicOf(t, identity) }),
		"another operator":  user(t, other, harbour),
		"another one's key": {JWT: good.JWT, Seed: user(t, n, harbour).Seed},
	} {
		nc, err := dial(n, pool, as(u))
		if (err == nil) != (name == "good") {
			t.Errorf("%s: %v", name, err)
		}
		if nc != nil {
			nc.Close()
		}
	}
	if publicOf(t, identity) == account {
		t.Fatal("the test forges nothing")
	}
}

func publicOf(t *testing.T, k nkeys.KeyPair) string {
	t.Helper()
	id, err := k.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// A connection that stands is cut when its agency is shut out, rotated or gone,
// and nothing that it had lets anybody in again.
func TestALiveConnectionIsCut(t *testing.T) {
	t.Parallel()
	n, pool := listening(t)
	account := join(t, n, harbour)
	for _, step := range []struct {
		name string
		do   func(context.Context, string) error
		cuts bool // and the credentials of before are no good any more
	}{
		{"suspend", n.Accounts.Suspend, true},
		{"resume", n.Accounts.Resume, false},
		{"rotate", n.Accounts.Rotate, true},
		{"close", n.Accounts.Close, true},
	} {
		u := user(t, n, harbour)
		closed := make(chan struct{})
		if step.cuts {
			nc, err := dial(n, pool, as(u))
			if err != nil {
				t.Fatalf("before %s: %v", step.name, err)
			}
			nc.SetClosedHandler(func(*nats.Conn) { close(closed) })
		}
		if err := step.do(within(t), harbour); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		if step.cuts {
			waitFor(t, closed)
		}
		again, err := dial(n, pool, as(u))
		if (err == nil) == step.cuts {
			t.Errorf("after %s: %v", step.name, err)
		}
		if again != nil {
			again.Close()
		}
	}
	if id, err := n.Accounts.Open(within(t), harbour); err != nil || id == account {
		t.Errorf("a closed account came back: %v", err)
	}
}
