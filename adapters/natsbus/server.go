package natsbus

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// ServerConfig says where a single-node broker keeps its streams.
type ServerConfig struct {
	// Dir is the folder; it is made when it is missing. One process at a time.
	Dir string
	// MaxStore limits the streams in bytes; 0 means three quarters of the space
	// that is free at the start.
	MaxStore int64
	// Authority signed who may connect.
	Authority *Authority
	// Listen is where other processes connect; nil: nowhere.
	Listen *Listen
	// Log is told of the broker's warnings and errors, which hold subjects and
	// never payloads; may be nil.
	Log func(text string)
}

// Listen is an address of the broker, and the certificate that it shows there:
// nobody connects in the clear.
type Listen struct {
	Host string
	Port int // -1: a free one
	TLS  *tls.Config
}

// Server is a broker inside this process.
type Server struct {
	broker *server.Server
	log    *brokerLog
	lock   *os.File

	mu    sync.Mutex
	conns []*nats.Conn
	once  sync.Once
}

// startWait is how long a broker that has started may take to say that it is
// ready; it says so at once.
const startWait = time.Second

// Start starts a broker and returns when it takes connections. It fails when
// the folder cannot be used, is in use, or ctx ends first.
func Start(ctx context.Context, c ServerConfig) (*Server, error) {
	lock, err := LockFolder(c.Dir)
	if err != nil {
		return nil, err
	}
	broker, err := c.broker()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start broker: %w", err), lock.Close())
	}
	s := &Server{broker: broker, lock: lock, log: &brokerLog{tell: c.Log}}
	broker.SetLoggerV2(s.log, false, false, false)
	if err := s.run(ctx); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// broker makes the broker of a folder that is ours. One whose streams lie outside
// of any account is of a version before there were accounts: it would look empty.
func (c ServerConfig) broker() (*server.Server, error) {
	store := filepath.Join(c.Dir, "jetstream")
	_, old := os.Stat(filepath.Join(store, "$G"))
	if _, err := os.Stat(filepath.Join(store, c.Authority.hub[accountStreams].id)); old == nil && err != nil {
		return nil, errors.New("the folder is from a version without accounts, whose streams this one cannot read")
	}
	o, err := c.options()
	if err != nil {
		return nil, err
	}
	if err := c.seedAccounts(o.AccountResolver); err != nil {
		return nil, err
	}
	return server.NewServer(o)
}

// run starts the broker and waits until its store is open, which takes about a
// second for a million messages. The broker only logs why it could not start,
// so the last fatal error that it logged is the cause.
func (s *Server) run(ctx context.Context) error {
	started := make(chan struct{})
	go func() {
		s.broker.Start()
		close(started)
	}()
	select {
	case <-started:
	case <-ctx.Done():
		<-started // one that is shut down while it starts takes the process with it
		s.broker.Shutdown()
		return fmt.Errorf("start broker: %w", ctx.Err())
	}
	if text := s.log.fatal(); text != "" {
		return fmt.Errorf("start broker: %s", text)
	}
	if !s.broker.ReadyForConnections(startWait) || !s.broker.JetStreamEnabled() {
		return errors.New("start broker: not ready")
	}
	return nil
}

// Connect returns a connection of a user within the process. Close closes it.
func (s *Server) Connect(u User, name string) (*nats.Conn, error) {
	nc, err := nats.Connect("", append(s.options(name), u.option())...)
	if err != nil {
		return nil, fmt.Errorf("connect to broker: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns = append(s.conns, nc)
	return nc, nil
}

// Addr is where the broker listens, as in "127.0.0.1:4222"; empty: nowhere.
func (s *Server) Addr() string {
	if a := s.broker.Addr(); a != nil {
		return a.String()
	}
	return ""
}

// options are those of a connection within the process.
func (s *Server) options(name string) []nats.Option {
	return append(lineOptions(name, s.log.line), nats.InProcessServer(s.broker), nats.ReconnectWait(100*time.Millisecond))
}

// lineOptions are those of every connection. Nothing is buffered while the broker
// is away: what its caller was told has failed must not be written afterwards.
func lineOptions(name string, tell func(string)) []nats.Option {
	return []nats.Option{
		nats.Name(name),
		nats.MaxReconnects(-1),
		nats.ReconnectBufSize(-1),
		nats.PingInterval(2 * time.Second),
		nats.MaxPingsOutstanding(2),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { tell(err.Error()) }),
	}
}

// Close closes every connection that Connect gave out, stops the broker and
// waits until its files are closed. It may be called twice.
func (s *Server) Close() {
	s.once.Do(func() {
		s.mu.Lock()
		conns := s.conns
		s.mu.Unlock()
		for _, nc := range conns {
			nc.Close()
		}
		s.broker.Shutdown()
		s.broker.WaitForShutdown()
		if err := s.lock.Close(); err != nil {
			s.log.Errorf("unlock folder: %v", err)
		}
	})
}
