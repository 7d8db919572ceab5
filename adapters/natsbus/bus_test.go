package natsbus_test

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"io/fs"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/saphan-project/saphan/adapters/natsbus"
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/intake"
)

const (
	harbour   = "shelter-harbour" // invented, like every agency here
	riverside = "shelter-riverside"
	labour    = "labour-example"
)

// recorded is the instant of the first event of every test.
var recorded = time.Date(2026, 3, 2, 9, 41, 7, 113_000_000, time.UTC)

// patience is how long a test waits for the broker before it fails.
const patience = 10 * time.Second

// counter makes ids: different, but without chance.
var counter atomic.Uint64

func ids() schemas.IDs {
	return schemas.IDs{
		Now:  func() time.Time { return recorded },
		Fill: func(b []byte) { binary.BigEndian.PutUint64(b[len(b)-8:], counter.Add(1)) },
	}
}

// memory keeps keys for as long as a test lasts.
type memory struct {
	mu   sync.Mutex
	kept map[string][]byte
}

func (m *memory) Load(name string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if text, ok := m.kept[name]; ok {
		return text, nil
	}
	return nil, fs.ErrNotExist
}

func (m *memory) Create(name string, text []byte) error {
	if _, err := m.Load(name); err == nil {
		return fs.ErrExist
	}
	return m.Replace(name, text)
}

func (m *memory) Replace(name string, text []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.kept[name] = text
	return nil
}

func (m *memory) Remove(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.kept, name)
	return nil
}

