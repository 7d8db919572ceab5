package natsbus_test

import (
	"context"
	"testing"
	"time"

	"github.com/saphan-project/saphan/adapters/natsbus"
	"github.com/saphan-project/saphan/services"
)

func TestCloseAnswersWhatIsInHand(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	began, goOn := make(chan struct{}), make(chan struct{})
	serve(t, n, services.VerbSubmit, func(ctx context.Context, _ services.Party, _ services.Request) (services.Reply, error) {
		close(began)
		<-goOn
		return services.Receipt{Event: "done"}, ctx.Err()
	})
	d := desk(t, n, harbour)
	answered := make(chan services.Receipt, 1)
	go func() {
		r, err := d.Submit(context.Background(), nil)
		if err != nil {
			t.Error(err)
		}
		answered <- r
	}()
	<-began
	closed := make(chan struct{})
	go func() {
		n.Hub.Close()
		n.Hub.Close()
		close(closed)
	}()
	select {
	case <-closed:
		t.Fatal("closed before the request was answered")
	case <-time.After(20 * time.Millisecond):
	}
	close(goOn)
	<-closed
	if r := <-answered; r.Event != "done" {
		t.Fatalf("answered %+v", r)
	}
}

// More ask than can be in hand when the hub closes: each is answered, or told
// to ask again, and none waits for its patience to end.
func TestCloseLeavesNobodyWaiting(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	const asking = 100
	began, goOn := make(chan struct{}, asking), make(chan struct{})
	serve(t, n, services.VerbSubmit, func(context.Context, services.Party, services.Request) (services.Reply, error) {
		began <- struct{}{}
		<-goOn
		return services.Receipt{}, nil
	})
	d := desk(t, n, harbour)
	answers := make(chan error, asking)
	for range asking {
		go func() {
			_, err := d.Submit(context.Background(), nil)
			answers <- err
		}()
	}
	for range natsbus.ServeEach {
		<-began
	}
	closed := make(chan struct{})
	go func() {
		n.Hub.Close()
		close(closed)
	}()
	for range asking - natsbus.ServeEach { // these are told while the others are in hand
		wantKind(t, <-answers, services.Later, services.CodeBusAway)
	}
	close(goOn)
	<-closed
	for range natsbus.ServeEach {
		if err := <-answers; err != nil {
			t.Fatal(err)
		}
	}
}
