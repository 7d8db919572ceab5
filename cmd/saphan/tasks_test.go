package main

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/rs/zerolog"
)

func TestATaskThatFailsIsTold(t *testing.T) {
	t.Parallel()
	boom := errors.New("invented failure")
	for name, row := range map[string]struct {
		run  func(context.Context) error
		want error
	}{
		"fails":         {func(context.Context) error { return boom }, boom},
		"ends too soon": {func(context.Context) error { return nil }, errEnded},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			w := world{log: zerolog.New(&log), fault: newFault()}
			ts := newTasks(t.Context(), w.failed)
			ts.Go("routing", row.run)
			<-w.fault.down
			ts.Close()
			if err := w.fault.Err(); !errors.Is(err, row.want) || !strings.HasPrefix(err.Error(), "routing: ") {
				t.Errorf("the fault is %v", err)
			}
			if !strings.Contains(log.String(), `"task":"routing"`) {
				t.Errorf("logged %s", log.String())
			}
		})
	}
}

func TestTheFirstFailureIsKept(t *testing.T) {
	t.Parallel()
	f := newFault()
	if f.Err() != nil {
		t.Error("a fault before there is one")
	}
	first := errors.New("first")
	f.set("a", first)
	f.set("b", errors.New("second"))
	if !errors.Is(f.Err(), first) {
		t.Errorf("kept %v", f.Err())
	}
}

// Tasks last until they are closed, and what they end with then is no failure.
func TestTasksLastUntilClose(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	w := world{log: zerolog.Nop(), fault: newFault()}
	ts := newTasks(ctx, w.failed)
	ended := make(chan struct{})
	ts.Go("routing", func(ctx context.Context) error {
		<-ctx.Done()
		close(ended)
		return ctx.Err()
	})
	cancel()
	if ts.ctx.Err() != nil {
		t.Error("they ended with the context in which they were started")
	}
	ts.Close()
	ts.Close()
	<-ended
	if err := w.fault.Err(); err != nil {
		t.Errorf("the fault is %v", err)
	}
}
