package natsbus_test

import (
	"errors"
	"testing"
	"time"

	"github.com/saphan-project/saphan/adapters/natsbus"
)

// A key is made by who connects; the hub sees its public half, and signs that.
func TestAUserKeyIsSignedIn(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	join(t, n, harbour)
	made, err := natsbus.GenerateUserKey()
	if err != nil {
		t.Fatal(err)
	}
	k, err := natsbus.ParseUserKey(made.Text())
	if err != nil || k.Public != made.Public {
		t.Fatalf("read %s back as %s, %v", made.Public, k.Public, err)
	}
	signed, err := n.Accounts.Issue(within(t), harbour, k.Public, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	u, err := k.User(signed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.server.Connect(u, "partner"); err != nil {
		t.Errorf("the holder cannot connect: %v", err)
	}
	other, err := natsbus.GenerateUserKey()
	if err != nil {
		t.Fatal(err)
	}
	for _, wrong := range []string{"", "x.y.z"} {
		if _, err := k.User(wrong); !errors.Is(err, natsbus.ErrUserJWT) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
	if _, err := other.User(signed); !errors.Is(err, natsbus.ErrUserJWT) {
		t.Errorf("another key is signed in: %v", err)
	}
	for _, wrong := range []string{"", "SU", made.Public} {
		if _, err := natsbus.ParseUserKey([]byte(wrong)); !errors.Is(err, natsbus.ErrUserKey) {
			t.Errorf("%q is a key: %v", wrong, err)
		}
	}
}
