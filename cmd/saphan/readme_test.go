package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// readmeAddress is where the README expects the desks.
const readmeAddress = "http://127.0.0.1:8088"

// readmeShows is what a command of the README must print, by a part of the command;
// all of them when several parts fit.
var readmeShows = []struct{ command, pattern string }{
	{"validate schemas/example", `: 7 events, nothing wrong\n`},
	{" file schemas/example", `referral filed +K7QM-3F9X-S +receipt [0-9a-f]{8}…`},
	{"shelter-riverside/desk.json inbox", `K7QM-3F9X-S  decide `},
	{"referral open K7QM-3F9X-S\n", `"nights": 14`},
	{"shelter-harbour/desk.json inbox", `K7QM-3F9X-S  decide `},
	{"--section feedback", `She is safe\.`},
	{"labour-samutsakhon/desk.json case trace", `(?s)declined +shelter-riverside.*accepted +shelter-harbour.*closed +labour-samutsakhon`},
	{"shelter-riverside/desk.json case trace", `(?s)declined +shelter-riverside +cannot take\n$`},
	{"case close K7QM-3F9X-S", `case closed +K7QM-3F9X-S +receipt `},
	{"case reopen K7QM-3F9X-S", `case reopened +K7QM-3F9X-S +receipt `},
	{"/v1/inbox", `^\{"items":`},
	{"/v1/events", `"receipt":`},
	{"/trace", `^\{"case":.*"type":"referral.accepted"`},
	{"/v1/cases\n", `^\{"cases":`},
	{"token add", `[0-9a-f]{64}`},
	{"token ls", `case system`},
	{"openapi.json", `"openapi":"3.1.0"`},
	{"agency add shelter-moon", `shelter-moon is admitted`},
	{"agency offboard", `shelter-moon is gone`},
	{"agency ls --hub", `(?m)^shelter-moon .* closed`},
}

// readme is a reader who types what the README says, in a folder that has what
// the commands need.
type readme struct {
	dir     string
	env     []string
	vars    string // assignments so far
	address string // of the desks
	up      *serving
	said    map[string]string // what each command printed
	notRun  []string          // commands whose program this machine lacks
	catchUp time.Duration     // how long a command may wait for what is delivered
}

// newReadme makes the folder. The toolchain is played by a script that knows
// the README's commands alone, so that nothing is compiled a second time.
func newReadme(t *testing.T) *readme {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "schemas"), os.DirFS("../../schemas")); err != nil {
		t.Fatal(err)
	}
	tools := t.TempDir()
	if err := os.WriteFile(filepath.Join(tools, "go"), []byte(readmeGo), 0o700); err != nil {
		t.Fatal(err)
	}
	r := &readme{dir: dir, address: readmeAddress, said: make(map[string]string), catchUp: 10 * time.Second}
	r.env = append(os.Environ(), "PATH="+tools+string(filepath.ListSeparator)+os.Getenv("PATH"))
	t.Cleanup(func() {
		if r.up != nil {
			r.up.down(t)
		}
	})
	return r
}

const readmeGo = `#!/bin/sh
case "$*" in
"run ./cmd/saphan "*) shift 2; exec saphan "$@" ;;
"build -o saphan ./cmd/saphan") exec cp "$(command -v saphan)" saphan ;;
"test ./...") exit 0 ;;
esac
echo "the README's toolchain does not know: go $*" >&2
exit 2
`

// follow types every command, one after the other.
func (r *readme) follow(ctx context.Context, commands []string) error {
	for _, command := range commands {
		command = strings.ReplaceAll(command, readmeAddress, r.address)
		var err error
		switch {
		case assignment.MatchString(command):
			r.vars += command + "\n"
		case strings.HasPrefix(command, "./saphan up "):
			err = r.start(ctx, command)
		case strings.HasPrefix(command, "curl ") && !installed("curl"):
			r.notRun = append(r.notRun, command)
		default:
			r.said[command], err = r.typed(ctx, command)
		}
		if err != nil {
			return fmt.Errorf("$ %s\n%w", command, err)
		}
	}
	return nil
}

var assignment = regexp.MustCompile(`^[A-Z]+=\S+$`)

func installed(program string) bool {
	_, err := exec.LookPath(program)
	return err == nil
}

// start runs what serves in the background: as it is written, or on another port
// when that one is taken.
func (r *readme) start(ctx context.Context, command string) error {
	var err error
	for _, more := range []string{"", " --listen 127.0.0.1:0"} {
		if r.up, err = serve(ctx, r.shell(context.WithoutCancel(ctx), "exec "+command+more)); err == nil {
			r.address = r.up.url
			return nil
		}
	}
	return err
}

