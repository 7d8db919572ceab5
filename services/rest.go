package services

import (
	"context"
	"time"
)

// Rest returns after d, as soon as there is something on one of two channels or it is
// closed, or when ctx ends; with d = 0 it waits for the channels alone. A nil channel
// never wakes. Wait returns after a while, or with an error when its context ends
// first.
func Rest(ctx context.Context, d time.Duration, wait func(context.Context, time.Duration) error, wake, news <-chan struct{}) {
	ctx, cancel := context.WithCancel(ctx)
	over := make(chan struct{})
	go func() {
		defer close(over)
		if d > 0 {
			_ = wait(ctx, d)
			return
		}
		<-ctx.Done()
	}()
	select {
	case <-wake:
	case <-news:
	case <-over:
	}
	cancel()
	<-over
}
