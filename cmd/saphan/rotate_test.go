package main

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/saphan-project/saphan/adapters/deskclient"
	"github.com/saphan-project/saphan/adapters/natsbus"
	"github.com/saphan-project/saphan/adapters/signing"
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/desk"
)

const rotatingAgency = "labour-partner"

// TestARenewedKeyFilesNothing: an agency with a desk of its own renews the key that
// signs, at the operator's door. What the old key signed is refused from then on, also
// where it waited in the outbox; what is in the ledger still verifies, at a desk that
// reads it from its beginning.
func TestARenewedKeyFilesNothing(t *testing.T) {
	t.Parallel()
	r := rotation{dir: t.TempDir(), bundle: filepath.Join(t.TempDir(), "bundle")}
	stop := r.up(t)
	r.operator(t, 0, "add", "--file", r.registration(t))
	client, _, leave := r.desk(t)
	first := r.visit(t, client, 1)
	leave()

	away := r.door(t)
	r.moveDoor(t, []string{"tls://127.0.0.1:1"})
	client, _, leave = r.desk(t)
	if a, err := client.File(within(t), openVisit(2)); err != nil || !a.Waits() {
		t.Fatalf("filed without a hub: %+v, %v", a, err)
	}
	leave()
	r.moveDoor(t, away.URLs)

	old := r.renew(t)
	r.operator(t, 0, "rotate", "--yes")
	r.refusesTheOldKey(t, old, first)
	client, n, leave := r.desk(t)
	r.comesBack(t, client, n)
	third := r.visit(t, client, 3)
	leave()

	r.putBack(t, old)
	if said := r.operator(t, services.Conflict.Outcome().Exit, "rotate", "--yes"); !strings.Contains(said.err, "renewed before") {
		t.Errorf("the old key comes back: %s", said.err)
	}
	stop()
	if err := os.Remove(filepath.Join(deskDir(r.dir, sampleCoordinator), "view.db")); err != nil {
		t.Fatal(err)
	}
	defer r.up(t)()
	r.verifies(t, first, third)
}

// rotation is a hub that listens, five desks beside it, and one with a bundle.
type rotation struct {
	dir, bundle string
	listen      string // where the bus was the first time
	site        *site
}

// up starts the node on its folder, and returns what stops it.
func (r *rotation) up(t *testing.T) func() {
	t.Helper()
	c := nodeConfig{dir: r.dir, bus: busDoor{listen: cmp.Or(r.listen, "127.0.0.1:0")}, agencies: sampleAgencies()}
	n, err := startNode(context.WithoutCancel(t.Context()), c, rotationWorld())
	if err != nil {
		t.Fatal(err)
	}
	r.listen = n.server.Addr()
	r.site = servedNode(t, n)
	return closing(t, r.site)
}

func rotationWorld() world { return realWorld(zerolog.Nop(), noop.NewTracerProvider().Tracer("")) }

