package main

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/saphan-project/saphan/adapters/deskclient"
	"github.com/saphan-project/saphan/services/casefile"
)

// runsInto runs the program to its end, which is a failure, and returns what it
// said and its exit status.
func runsInto(t *testing.T, args ...string) said {
	t.Helper()
	cmd := exec.CommandContext(within(t), "saphan", args...)
	var out, err strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &err
	if cmd.Run() == nil {
		t.Fatalf("%v: no failure\n%s", args, out.String())
	}
	return said{cmd.ProcessState.ExitCode(), out.String(), err.String()}
}

func TestUpRefusesAnAddressThatItCannotOrShouldNotUse(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, row := range []struct{ address, want string }{
		{"0.0.0.0:0", "error: other machines can reach that address\nsaphan: hint: listen on 127.0.0.1, or add --expose"},
		{":0", "error: other machines can reach that address\n"},
		{"[::]:0", "error: other machines can reach that address\n"},
		{taken.Addr().String(), "error: cannot listen on that address\nsaphan: hint: choose another one with --listen"},
		{"nonsense", "error: cannot listen on that address\n"},
	} {
		dir := filepath.Join(t.TempDir(), "data")
		got := runsInto(t, "up", "--sample", "--data", dir, "--listen", row.address)
		if got.exit != exitUsage || got.out != "" || !strings.Contains(got.err, row.want) {
			t.Errorf("--listen %s: %+v", row.address, got)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("--listen %s: the data folder was made", row.address)
		}
	}
}

func TestUpServesOthersWhereThatIsMeant(t *testing.T) {
	t.Parallel()
	s := startUp(t, t.TempDir(), "--expose", "--listen", "0.0.0.0:0")
	if !strings.HasPrefix(s.url, "http://127.0.0.1:") {
		t.Errorf("it is at %q", s.url)
	}
	s.down(t)
}

func TestUpSaysWhereTheBusIs(t *testing.T) {
	t.Parallel()
	s := &site{node: listeningNode(t)}
	for json, want := range map[bool]string{false: "\nThe bus: tls://127.0.0.1:", true: `"tls://127.0.0.1:`} {
		var out strings.Builder
		if err := (&command{stdout: &out, json: json}).welcome(s, ""); err != nil || !strings.Contains(out.String(), want) {
			t.Errorf("%v: it said %s", err, out.String())
		}
	}
}

func TestUpTellsClientsTheAddressThatItIsGiven(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := startUp(t, dir, "--url", "https://saphan.example.org/")
	defer s.down(t)
	file, err := deskclient.Load(filepath.Join(deskDir(dir, sampleLabour), "desk.json"))
	if err != nil || file.URL != "https://saphan.example.org" || s.url != file.URL {
		t.Errorf("it is at %q, its desk at %q, %v", s.url, file.URL, err)
	}
}

func TestUpRefusesAnAddressOfClientsThatIsNone(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"saphan.example.org", "ftp://saphan.example.org", "https://", "https://a:b@example.org", "https://example.org?a", "%"} {
		got := runsInto(t, "up", "--data", filepath.Join(t.TempDir(), "data"), "--listen", "127.0.0.1:0", "--url", address)
		if got.exit != exitUsage || !strings.Contains(got.err, "error: --url takes an address on the web\n") {
			t.Errorf("--url %s: %+v", address, got)
		}
	}
}

// SIGTERM is how others stop it: a normal end, like Ctrl-C.
func TestUpEndsWellOnSIGTERM(t *testing.T) {
	t.Parallel()
	s := startUp(t, t.TempDir())
	if err := s.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-s.ended:
		if err != nil || s.stderr.Len() > 0 {
			t.Errorf("ended with %v\n%s", err, s.stderr.String())
		}
	case <-within(t).Done():
		t.Fatal("it did not end")
	}
}

// A folder's name may hold what looks like a pattern.
func TestUpFindsItsDesksInAnyFolder(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data [1]*")
	startUp(t, dir).down(t)
	again, err := upFlags{data: dir}.agencies()
	if err != nil || len(again) != len(sampleAgencies()) {
		t.Errorf("found %v, %v", again, err)
	}
	if none, err := (upFlags{data: t.TempDir()}).agencies(); err != nil || len(none) > 0 {
		t.Errorf("found %v, %v", none, err)
	}
}

