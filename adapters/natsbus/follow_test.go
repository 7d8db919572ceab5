package natsbus_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/saphan-project/saphan/adapters/natsbus"
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

func TestFollowCatchesUpAndGoesOn(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	registry := schemas.Scope{Kind: schemas.ScopeAgency, ID: harbour}
	file(t, n.Ledger, registry, 3)
	file(t, n.Ledger, newCase(), 2)

	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	got := make(chan services.Fact, 16)
	f, err := follow(t, n).Follow(ctx, schemas.ScopeAgency, func(_ context.Context, f services.Fact) error {
		got <- f
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	waitFor(t, f.Ready())
	if len(got) != 3 {
		t.Fatalf("ready after %d facts", len(got))
	}
	want := file(t, n.Ledger, registry, 1)
	var have []services.Fact
	for range want {
		have = append(have, <-got)
	}
	sameIDs(t, have, want)
	stop()
	if err := f.Wait(); err != nil {
		t.Fatal(err)
	}
}

func TestFollowOfNothingIsReady(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	file(t, n.Ledger, newCase(), 1)
	refused := errors.New("refused")
	f, err := follow(t, n).Follow(within(t), schemas.ScopeAgency, func(context.Context, services.Fact) error { return refused })
	if err != nil {
		t.Fatal(err)
	}
	waitFor(t, f.Ready())
	file(t, n.Ledger, schemas.Scope{Kind: schemas.ScopeAgency, ID: harbour}, 1)
	waitFor(t, f.Done())
	if err := f.Wait(); !errors.Is(err, refused) {
		t.Fatalf("ended with %v", err)
	}
	if _, err := follow(t, n).Follow(within(t), "case.>", nil); services.KindOf(err) != services.Invalid {
		t.Fatalf("followed a kind that is none: %v", err)
	}
}

// A broker that is busy for a while does not end the following, and loses no fact.
func TestFollowTriesAgainLater(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	want := file(t, n.Ledger, schemas.Scope{Kind: schemas.ScopeAgency, ID: harbour}, 2)
	busy := 2
	got := make(chan services.Fact, 16)
	f, err := follow(t, n).Follow(t.Context(), schemas.ScopeAgency, func(_ context.Context, f services.Fact) error {
		if busy--; busy >= 0 {
			return fmt.Errorf("make consumer: %w", services.Refuse(services.Later, services.CodeBusAway))
		}
		got <- f
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	waitFor(t, f.Ready())
	sameIDs(t, []services.Fact{<-got, <-got}, want)
}

func TestFollowEndsWithItsContextWhileItTriesAgain(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	file(t, n.Ledger, schemas.Scope{Kind: schemas.ScopeAgency, ID: harbour}, 1)
	ctx, stop := context.WithCancel(t.Context())
	f, err := follow(t, n).Follow(ctx, schemas.ScopeAgency, func(context.Context, services.Fact) error {
		stop()
		return services.Refuse(services.Later, services.CodeBusAway)
	})
	if err != nil {
		t.Fatal(err)
	}
	waitFor(t, f.Done())
	if err := f.Wait(); err != nil {
		t.Fatalf("ended with %v", err)
	}
}

func TestFollowEndsWithTheConnection(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	f, err := follow(t, n).Follow(context.Background(), schemas.ScopeAgency, nil)
	if err != nil {
		t.Fatal(err)
	}
	n.server.Close()
	waitFor(t, f.Done())
	if f.Wait() == nil {
		t.Fatal("it ended as if it had been told to")
	}
}

// follow is the ledger as the directory reads it.
func follow(t *testing.T, n node) *natsbus.Ledger { return part(t, n.Hub, "directory").Ledger }

func waitFor(t *testing.T, c <-chan struct{}) {
	t.Helper()
	select {
	case <-c:
	case <-within(t).Done():
		t.Fatal("not in time")
	}
}