func (r *readme) shell(ctx context.Context, command string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "bash", "-c", "set -o pipefail\n"+r.vars+command)
	cmd.Dir, cmd.Env = r.dir, r.env
	return cmd
}

// waits are the exit statuses of what may come right a little later: nothing
// there, not allowed now, no answer; and curl's, of an answer that is an error.
var waits = []int{4, 6, 7, 22}

// typed runs a command until it ends well and prints what it should.
func (r *readme) typed(ctx context.Context, command string) (string, error) {
	until, cancel := context.WithTimeout(ctx, r.catchUp)
	defer cancel()
	for {
		out, err := r.shell(ctx, command).Output()
		var failed *exec.ExitError
		if errors.As(err, &failed) {
			err = fmt.Errorf("%w\n%s", err, failed.Stderr)
		}
		if err == nil {
			err = shows(command, string(out))
		} else if failed == nil || !slices.Contains(waits, failed.ExitCode()) {
			return "", err
		}
		if err == nil || wait(until, 20*time.Millisecond) != nil {
			return string(out), err
		}
	}
}

// shows compares what a command printed with what it must.
func shows(command, out string) error {
	for _, row := range readmeShows {
		if !strings.Contains(command+"\n", row.command) {
			continue
		}
		if !regexp.MustCompile(row.pattern).MatchString(out) {
			return fmt.Errorf("want %s, got:\n%s", row.pattern, out)
		}
	}
	return nil
}

// blocks returns what stands between the fences of a document, by their word.
func blocks(doc string) map[string][]string {
	found := make(map[string][]string)
	for _, m := range regexp.MustCompile("(?ms)^```(\\w*)\n(.*?)^```$").FindAllStringSubmatch(doc, -1) {
		found[m[1]] = append(found[m[1]], m[2])
	}
	return found
}

// typing returns the commands of its blocks that are to be typed.
func typing(found []string) []string {
	var commands []string
	for _, line := range strings.Split(strings.Join(found, ""), "\n") {
		if command, ok := strings.CutPrefix(line, "$ "); ok {
			commands = append(commands, command)
		}
	}
	return commands
}

func TestReadmeIsTrue(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	found := blocks(string(text))
	commands := typing(found["console"])
	if len(commands) < 20 || len(found) != 2 {
		t.Errorf("%d commands; fences of %d kinds, want console and none", len(commands), len(found))
	}
	r := newReadme(t)
	if err := r.follow(within(t), commands); err != nil {
		t.Fatal(err)
	}
	for _, command := range r.notRun {
		t.Log("not run:", command)
		if os.Getenv("SAPHAN_REQUIRE_ALL") == "1" {
			t.Error("curl is not installed")
		}
	}
	for _, row := range readmeShows {
		if !slices.ContainsFunc(commands, func(c string) bool { return strings.Contains(c+"\n", row.command) }) {
			t.Errorf("no command of the README has %q", row.command)
		}
	}
	transcript := "$ saphan demo --once\n" + r.said["go run ./cmd/saphan demo --once"]
	if diff := cmp.Diff(asShown(found[""][0]), asShown(transcript)); diff != "" {
		t.Errorf("the transcript is not what the demonstration prints (-README +printed):\n%s", diff)
	}
}

// What differs from one run to the next: references and digests.
var (
	references = regexp.MustCompile(`\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z*~$=]`)
	digests    = regexp.MustCompile(`sha256 [0-9a-f]{4}…`)
)

func asShown(text string) string {
	return digests.ReplaceAllString(references.ReplaceAllString(text, "REFE-RENC-E"), "sha256 0000…")
}

func TestReadmeWithAnUnknownCommandFails(t *testing.T) {
	t.Parallel()
	for command, want := range map[string]string{
		"frobnicate --all":             "exit status 127",
		"saphan frobnicate":            "there is no such command",
		"go vet ./...":                 "does not know: go vet",
		"saphan inbox | cat":           "no desk given",
		"saphan validate missing.json": "there is no such file",
		"saphan version # /v1/cases":   "want ",
		"go build -o saphan ./cmd/saphan\n$ ./saphan up --nosuch": "unknown flag",
	} {
		r := newReadme(t)
		r.catchUp = 0
		err := r.follow(within(t), typing(blocks("```console\n$ D=x\n$ " + command + "\n```\n")["console"]))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("$ %s\nfailed with %v, want %q", command, err, want)
		}
	}
}
