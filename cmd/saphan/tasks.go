package main

import (
	"context"
	"sync"
)

// tasks owns the goroutines of a part of the program.
type tasks struct {
	ctx    context.Context
	stop   context.CancelFunc
	done   sync.WaitGroup
	failed func(task string, err error)
}

// newTasks ties the tasks to ctx. What fails while ctx lasts is told to failed.
func newTasks(ctx context.Context, failed func(task string, err error)) *tasks {
	ctx, stop := context.WithCancel(ctx)
	return &tasks{ctx: ctx, stop: stop, failed: failed}
}

// Go runs a task until it ends or Close is called.
func (t *tasks) Go(name string, run func(context.Context) error) {
	t.done.Go(func() {
		if err := run(t.ctx); err != nil && t.ctx.Err() == nil {
			t.failed(name, err)
		}
	})
}

// Close stops all tasks and waits for them. It may be called twice.
func (t *tasks) Close() {
	t.stop()
	t.done.Wait()
}
