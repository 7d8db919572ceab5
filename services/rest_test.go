package services_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/saphan-project/saphan/services"
)

func TestRest(t *testing.T) {
	t.Parallel()
	after := func(ctx context.Context, d time.Duration) error {
		select {
		case <-time.After(d):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for name, row := range map[string]struct {
		d    time.Duration
		stir func(wake, news chan struct{}, cancel func())
		want time.Duration
	}{
		"time":          {time.Minute, func(_, _ chan struct{}, _ func()) {}, time.Minute},
		"wake":          {time.Minute, func(wake, _ chan struct{}, _ func()) { wake <- struct{}{} }, time.Second},
		"news":          {time.Minute, func(_, news chan struct{}, _ func()) { close(news) }, time.Second},
		"end":           {time.Minute, func(_, _ chan struct{}, cancel func()) { cancel() }, time.Second},
		"wake, untimed": {0, func(wake, _ chan struct{}, _ func()) { wake <- struct{}{} }, time.Second},
		"end, untimed":  {0, func(_, _ chan struct{}, cancel func()) { cancel() }, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				wake, news := make(chan struct{}, 1), make(chan struct{})
				time.AfterFunc(time.Second, func() { row.stir(wake, news, cancel) })
				began := time.Now()
				services.Rest(ctx, row.d, after, wake, news)
				if took := time.Since(began); took != row.want {
					t.Errorf("rested %v, want %v", took, row.want)
				}
			})
		})
	}
}
