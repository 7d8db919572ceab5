package natsbus

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats.go"
)

// Remote is a bus on another machine.
type Remote struct {
	// URLs are the addresses of its servers, as in "tls://bus.example.org:4222".
	URLs []string
	// Root is the certificate, in PEM, that vouches for the servers; nothing else does.
	Root []byte
	User User
	// Log is told of what goes wrong on the line; may be nil.
	Log func(text string)
}

// Errors of Dial and ParseCredentials. They quote nothing of what was read.
var (
	ErrRoot        = errors.New("the root certificate cannot be read")
	ErrCredentials = errors.New("these are no credentials of the bus")
	// ErrShutOut says that a server answered, and does not let the user in.
	ErrShutOut = errors.New("the bus does not let this user in")
)

// ParseCredentials reads what User.Credentials writes.
func ParseCredentials(text []byte) (User, error) {
	signed, err := jwt.ParseDecoratedJWT(text)
	if err != nil {
		return User{}, ErrCredentials
	}
	pair, err := jwt.ParseDecoratedUserNKey(text)
	if err != nil {
		return User{}, ErrCredentials
	}
	seed, err := pair.Seed()
	if err != nil {
		return User{}, ErrCredentials
	}
	if _, err := jwt.DecodeUserClaims(signed); err != nil {
		return User{}, ErrCredentials
	}
	return User{signed, seed}, nil
}

// Dial connects to a bus on another machine, always over TLS. It fails when a
// server answers and is not the one that the root vouches for, or does not let the
// user in. One that is away is waited for, for ever: until it is there, whatever is
// asked of it is answered with Later.
func Dial(r Remote, name string) (*Conn, error) {
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(r.Root) {
		return nil, ErrRoot
	}
	options := append(lineOptions(name, r.tell),
		r.User.option(), nats.Timeout(dialTimeout), nats.ReconnectWait(time.Second),
		nats.Secure(&tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS13}))
	urls := strings.Join(r.URLs, ",")
	nc, err := nats.Connect(urls, options...)
	if errors.Is(err, nats.ErrNoServers) {
		r.tell("the bus is away")
		nc, err = nats.Connect(urls, append(options, nats.RetryOnFailedConnect(true))...)
	}
	for _, refused := range []error{
		nats.ErrAuthorization, nats.ErrAuthExpired, nats.ErrAuthRevoked, nats.ErrAccountAuthExpired, nats.ErrMaxAccountConnectionsExceeded,
	} {
		if errors.Is(err, refused) {
			return nil, ErrShutOut
		}
	}
	if err != nil {
		return nil, fmt.Errorf("connect to bus: %w", err)
	}
	nc.SetDisconnectErrHandler(func(*nats.Conn, error) { r.tell("the bus is away") })
	nc.SetReconnectHandler(func(*nats.Conn) { r.tell("the bus is back") })
	return nc, nil
}

const dialTimeout = 5 * time.Second

func (r Remote) tell(text string) {
	if r.Log != nil {
		r.Log(text)
	}
}
