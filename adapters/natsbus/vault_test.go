package natsbus_test

import (
	"bytes"
	"testing"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

func TestVaultGivesBackWhatWasPut(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	event := ids().EventID()
	sealed := bytes.Repeat([]byte{0, 1, 2, 3}, schemas.MaxSection/4)
	digest := schemas.Digest(sealed)
	for range 2 { // the same again is fine
		if err := n.Vault.Put(within(t), labour, event, "offer", sealed); err != nil {
			t.Fatal(err)
		}
	}
	got, err := n.Vault.Get(within(t), labour, event, "offer", digest)
	if err != nil || !bytes.Equal(got, sealed) {
		t.Fatalf("got %d bytes, %v", len(got), err)
	}
	resealed := []byte("sealed anew")
	if err := n.Vault.Put(within(t), labour, event, "offer", resealed); err != nil {
		t.Fatalf("a section cannot be sealed anew: %v", err)
	}
}

func TestVaultHoldsOnlyExactlyThat(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	event, sealed := ids().EventID(), []byte("sealed")
	digest := schemas.Digest(sealed)
	sameStart := digest[:63] + string("0123456789abcdef"[(bytes.IndexByte([]byte("0123456789abcdef"), digest[63])+1)%16])
	if err := n.Vault.Put(within(t), labour, event, "offer", sealed); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		agency, event, section, digest string
		want                           bool
	}{
		"it":                                {labour, event, "offer", digest, true},
		"another agency's":                  {harbour, event, "offer", digest, false},
		"another event's":                   {labour, ids().EventID(), "offer", digest, false},
		"another section":                   {labour, event, "account", digest, false},
		"a digest that begins the same way": {labour, event, "offer", sameStart, false},
	} {
		held, err := n.Vault.Holds(within(t), c.agency, c.event, c.section, c.digest)
		if err != nil || held != c.want {
			t.Errorf("%s: held %t, %v", name, held, err)
		}
		if _, err := n.Vault.Get(within(t), c.agency, c.event, c.section, c.digest); (err == nil) != c.want {
			t.Errorf("%s: get: %v", name, err)
		}
	}
	_, err := n.Vault.Get(within(t), harbour, event, "offer", digest)
	wantKind(t, err, services.Unknown, services.CodeNotVisible)
}

func TestVaultThatIsAwayHoldsNothingForSure(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	n.server.Close()
	_, err := n.Vault.Holds(within(t), labour, ids().EventID(), "offer", schemas.Digest(nil))
	wantKind(t, err, services.Later, services.CodeBusAway)
}
