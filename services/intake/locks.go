package intake

import (
	"context"
	"sync"

	"github.com/saphan-project/saphan/schemas"
)

// locks lets one candidate of a scope through at a time. It holds a scope only
// while somebody wants it. The zero value is ready.
type locks struct {
	mu   sync.Mutex
	held map[schemas.Scope]*lock
}

type lock struct {
	turn  chan struct{} // full while somebody is inside
	users int           // inside or waiting; guarded by locks.mu
}

// acquire waits for its turn, and returns what ends it. It fails when ctx ends
// first.
func (l *locks) acquire(ctx context.Context, scope schemas.Scope) (func(), error) {
	k := l.join(scope)
	select {
	case k.turn <- struct{}{}:
	case <-ctx.Done():
		l.leave(scope, k)
		return nil, ctx.Err()
	}
	return func() {
		<-k.turn
		l.leave(scope, k)
	}, nil
}

func (l *locks) join(scope schemas.Scope) *lock {
	l.mu.Lock()
	defer l.mu.Unlock()
	k := l.held[scope]
	if k == nil {
		k = &lock{turn: make(chan struct{}, 1)}
		if l.held == nil {
			l.held = make(map[schemas.Scope]*lock)
		}
		l.held[scope] = k
	}
	k.users++
	return k
}

func (l *locks) leave(scope schemas.Scope, k *lock) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if k.users--; k.users == 0 {
		delete(l.held, scope)
	}
}
