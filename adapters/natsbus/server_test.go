package natsbus_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/saphan-project/saphan/adapters/natsbus"
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

func TestStartTakesAnyFolder(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), `a "folder", with $HOME and a \ and สะพาน`)
	n := start(t, dir)
	file(t, n.Ledger, newCase(), 1)
	if _, err := os.Stat(filepath.Join(dir, "jetstream")); err != nil {
		t.Fatal(err)
	}
}

func TestOneProcessPerFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	n := start(t, dir)
	if _, err := natsbus.Start(within(t), config(t, dir)); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Fatalf("a second broker in the folder: %v", err)
	}
	n.server.Close()
	again, err := natsbus.Start(within(t), config(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	again.Close()
}

func TestStartFailsWhereItCannotWrite(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := natsbus.Start(within(t), config(t, dir)); err == nil {
		t.Fatal("started in a file")
	}
	dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "jetstream"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := natsbus.Start(within(t), config(t, dir)); err == nil {
		t.Fatal("started without a store")
	}
	ended, stop := context.WithCancel(context.Background())
	stop()
	if _, err := natsbus.Start(ended, config(t, t.TempDir())); err != nil && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}

// It stands alone: other tests would count too.
func TestCloseLeavesNothingRunning(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 2 {
		t.Run("node", func(t *testing.T) {
			n := start(t, t.TempDir())
			serve(t, n, services.VerbAsk, func(context.Context, services.Party, services.Request) (services.Reply, error) {
				return services.AskReply{}, nil
			})
			if _, err := desk(t, n, harbour).Ask(within(t), services.AskRequest{}); err != nil {
				t.Fatal(err)
			}
			want := file(t, n.Ledger, newCase(), 2)
			put(t, n, harbour, want[0])
			d, _ := take(t, inbox(t, n, harbour))
			ack(t, d)
			ctx, stop := context.WithCancel(context.Background())
			f, err := follow(t, n).Follow(ctx, schemas.ScopeAgency, nil)
			if err != nil {
				t.Fatal(err)
			}
			stop()
			if err := f.Wait(); err != nil {
				t.Fatal(err)
			}
			n.Hub.Close()
			n.server.Close()
			n.server.Close()
		})
	}
	eventually(t, "every goroutine has ended", func() bool { return runtime.NumGoroutine() <= before })
}

func TestLedgerCannotBeChanged(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	want := file(t, n.Ledger, newCase(), 1)
	js, err := jetstream.New(n.nc)
	if err != nil {
		t.Fatal(err)
	}
	stream, err := js.Stream(within(t), natsbus.StreamLedger)
	if err != nil {
		t.Fatal(err)
	}
	weaker := stream.CachedInfo().Config
	weaker.DenyDelete, weaker.DenyPurge = false, false
	_, update := js.UpdateStream(within(t), weaker)
	for name, err := range map[string]error{
		"purge":         stream.Purge(within(t)),
		"delete":        stream.DeleteMsg(within(t), 1),
		"secure delete": stream.SecureDeleteMsg(within(t), 1),
		"weaker":        update,
	} {
		if err == nil {
			t.Errorf("%s was allowed", name)
		}
	}
	if _, err := js.Publish(within(t), want[0].Subject, []byte("other")); err == nil {
		t.Error("a stored event was written over")
	}
	got, err := n.Ledger.Read(within(t), want[0].Scope())
	if err != nil {
		t.Fatal(err)
	}
	sameIDs(t, got, want)
}

func TestAStreamWithWeakerSettingsIsRefused(t *testing.T) {
	t.Parallel()
	for name, weaken := range map[string]func(*jetstream.StreamConfig){
		"DenyDelete":           func(c *jetstream.StreamConfig) { c.DenyDelete = false },
		"DenyPurge":            func(c *jetstream.StreamConfig) { c.DenyPurge = false },
		"MaxMsgsPerSubject":    func(c *jetstream.StreamConfig) { c.MaxMsgsPerSubject = 2 },
		"DiscardNewPerSubject": func(c *jetstream.StreamConfig) { c.DiscardNewPerSubject = false },
		"Storage":              func(c *jetstream.StreamConfig) { c.Storage = jetstream.MemoryStorage },
		"MaxAge":               func(c *jetstream.StreamConfig) { c.MaxAge = 1e12 },
		"AllowMsgTTL":          func(c *jetstream.StreamConfig) { c.AllowMsgTTL = true },
		"AllowRollup":          func(c *jetstream.StreamConfig) { c.AllowRollup, c.DenyPurge = true, false },
		"Subjects":             func(c *jetstream.StreamConfig) { c.Subjects = []string{"ledger.case.>"} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := broker(t, t.TempDir())
			js, err := jetstream.New(n.strong(t))
			if err != nil {
				t.Fatal(err)
			}
			weak := natsbus.Plans()[0]
			weaken(&weak)
			if _, err := js.CreateStream(within(t), weak); err != nil {
				t.Fatal(err)
			}
			if _, err := natsbus.OpenHub(within(t), n.config); err == nil || !strings.Contains(err.Error(), name) {
				t.Fatalf("opened a stream with another %s: %v", name, err)
			}
		})
	}
}
