package desk

import (
	"context"
	"sync"
)

// locks lets one through at a time for each name, and knows a name only while
// somebody wants it. The zero value is ready.
type locks struct {
	mu   sync.Mutex
	held map[string]*turn
}

type turn struct {
	inside chan struct{} // full while somebody is
	wanted int           // by how many, inside or waiting; guarded by locks.mu
}

// acquire waits for its turn and returns what ends it. It fails when ctx ends
// first.
func (l *locks) acquire(ctx context.Context, name string) (func(), error) {
	t := l.join(name)
	select {
	case t.inside <- struct{}{}:
		return func() {
			<-t.inside
			l.leave(name, t)
		}, nil
	case <-ctx.Done():
		l.leave(name, t)
		return nil, ctx.Err()
	}
}

func (l *locks) join(name string) *turn {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.held[name]
	if t == nil {
		t = &turn{inside: make(chan struct{}, 1)}
		if l.held == nil {
			l.held = make(map[string]*turn)
		}
		l.held[name] = t
	}
	t.wanted++
	return t
}

func (l *locks) leave(name string, t *turn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if t.wanted--; t.wanted == 0 {
		delete(l.held, name)
	}
}
