package natsbus_test

import (
	"errors"
	"testing"

	"github.com/saphan-project/saphan/adapters/natsbus"
)

func TestTheWallHolds(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	for range 2 { // it leaves nothing behind
		if err := n.SelfTest(within(t)); err != nil {
			t.Fatal(err)
		}
	}
	stream, err := n.stream(t, natsbus.StreamInbox)
	if err != nil || stream.State.Msgs != 0 || stream.State.Consumers != 0 {
		t.Fatalf("left behind: %+v, %v", stream.State, err)
	}
}

// Each hole in the wall is noticed, though nothing else is open.
func TestTheSelfTestFindsAHole(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	consume(t, n, "delivery")
	for _, hole := range []string{
		"inbox.>", "ledger.>", "cited.>", "audit.>", "vault.>",
		"$JS.ACK.LEDGER.*.>", "$JS.API.CONSUMER.INFO.LEDGER.*", "$JS.API.DIRECT.GET.INBOX", "$JS.API.DIRECT.GET.LEDGER", "$JS.API.STREAM.MSG.DELETE.INBOX",
	} {
		if err := n.SelfTestWith(within(t), hole); !errors.Is(err, natsbus.ErrWall) {
			t.Errorf("%s was open, and the self-test says %v", hole, err)
		}
	}
}
