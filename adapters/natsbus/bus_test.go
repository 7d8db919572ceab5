package natsbus_test

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

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

// node is a broker, its hub and the hub's connection.
type node struct {
	*natsbus.Hub
	server *natsbus.Server
	nc     *nats.Conn
}

// start opens a hub in a folder; it closes at the end of the test.
func start(t testing.TB, dir string) node {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	s, err := natsbus.Start(ctx, natsbus.ServerConfig{Dir: dir, Log: func(text string) { t.Log(text) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	nc, err := s.Connect("hub")
	if err != nil {
		t.Fatal(err)
	}
	hub, err := natsbus.OpenHub(ctx, nc)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(hub.Close)
	return node{Hub: hub, server: s, nc: nc}
}

func desk(t testing.TB, n node, agency string) *natsbus.Desk {
	t.Helper()
	nc, err := n.server.Connect(agency)
	if err != nil {
		t.Fatal(err)
	}
	d, err := natsbus.NewDesk(nc, agency)
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
