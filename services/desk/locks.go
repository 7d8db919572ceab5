package desk

import (
	"context"
	"hash/fnv"
)

const stripes = 64

// locks lets one through at a time for each name. Names share stripes, so
// nobody may hold one lock and wait for another of the same set.
type locks [stripes]chan struct{}

func newLocks() *locks {
	var l locks
	for i := range l {
		l[i] = make(chan struct{}, 1)
	}
	return &l
}

// acquire waits for its turn and returns what ends it. It fails when ctx ends
// first.
func (l *locks) acquire(ctx context.Context, name string) (func(), error) {
	h := fnv.New32a()
	_, _ = h.Write([]byte(name))
	turn := l[h.Sum32()%stripes]
	select {
	case turn <- struct{}{}:
		return func() { <-turn }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