// servedNode serves a node on an address of its own.
func servedNode(t *testing.T, n *node) *site {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s, err := openSite(t.Context(), n, l, "")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func closing(t *testing.T, s *site) func() {
	return func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// desk runs the agency's own desk, and returns what stops it.
func (r *rotation) desk(t *testing.T) (*deskclient.Client, *deskNode, func()) {
	t.Helper()
	n, _, err := startAlone(context.WithoutCancel(t.Context()), r.bundle, rotationWorld())
	if err != nil {
		t.Fatal(err)
	}
	s := servedNode(t, n)
	f, err := deskclient.Load(filepath.Join(r.bundle, "desk.json"))
	if err != nil {
		t.Fatal(err)
	}
	return deskclient.New(f), n.desks.running(rotatingAgency), closing(t, s)
}

// operator gives an order about the agency on the command line.
func (r *rotation) operator(t *testing.T, exit int, verb string, args ...string) said {
	t.Helper()
	args = append([]string{"agency", verb, rotatingAgency, "--bundle", r.bundle}, args...)
	got := runAsOperator(within(t), "", operatorFile(r.dir), args...)
	if got.exit != exit {
		t.Fatalf("%s: %+v", verb, got)
	}
	return got
}

// registration writes what the directory is to know of the agency.
func (r *rotation) registration(t *testing.T) string {
	t.Helper()
	office := sampleAgencies()[0].Register
	raw, err := json.Marshal(struct {
		schemas.AgencyRegistered
		Keys *struct{} `json:"keys,omitempty"`
	}{AgencyRegistered: office})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(r.dir, "agency.json")
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// openVisit is an inspection visit with ids that n makes.
func openVisit(n byte) []byte {
	ids := schemas.IDs{Now: time.Now, Fill: func(b []byte) { copy(b, strings.Repeat(string(rune('a'+n)), len(b))) }}
	return []byte(`{"specversion":"1.0","id":"` + ids.EventID() + `","type":"org.saphan.visit.recorded.v1","subject":"` + ids.ID() + `","data":` + badVisit + `}`)
}

// visit files one, and returns its receipt.
func (r *rotation) visit(t *testing.T, client *deskclient.Client, n byte) services.Receipt {
	t.Helper()
	raw := openVisit(n)
	a, err := client.File(within(t), raw)
	if err != nil || a.Waits() {
		t.Fatalf("visit %d: %+v, %v", n, a, err)
	}
	return *a.Receipt
}

func (r *rotation) door(t *testing.T) bundleDoor {
	t.Helper()
	d, err := (&bundle{dir: r.bundle}).door()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// moveDoor says that the bus is elsewhere.
func (r *rotation) moveDoor(t *testing.T, urls []string) {
	t.Helper()
	d := r.door(t)
	d.URLs = urls
	raw, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(r.bundle, bundleFile), raw, 0o600); err != nil {
		t.Fatal(err)
	}
}

// renew takes the key that signs out of the bundle.
func (r *rotation) renew(t *testing.T) []byte {
	t.Helper()
	path := filepath.Join(r.bundle, signingFile)
	text, err := readPrivate(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	return text
}

func (r *rotation) putBack(t *testing.T, key []byte) {
	t.Helper()
	if err := replacePrivate(filepath.Join(r.bundle, signingFile), key); err != nil {
		t.Fatal(err)
	}
}

// refusesTheOldKey submits at the gate what each of the two keys signs, with the
// agency's credentials.
func (r *rotation) refusesTheOldKey(t *testing.T, text []byte, first services.Receipt) {
	t.Helper()
	old, err := signing.ParseKey(text)
	if err != nil {
		t.Fatal(err)
	}
	b, err := openBundle(r.bundle, rotatingAgency)
	if err != nil {
		t.Fatal(err)
	}
	nc, err := b.connect(r.door(t), zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	bus, err := natsbus.NewDesk(nc, r.door(t).Account)
	if err != nil {
		t.Fatal(err)
	}
	for want, key := range map[string]ed25519.PrivateKey{forged: old, "accepted": b.keys.signing} {
		ids := rotationWorld().ids
		raw, err := signing.NewAuthor(key).Write(schemas.Draft{
			ID: ids.EventID(), Author: schemas.Party{Agency: rotatingAgency}, Type: "visit.recorded", Subject: ids.ID(),
			Time: time.Now(), Data: json.RawMessage(badVisit),
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := bus.Submit(within(t), raw); hearError(err).short != want {
			t.Errorf("%s, want %s", hearError(err).short, want)
		}
	}
	if again, err := bus.Submit(within(t), r.stored(t, first)); err != nil || again != first {
		t.Errorf("what the old key filed, again: %+v, %v", again, err)
	}
}

// stored are the bytes in the ledger that a receipt is for.
func (r *rotation) stored(t *testing.T, receipt services.Receipt) []byte {
	t.Helper()
	facts, err := r.site.hub.bus.Intake.Ledger.Read(within(t), scopeOf(receipt))
	if err != nil || len(facts) != 1 {
		t.Fatalf("the ledger has %d of it: %v", len(facts), err)
	}
	return facts[0].Bytes
}

// scopeOf is the inspection that a receipt is about.
func scopeOf(r services.Receipt) schemas.Scope {
	return schemas.Scope{Kind: schemas.ScopeInspection, ID: strings.Split(r.Subject, ".")[2]}
}

// comesBack waits until what waited, signed with the old key, is parked, and lets go
// of it.
func (r *rotation) comesBack(t *testing.T, client *deskclient.Client, n *deskNode) {
	t.Helper()
	for ctx := within(t); ; {
		pending, err := n.Pending(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if len(pending) == 1 && pending[0].Standing == desk.Parked {
			if got := hearError(pending[0].Refusal).short; got != forged {
				t.Errorf("parked as %s", got)
			}
			if err := client.Discard(ctx, pending[0].Event); err != nil {
				t.Error(err)
			}
			return
		}
		if len(pending) == 0 || wait(ctx, 5*time.Millisecond) != nil {
			t.Fatalf("not parked: %+v", pending)
		}
	}
}

// verifies waits until the coordinator's new view has what each key signed.
func (r *rotation) verifies(t *testing.T, receipts ...services.Receipt) {
	t.Helper()
	for ctx := within(t); ; {
		found := 0
		for _, receipt := range receipts {
			facts, err := r.site.desks.running(sampleCoordinator).files.View.Facts(ctx, scopeOf(receipt))
			if err != nil {
				t.Fatal(err)
			}
			found += len(facts)
		}
		if found == len(receipts) {
			return
		}
		if wait(ctx, 5*time.Millisecond) != nil {
			t.Fatalf("%d of %d came", found, len(receipts))
		}
	}
}
