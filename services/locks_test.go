package services

import (
	"context"
	"fmt"
	"sync"
	"testing"
)

// One at a time in a scope; scopes do not wait for each other; and in the end
// the table is empty.
func TestLocks(t *testing.T) {
	t.Parallel()
	var l Locks[string]
	inside := make([]int, 3)
	var wg sync.WaitGroup
	for i := range 90 {
		wg.Go(func() {
			n := i % len(inside)
			release, err := l.Acquire(context.Background(), fmt.Sprint(n))
			if err != nil {
				t.Error(err)
				return
			}
			inside[n]++ // the race detector sees two inside
			release()
		})
	}
	wg.Wait()
	for n, count := range inside {
		if count != 30 {
			t.Errorf("scope %d was entered %d times, want 30", n, count)
		}
	}
	if len(l.held) != 0 {
		t.Errorf("%d scopes are kept", len(l.held))
	}
}

func TestLocksGiveUpWithTheContext(t *testing.T) {
	t.Parallel()
	var l Locks[string]
	const scope = "one"
	release, err := l.Acquire(t.Context(), scope)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.Acquire(ctx, scope); err == nil {
		t.Fatal("entered an occupied scope")
	}
	if len(l.held) != 1 {
		t.Errorf("%d scopes are held, want the one that is occupied", len(l.held))
	}
	release()
	if len(l.held) != 0 {
		t.Errorf("%d scopes are kept", len(l.held))
	}
}
