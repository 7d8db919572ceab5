package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// tasks owns the goroutines of a part of the program. None of them may end
// before it is told to: one that does takes its part, and so the node, with it.
type tasks struct {
	ctx    context.Context
	stop   context.CancelFunc
	done   sync.WaitGroup
	failed func(task string, err error)
}

// newTasks returns tasks that last until Close, whatever becomes of ctx: what is
// in hand when a node is told to stop is finished first. Failed is told of one
// that ends earlier.
func newTasks(ctx context.Context, failed func(task string, err error)) *tasks {
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	return &tasks{ctx: ctx, stop: stop, failed: failed}
}

var errEnded = errors.New("ended before it was told to")

// Go runs a task until Close.
func (t *tasks) Go(name string, run func(context.Context) error) {
	t.done.Go(func() {
		err := run(t.ctx)
		if t.ctx.Err() != nil {
			return
		}
		if err == nil {
			err = errEnded
		}
		t.failed(name, err)
	})
}

// Close stops all tasks and waits for them. It may be called twice.
func (t *tasks) Close() {
	t.stop()
	t.done.Wait()
}

// fault keeps the first failure of a task of a node.
type fault struct {
	once sync.Once
	down chan struct{} // closed when there is one
	err  error
}

func newFault() *fault { return &fault{down: make(chan struct{})} }

// set records a failure, unless there is one already.
func (f *fault) set(task string, err error) {
	f.once.Do(func() {
		f.err = fmt.Errorf("%s: %w", task, err)
		close(f.down)
	})
}

// Err returns the failure, or nil as long as there is none.
func (f *fault) Err() error {
	select {
	case <-f.down:
		return f.err
	default:
		return nil
	}
}
