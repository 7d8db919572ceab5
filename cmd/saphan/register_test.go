package main

import (
	"crypto/ed25519"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/saphan-project/saphan/adapters/signing"
	"github.com/saphan-project/saphan/schemas"
)

func TestEarlierSigningKeysAreRetired(t *testing.T) {
	t.Parallel()
	signs := func(key, service string) schemas.Key { return schemas.Key{Use: "signing", Key: key, Service: service} }
	signed := func(key, service string) schemas.Key { return retired(signs(key, service)) }
	seals := func(key string) schemas.Key { return schemas.Key{Use: "sealing", Key: key} }
	for name, row := range map[string]struct{ present, known, want []schemas.Key }{
		"new agency": {[]schemas.Key{signs("a", "")}, nil, []schemas.Key{signs("a", "")}},
		"as before":  {[]schemas.Key{signs("a", ""), seals("x")}, []schemas.Key{signs("a", ""), seals("x")}, []schemas.Key{signs("a", ""), seals("x")}},
		"another one signs": {
			[]schemas.Key{signs("b", ""), seals("x")}, []schemas.Key{signs("a", ""), seals("x")},
			[]schemas.Key{signs("b", ""), seals("x"), signed("a", "")},
		},
		"and a third": {
			[]schemas.Key{signs("c", ""), seals("x")}, []schemas.Key{signs("b", ""), seals("x"), signed("a", "")},
			[]schemas.Key{signs("c", ""), seals("x"), signed("b", ""), signed("a", "")},
		},
		"nothing is sealed to an earlier one": {
			[]schemas.Key{signs("a", ""), seals("y")}, []schemas.Key{signs("a", ""), seals("x")},
			[]schemas.Key{signs("a", ""), seals("y")},
		},
		"of the service that signed with it": {
			[]schemas.Key{signs("b", "vault"), signs("c", "routing")}, []schemas.Key{signs("a", "vault"), signs("c", "routing")},
			[]schemas.Key{signs("b", "vault"), signs("c", "routing"), signed("a", "vault")},
		},
	} {
		got := listed(row.present, row.known)
		if diff := cmp.Diff(row.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if again := listed(row.present, got); !slices.Equal(again, got) {
			t.Errorf("%s: not the same the second time: %v", name, again)
		}
	}
}

// TestUpGoesOnWithNewKeys: the hub and an agency have lost keys, and get new ones.
// What was signed before still verifies, also at a desk that reads it all again;
// what is signed from then on does, too.
func TestUpGoesOnWithNewKeys(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := startUp(t, dir)
	runs(t, "--desk", filepath.Join(deskDir(dir, sampleLabour), "desk.json"), "file", "--example")
	before := everyDesk(t, dir)
	first.down(t)
	for _, lost := range []string{
		"hub/intake.pem", "hub/routing.pem", "hub/vault.pem", "hub/delivery.pem",
		"desks/" + sampleLabour + "/signing.pem", "desks/" + sampleRiverside + "/signing.pem",
		"desks/" + sampleCoordinator + "/view.db", "desks/" + sampleRiverside + "/view.db",
	} {
		if err := os.Remove(filepath.Join(dir, filepath.FromSlash(lost))); err != nil {
			t.Fatal(err)
		}
	}
	second, err := serve(within(t), exec.Command("saphan", "up", "--sample", "--data", dir, "--listen", "127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	defer second.down(t)
	if diff := cmp.Diff(before, everyDesk(t, dir)); diff != "" {
		t.Errorf("who saw what (-before +after):\n%s", diff)
	}
	shelter := func(args ...string) string {
		return runs(t, append([]string{"--desk", filepath.Join(deskDir(dir, sampleRiverside), "desk.json"), "referral"}, args...)...)
	}
	if got := shelter("open", "K7QM-3F9X-S"); !strings.Contains(got, "{") { // the vault signs that it was
		t.Errorf("opened %s", got)
	}
	if got := shelter("decline", "K7QM-3F9X-S", "--reason", "cannot_take"); !strings.Contains(got, "receipt") {
		t.Errorf("declined: %s", got)
	}
	next := deskOf(t, dir, sampleHarbour) // routing signs the offer
	for ctx := within(t); ; {
		items, err := next.Inbox(ctx)
		if len(items) == 1 && items[0].Need == "decide" {
			break
		}
		if wait(ctx, 5e6) != nil {
			t.Fatalf("the next choice was not asked: %+v, %v", items, err)
		}
	}
}

// A folder that has lost a part of what nobody can make again does not start, and says
// which: to begin anew in it would look well, and lose everything.
func TestUpRefusesAFolderThatIsNotWhole(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	startUp(t, dir).down(t)
	desk := filepath.Join("desks", sampleLabour)
	for lost, want := range map[string]string{
		"hub": "whose keys are gone: hub/", "bus": "whose streams are gone: bus/",
		filepath.Join(desk, sealingFile): sealingFile + " is missing", filepath.Join(desk, outboxFile): outboxFile + " is missing",
	} {
		aside := filepath.Join(t.TempDir(), "aside")
		if err := os.Rename(filepath.Join(dir, lost), aside); err != nil {
			t.Fatal(err)
		}
		said, err := exec.CommandContext(within(t), "saphan", "up", "--data", dir, "--listen", "127.0.0.1:0").CombinedOutput()
		if err == nil || !strings.Contains(string(said), want) {
			t.Errorf("without %s: %v\n%s", lost, err, said)
		}
		if err := os.RemoveAll(filepath.Join(dir, lost)); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(aside, filepath.Join(dir, lost)); err != nil {
			t.Fatal(err)
		}
	}
	key := filepath.Join(dir, desk, signingFile)
	if err := os.Chmod(key, 0o644); err != nil {
		t.Fatal(err)
	}
	if said, err := exec.CommandContext(within(t), "saphan", "up", "--data", dir).CombinedOutput(); err == nil || !strings.Contains(string(said), "others can read it") {
		t.Errorf("a key that others can read: %v\n%s", err, said)
	}
	if err := errors.Join(os.Chmod(key, 0o600), os.Remove(filepath.Join(dir, desk, recoveryFile))); err != nil {
		t.Fatal(err)
	}
	startUp(t, dir).down(t) // the recovery key may be kept elsewhere
}

// A hub that was given another root key does not start, whether a desk runs beside it
// or not: group 86 of the bad inputs.
func TestAnotherRootIsRefused(t *testing.T) {
	t.Parallel()
	c := nodeConfig{dir: t.TempDir()}
	w := realWorld(zerolog.Nop(), noop.NewTracerProvider().Tracer(""))
	for _, given := range []struct {
		key  func() (ed25519.PrivateKey, error)
		want error
	}{
		{func() (ed25519.PrivateKey, error) {
			return signingForm.keep(filepath.Join(hubDir(c.dir), "operator.pem"))
		}, nil},
		{signing.GenerateKey, errOtherRoot},
	} {
		n, err := startNode(t.Context(), c, w)
		if err != nil {
			t.Fatal(err)
		}
		if err := n.Close(); err != nil {
			t.Fatal(err)
		}
		key, err := given.key()
		if err != nil {
			t.Fatal(err)
		}
		text, err := signing.FormatKey(key)
		if err != nil {
			t.Fatal(err)
		}
		if err := replacePrivate(filepath.Join(hubDir(c.dir), "operator.pem"), text); err != nil {
			t.Fatal(err)
		}
		if n, err = startNode(t.Context(), c, w); !errors.Is(err, given.want) {
			t.Errorf("started with %v, want %v", err, given.want)
		}
		if n != nil {
			_ = n.Close()
		}
	}
}
