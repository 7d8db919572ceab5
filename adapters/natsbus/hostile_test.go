package natsbus_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/saphan-project/saphan/adapters/natsbus"
	"github.com/saphan-project/saphan/services"
)

// An agency writes the numbers of its acknowledgements itself. What it makes up must
// not hide the dead letters of everybody else.
func TestAMadeUpAcknowledgementHidesNoDeadLetters(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	account := join(t, n, "shelter-example")
	nc := enter(t, n, "shelter-example")
	if err := nc.Publish("$JS.ACK.INBOX."+account+".-1.1.1.1.0", []byte("+TERM")); err != nil {
		t.Fatal(err)
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the advisory", func() bool {
		s, err := n.stream(t, natsbus.StreamAdvice)
		return err == nil && s.State.Msgs > 0
	})
	if _, _, err := n.DeadLetters(within(t), 0); err != nil {
		t.Errorf("dead letters cannot be read any more: %v", err)
	}
}

// One agency that asks without end must not keep another one from being answered.
func TestAFloodStarvesNobody(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	join(t, n, "police-example")
	join(t, n, "shelter-example")
	serve(t, n, services.VerbSubmit, func(context.Context, services.Party, services.Request) (services.Reply, error) {
		time.Sleep(20 * time.Millisecond) // as long as the disk takes
		return services.Receipt{}, nil
	})
	loud := enter(t, n, "police-example")
	var stop atomic.Bool
	t.Cleanup(func() { stop.Store(true) })
	go func() {
		for !stop.Load() {
			for range 100 {
				_ = loud.PublishRequest("saphan.submit", "_INBOX.unheard", []byte("{}"))
			}
			_ = loud.Flush()
		}
	}()
	time.Sleep(time.Second)
	answered := 0
	quiet := enter(t, n, "shelter-example")
	for range 5 {
		if _, err := quiet.Request("saphan.submit", []byte("{}"), 2*time.Second); err == nil {
			answered++
		}
	}
	if answered < 5 {
		t.Errorf("%d of 5 requests of the other agency were answered", answered)
	}
}