// authority makes new keys of a bus.
func authority(t testing.TB) *natsbus.Authority {
	t.Helper()
	a, err := natsbus.OpenAuthority(&memory{kept: make(map[string][]byte)})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// authorities are those of the folders of tests: a folder that is opened again
// has the keys that it had.
var authorities sync.Map

// config is a broker on a folder.
func config(t testing.TB, dir string) natsbus.ServerConfig {
	t.Helper()
	kept, _ := authorities.LoadOrStore(dir, authority(t))
	return natsbus.ServerConfig{
		Dir: dir, Authority: kept.(*natsbus.Authority), Log: func(text string) { t.Log(text) },
	}
}

// agencies knows whose an account is, as a directory does.
type agencies struct{ sync.Map }

func (a *agencies) of(account string) (string, bool) {
	id, ok := a.Load(account)
	name, _ := id.(string)
	return name, ok
}

// node is a broker, its hub, and the parts of the hub that most tests speak of.
type node struct {
	*natsbus.Hub
	Ledger    *natsbus.Ledger // as the intake has it
	Inbox     *natsbus.Inbox
	Vault     *natsbus.Vault
	Audit     *natsbus.Audit
	Citations *natsbus.Citations

	server   *natsbus.Server
	config   natsbus.HubConfig
	agencies *agencies
	nc       *nats.Conn // the keeper's
	root     []byte     // of a broker that listens, in PEM
}

// start opens a hub in a folder; it closes at the end of the test.
func start(t testing.TB, dir string) node {
	t.Helper()
	return open(t, broker(t, dir))
}

// broker starts the broker of a node alone.
func broker(t testing.TB, dir string) node {
	t.Helper()
	c := config(t, dir)
	s, err := natsbus.Start(within(t), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	n := node{server: s, agencies: &agencies{}}
	n.config = natsbus.HubConfig{Connect: s.Connect, Authority: c.Authority, Agency: n.agencies.of, Instance: "one"}
	return n
}

// strong is a connection that may do everything with the streams.
func (n node) strong(t testing.TB) *nats.Conn {
	t.Helper()
	u, err := n.config.Authority.Keeper()
	if err != nil {
		t.Fatal(err)
	}
	nc, err := n.server.Connect(u, "strong")
	if err != nil {
		t.Fatal(err)
	}
	return nc
}

// stream is what the broker says of a stream.
func (n node) stream(t testing.TB, name string) (*jetstream.StreamInfo, error) {
	t.Helper()
	js, err := jetstream.New(n.nc)
	if err != nil {
		return nil, err
	}
	s, err := js.Stream(within(t), name)
	if err != nil {
		return nil, err
	}
	return s.CachedInfo(), nil
}

// open opens a hub on the broker of a node, beside those that it has.
func open(t testing.TB, n node) node {
	t.Helper()
	hub, err := natsbus.OpenHub(within(t), n.config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(hub.Close)
	n.Hub, n.nc = hub, hub.Keeper()
	n.Ledger, n.Audit = hub.Intake.Ledger, hub.Intake.Audit
	n.Inbox, n.Citations = hub.Delivery.Inbox, hub.Delivery.Citations
	n.Vault = hub.Vault.Sections
	return n
}

// over opens a hub like open, through a line of its own.
func over(t testing.TB, n node, line nats.InProcessConnProvider) node {
	t.Helper()
	n.config.Connect = func(u natsbus.User, name string) (*nats.Conn, error) {
		nc, err := nats.Connect("", append(n.server.Options(u, name), nats.InProcessServer(line))...)
		if err == nil {
			t.Cleanup(nc.Close)
		}
		return nc, err
	}
	return open(t, n)
}

func part(t testing.TB, h *natsbus.Hub, service string) *natsbus.Part {
	t.Helper()
	return map[string]*natsbus.Part{
		"intake": h.Intake, "routing": h.Routing, "delivery": h.Delivery, "vault": h.Vault, "directory": h.Directory,
	}[service]
}

// join opens an agency's account and inbox, and returns the account.
func join(t testing.TB, n node, agency string) string {
	t.Helper()
	account, err := n.Accounts.Open(within(t), agency)
	if err != nil {
		t.Fatal(err)
	}
	n.agencies.Store(account, agency)
	if err := n.OpenInbox(within(t), agency, account); err != nil {
		t.Fatal(err)
	}
	return account
}

// enter connects as a user of an agency.
func enter(t testing.TB, n node, agency string) *nats.Conn {
	t.Helper()
	u, err := n.Accounts.User(agency)
	if err != nil {
		t.Fatal(err)
	}
	nc, err := n.server.Connect(u, agency)
	if err != nil {
		t.Fatal(err)
	}
	return nc
}

// desk opens the desk of an agency, which joins if it has not yet.
func desk(t testing.TB, n node, agency string) *natsbus.Desk {
	t.Helper()
	account := join(t, n, agency)
	d, err := natsbus.NewDesk(enter(t, n, agency), account)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// within is a context that ends before a test gives up.
func within(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

func newCase() schemas.Scope { return schemas.Scope{Kind: schemas.ScopeCase, ID: ids().ID()} }

// encode writes an event of a type that fits the scope.
func encode(t testing.TB, scope schemas.Scope, id string) []byte {
	t.Helper()
	if scope.Kind == schemas.ScopeAgency {
		return encodeData(t, scope, id, "agency.changed", schemas.AgencyChanged{Status: "active"})
	}
	return encodeData(t, scope, id, "case.linked", schemas.CaseLinked{Link: schemas.Link{Relation: "part_of", Case: scope.ID}})
}

// encodeData writes an event as its author would, but for the signature.
func encodeData(t testing.TB, scope schemas.Scope, id, typ string, data any) []byte {
	t.Helper()
	author := services.Party{Agency: labour}
	if scope.Kind == schemas.ScopeAgency {
		author = services.Party{Service: schemas.Operator}
	}
	e, err := schemas.Draft{ID: id, Author: author, Type: typ, Subject: scope.ID, Time: recorded, Data: data}.Event()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := schemas.Encode(e, base64.StdEncoding.EncodeToString([]byte("sig")))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// next is the entry that would come after so many facts.
func next(t testing.TB, scope schemas.Scope, facts []services.Fact) intake.Entry {
	t.Helper()
	id := ids().EventID()
	e := intake.Entry{
		Scope: scope, Event: id, Page: len(facts) / intake.PageSize,
		Raw: encode(t, scope, id), Recorded: recorded.Add(time.Duration(len(facts)) * time.Millisecond),
	}
	if len(facts) > 0 {
		e.After = facts[len(facts)-1].Sequence
	}
	return e
}

// file appends n events to a scope, and returns every fact that it then has.
func file(t testing.TB, l *natsbus.Ledger, scope schemas.Scope, n int) []services.Fact {
	t.Helper()
	facts, err := l.Read(context.Background(), scope)
	if err != nil {
		t.Fatal(err)
	}
	for range n {
		f, err := l.Append(context.Background(), next(t, scope, facts))
		if err != nil {
			t.Fatal(err)
		}
		facts = append(facts, f)
	}
	return facts
}

// take waits for the next delivery of a source.
func take(t testing.TB, s services.Source) (services.Delivery, services.Fact) {
	t.Helper()
	d, err := s.Next(within(t))
	if err != nil {
		t.Fatal(err)
	}
	f, err := d.Fact()
	if err != nil {
		t.Fatal(err)
	}
	return d, f
}

func ack(t testing.TB, d services.Delivery) {
	t.Helper()
	if err := d.Ack(within(t)); err != nil {
		t.Fatal(err)
	}
}

func wantKind(t testing.TB, err error, k services.Kind, code string) {
	t.Helper()
	if services.KindOf(err) != k || services.AsError(err).Code != code {
		t.Fatalf("got %v, want %s: %s", err, k, code)
	}
}

func sameIDs(t testing.TB, got, want []services.Fact) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("got %d facts, want %d", len(got), len(want))
	}
	for i := range got {
		if got[i].ID() != want[i].ID() || got[i].Sequence != want[i].Sequence {
			t.Fatalf("fact %d: got %s at %d, want %s at %d", i,
				got[i].ID(), got[i].Sequence, want[i].ID(), want[i].Sequence)
		}
	}
}

// eventually polls until ok says yes.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	end := time.Now().Add(patience)
	for !ok() {
		if time.Now().After(end) {
			t.Fatalf("not in time: %s", what)
		}
		time.Sleep(time.Millisecond)
	}
}