func TestUpRefusesAFolderThatAnotherProcessHasOpen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := startUp(t, dir)
	got := runsInto(t, "up", "--sample", "--data", dir, "--listen", "127.0.0.1:0")
	if got.exit != 6 || got.out != "" ||
		!strings.Contains(got.err, "saphan: error: another saphan runs on this data folder\nsaphan: hint: stop that one first") {
		t.Errorf("got %+v", got)
	}
	client := deskOf(t, dir, sampleLabour)
	if _, err := client.Cases(within(t)); err != nil {
		t.Errorf("the first one no longer answers: %v", err)
	}
	first.down(t)
}

func deskOf(t *testing.T, dir, agency string) *deskclient.Client {
	t.Helper()
	file, err := deskclient.Load(filepath.Join(deskDir(dir, agency), "desk.json"))
	if err != nil {
		t.Fatal(err)
	}
	return deskclient.New(file)
}

// TestUpGoesOnWhereItStopped starts it twice on one folder, the second time
// without --sample: it knows its agencies.
func TestUpGoesOnWhereItStopped(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := startUp(t, dir)
	runs(t, "--desk", filepath.Join(deskDir(dir, sampleLabour), "desk.json"), "file", "--example")
	before := everyDesk(t, dir)
	if !strings.Contains(before[sampleRiverside], "K7QM-3F9X-S  decide") {
		t.Errorf("the shelter's inbox:\n%s", before[sampleRiverside])
	}
	first.down(t)
	old := tokens(t, dir)
	second, err := serve(within(t), exec.Command("saphan", "up", "--data", dir, "--listen", "127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	defer second.down(t)
	if second.url == first.url || tokens(t, dir) != old {
		t.Errorf("it is at %s after %s; the tokens are the same: %v", second.url, first.url, tokens(t, dir) == old)
	}
	after := everyDesk(t, dir)
	for agency, text := range before {
		if after[agency] != text {
			t.Errorf("%s saw\n%s\nand sees\n%s", agency, text, after[agency])
		}
	}
}

// runs runs a command that succeeds, and returns what it printed.
func runs(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(within(t), "saphan", args...).Output()
	if err != nil {
		t.Fatalf("%v: %v", args, err)
	}
	return string(out)
}

// everyDesk lists inbox and cases of every agency, once the referral has arrived
// at its shelter, and everybody who may has seen that.
func everyDesk(t *testing.T, dir string) map[string]string {
	t.Helper()
	for _, agency := range []string{sampleLabour, sampleCoordinator, sampleRiverside} {
		arrives(t, deskOf(t, dir, agency))
	}
	lists := make(map[string]string)
	for _, a := range sampleAgencies() {
		file := filepath.Join(deskDir(dir, a.ID), "desk.json")
		lists[a.ID] = runs(t, "--desk", file, "inbox") + runs(t, "--desk", file, "case", "ls")
	}
	return lists
}

// arrives waits until a desk shows that the story's referral was delivered.
func arrives(t *testing.T, client *deskclient.Client) {
	t.Helper()
	ctx := within(t)
	for {
		steps, err := client.Trace(ctx, "K7QM-3F9X-S")
		if slices.ContainsFunc(steps, func(st casefile.Step) bool { return st.Type == "referral.delivered" }) {
			return
		}
		if wait(ctx, 5*time.Millisecond) != nil {
			t.Fatalf("not delivered: %v", err)
		}
	}
}

func tokens(t *testing.T, dir string) string {
	t.Helper()
	var all []string
	for _, a := range sampleAgencies() {
		raw, err := os.ReadFile(filepath.Join(deskDir(dir, a.ID), "curl.conf"))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(raw))
	}
	return strings.Join(all, "")
}

// TestDemoGoesOnUntilItIsInterrupted, and then leaves nothing behind.
func TestDemoGoesOnUntilItIsInterrupted(t *testing.T) {
	t.Parallel()
	tmp := t.TempDir()
	cmd := exec.Command("saphan", "demo")
	cmd.Env = append(os.Environ(), "TMPDIR="+tmp)
	s, err := serve(within(t), cmd)
	if err != nil {
		t.Fatal(err)
	}
	folders, err := filepath.Glob(filepath.Join(tmp, "saphan-demo-*"))
	if err != nil || len(folders) != 1 {
		t.Fatalf("%v: folders %v", err, folders)
	}
	cases, err := deskOf(t, folders[0], sampleHarbour).Cases(within(t))
	if err != nil || len(cases) != 1 || cases[0].Referrals[0].State != "closed" {
		t.Errorf("%v: the shelter sees %+v", err, cases)
	}
	s.down(t)
	if left, err := os.ReadDir(tmp); err != nil || len(left) > 0 {
		t.Errorf("%v: %v is left", err, left)
	}
}
