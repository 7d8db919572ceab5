package natsbus_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/saphan-project/saphan/adapters/natsbus"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/intake"
)

func BenchmarkAppend(b *testing.B) {
	n := start(b, b.TempDir())
	scope := newCase()
	facts := file(b, n.Ledger, scope, 1)
	for b.Loop() {
		if len(facts) == intake.PageSize {
			scope, facts = newCase(), nil
		}
		f, err := n.Ledger.Append(context.Background(), next(b, scope, facts))
		if err != nil {
			b.Fatal(err)
		}
		facts = append(facts, f)
	}
}

// Reading a case must cost the same however much lies around it: cold is the
// first reading of a case of 20 events, warm is every later one.
func BenchmarkRead(b *testing.B) {
	for _, size := range []int{10_000, 100_000} {
		n := start(b, b.TempDir())
		fill(b, n, size)
		facts := file(b, n.Ledger, newCase(), 20)
		b.Run(fmt.Sprintf("cold/%d", size), func(b *testing.B) {
			for b.Loop() {
				n.Ledger.Forget()
				read(b, n.Ledger, facts)
			}
		})
		b.Run(fmt.Sprintf("warm/%d", size), func(b *testing.B) {
			for b.Loop() {
				read(b, n.Ledger, facts)
			}
		})
		n.Hub.Close()
		n.server.Close()
	}
}

// fill stores events of other cases, five a case, beside the gate.
func fill(b *testing.B, n node, size int) {
	js, err := jetstream.New(n.nc, jetstream.WithPublishAsyncMaxPending(1024))
	if err != nil {
		b.Fatal(err)
	}
	body := make([]byte, 1500)
	scope := newCase()
	for i := range size {
		if i%5 == 0 {
			scope = newCase()
		}
		to, err := natsbus.LedgerSubject(scope, 0, ids().EventID())
		if err != nil {
			b.Fatal(err)
		}
		if _, err := js.PublishAsync(to, body, jetstream.WithStallWait(time.Minute)); err != nil {
			b.Fatal(err)
		}
	}
	<-js.PublishAsyncComplete()
}

func read(b *testing.B, l *natsbus.Ledger, want []services.Fact) {
	got, err := l.Read(context.Background(), want[0].Scope())
	if err != nil || len(got) != len(want) {
		b.Fatalf("read %d of %d facts, %v", len(got), len(want), err)
	}
}
