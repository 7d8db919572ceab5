package natsbus_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/saphan-project/saphan/adapters/natsbus"
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

func inbox(t testing.TB, n node, agency string) services.Source {
	t.Helper()
	s, err := desk(t, n, agency).Inbox(within(t))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func put(t testing.TB, n node, agency string, f services.Fact) {
	t.Helper()
	if err := n.Inbox.Put(within(t), agency, f.Scope().ID, f); err != nil {
		t.Fatal(err)
	}
}

func TestInboxHandsOutWhatWasPut(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	want := file(t, n.Ledger, newCase(), 3)
	for range 2 { // to put it again does nothing
		for _, f := range want {
			put(t, n, harbour, f)
		}
	}
	put(t, n, riverside, want[0])
	ended, err := services.NewFact(encode(t, want[0].Scope(), ids().EventID()), want[2].Sequence, recorded, "")
	if err != nil {
		t.Fatal(err)
	}
	put(t, n, harbour, ended)

	source := inbox(t, n, harbour)
	for i, w := range append(want[:3:3], ended) {
		d, f := take(t, source)
		ack(t, d)
		if !bytes.Equal(f.Bytes, w.Bytes) || f.Sequence != w.Sequence || !f.Recorded.Equal(w.Recorded) || f.Subject != w.Subject {
			t.Errorf("fact %d is not as it was put: %+v", i, f)
		}
	}
	more := file(t, n.Ledger, newCase(), 1)
	put(t, n, harbour, more[0])
	if _, f := take(t, source); f.ID() != more[0].ID() {
		t.Fatal("a fact came twice")
	}
}

func TestInboxIsFetchedInBatchesAndSettledOneByOne(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	want := file(t, n.Ledger, newCase(), 150)
	for _, f := range want {
		put(t, n, harbour, f)
	}
	source := inbox(t, n, harbour)
	var got []services.Fact
	for range want {
		d, f := take(t, source)
		ack(t, d)
		got = append(got, f)
	}
	sameIDs(t, got, want)
}

func TestResetInboxStartsAgain(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	want := file(t, n.Ledger, newCase(), 3)
	for _, f := range want {
		put(t, n, harbour, f)
	}
	source := inbox(t, n, harbour)
	for range want {
		d, _ := take(t, source)
		ack(t, d)
	}
	d := desk(t, n, harbour)
	if err := d.ResetInbox(within(t)); err != nil {
		t.Fatal(err)
	}
	source, err := d.Inbox(within(t))
	if err != nil {
		t.Fatal(err)
	}
	var got []services.Fact
	for range want {
		d, f := take(t, source)
		ack(t, d)
		got = append(got, f)
	}
	sameIDs(t, got, want)
}

func TestInboxThatIsNotThereYet(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	account, err := n.Accounts.Open(within(t), harbour)
	if err != nil {
		t.Fatal(err)
	}
	d, err := natsbus.NewDesk(enter(t, n, harbour), account)
	if err != nil {
		t.Fatal(err)
	}
	_, err = d.Inbox(within(t))
	wantKind(t, err, services.Later, services.CodeBusAway)
	wantKind(t, d.ResetInbox(within(t)), services.Later, services.CodeBusAway)
}

func TestOpenInboxKeepsItsPlace(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	want := file(t, n.Ledger, newCase(), 2)
	for _, f := range want {
		put(t, n, harbour, f)
	}
	d, _ := take(t, inbox(t, n, harbour))
	ack(t, d)
	// The first reader fetched both, and holds the second until its time is over.
	join(t, n, harbour)
	more := file(t, n.Ledger, newCase(), 1)
	put(t, n, harbour, more[0])
	if _, f := take(t, inbox(t, n, harbour)); f.ID() != more[0].ID() {
		t.Fatalf("got fact %d", f.Sequence)
	}
}

func TestRemoveLeavesNothingOnTheDisk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	n := start(t, dir)
	facts := file(t, n.Ledger, newCase(), 1)
	secret := encode(t, newCase(), ids().EventID())
	f, err := services.NewFact(secret, 1, recorded, "") // only in the inbox: the ledger keeps its own
	if err != nil {
		t.Fatal(err)
	}
	put(t, n, harbour, facts[0])
	put(t, n, harbour, f)
	put(t, n, harbour, file(t, n.Ledger, newCase(), 1)[0])
	source := inbox(t, n, harbour)
	take(t, source) // out, and never settled
	mark := []byte(f.ID())
	if !onDisk(t, dir, mark) {
		t.Fatal("the test looks for the wrong bytes")
	}

	for range 2 { // to remove what is not there does nothing
		if err := n.Inbox.Remove(within(t), harbour, f.Scope().ID, f.ID()); err != nil {
			t.Fatal(err)
		}
	}
	n.Hub.Close()
	n.server.Close()
	if onDisk(t, dir, mark) {
		t.Error("bytes are left on the disk")
	}

	n = start(t, dir)
	if err := n.Inbox.Put(within(t), harbour, f.Scope().ID, f); err != nil {
		t.Fatalf("what was removed cannot be put again: %v", err)
	}
}

// onDisk reports whether any file under a folder holds the bytes.
func onDisk(t *testing.T, dir string, mark []byte) bool {
	t.Helper()
	found := false
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) || err == nil && d.IsDir() {
			return nil // a broker that runs has files for a moment
		}
		b, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		found = found || bytes.Contains(b, mark)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestSubjectsAreNeverSpelledFromWhatIsNoID(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	f := file(t, n.Ledger, newCase(), 1)[0]
	good := f.Scope().ID
	account := join(t, n, harbour)
	for _, bad := range []string{"", ">", "*", "a.b", "Shelter", "a b", "a\x00b", "a\r\nPUB x", schemas.HubAgency} {
		for name, err := range map[string]error{
			"inbox put":      n.Inbox.Put(within(t), bad, good, f),
			"inbox scope":    n.Inbox.Put(within(t), harbour, bad, f),
			"inbox remove":   n.Inbox.Remove(within(t), harbour, good, bad),
			"inbox consumer": n.OpenInbox(within(t), bad, account),
			"inbox account":  n.OpenInbox(within(t), harbour, bad),
			"vault put":      n.Vault.Put(within(t), bad, f.ID(), "offer", nil),
			"vault event":    n.Vault.Put(within(t), harbour, bad, "offer", nil),
			"vault section":  n.Vault.Put(within(t), harbour, f.ID(), bad, nil),
		} {
			if services.KindOf(err) != services.Invalid {
				t.Errorf("%s of %q: %v", name, bad, err)
			}
		}
		if _, err := natsbus.NewDesk(n.nc, bad); services.KindOf(err) != services.Invalid {
			t.Errorf("desk of %q: %v", bad, err)
		}
		if _, err := n.Ledger.Read(within(t), schemas.Scope{Kind: schemas.ScopeCase, ID: bad}); services.KindOf(err) != services.Invalid {
			t.Errorf("read of %q: %v", bad, err)
		}
	}
}
