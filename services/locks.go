package services

import (
	"context"
	"sync"
)

// Locks lets one caller at a time through for each key. It holds a key only
// while somebody wants it. The zero value is ready.
type Locks[K comparable] struct {
	mu   sync.Mutex
	held map[K]*lock
}

type lock struct {
	turn  chan struct{} // full while somebody is inside
	users int           // inside or waiting; guarded by Locks.mu
}

// Acquire waits for its turn, and returns what ends it. It fails with ctx's
// error when ctx ends first.
func (l *Locks[K]) Acquire(ctx context.Context, key K) (release func(), err error) {
	k := l.join(key)
	select {
	case k.turn <- struct{}{}:
	case <-ctx.Done():
		l.leave(key, k)
		return nil, ctx.Err()
	}
	return func() {
		<-k.turn
		l.leave(key, k)
	}, nil
}

func (l *Locks[K]) join(key K) *lock {
	l.mu.Lock()
	defer l.mu.Unlock()
	k := l.held[key]
	if k == nil {
		k = &lock{turn: make(chan struct{}, 1)}
		if l.held == nil {
			l.held = make(map[K]*lock)
		}
		l.held[key] = k
	}
	k.users++
	return k
}

func (l *Locks[K]) leave(key K, k *lock) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if k.users--; k.users == 0 {
		delete(l.held, key)
	}
}
