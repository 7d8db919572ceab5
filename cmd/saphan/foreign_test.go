package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rs/zerolog"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/saphan-project/saphan/services/operator"
)

// foreign are clients that others have written, in a language that is not ours: the
// scripts of testdata/foreign, which are examples for partners as well. Their
// packages are installed by .ci/run, which names the folder in SAPHAN_FOREIGN.
type foreign struct{ packages, dir string }

// newForeign reports false, after having said so, when the packages are not there.
func newForeign(t *testing.T) (foreign, bool) {
	t.Helper()
	packages := os.Getenv("SAPHAN_FOREIGN")
	if packages == "" {
		const line = "foreign clients did not run: SAPHAN_FOREIGN names no folder with npm packages (.ci/run installs them)"
		t.Log(line)
		fmt.Println(line)
		if os.Getenv("SAPHAN_REQUIRE_ALL") == "1" {
			t.Error("they have to")
		}
		return foreign{}, false
	}
	f := foreign{packages, t.TempDir()}
	if err := os.CopyFS(f.dir, os.DirFS(filepath.Join("testdata", "foreign"))); err != nil {
		t.Fatal(err)
	}
	// Node looks for packages beside the script.
	if err := os.Symlink(filepath.Join(packages, "node_modules"), filepath.Join(f.dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	return f, true
}

// run runs a script to its end, holds each line that it prints against one of the
// patterns, and returns the lines.
func (f foreign) run(t *testing.T, patterns []string, script string, args ...string) []string {
	t.Helper()
	cmd := exec.CommandContext(within(t), "node", append([]string{script}, args...)...)
	cmd.Dir = f.dir
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", script, err, out, stderr.String())
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) != len(patterns) {
		t.Fatalf("%s: %d lines, want %d:\n%s", script, len(lines), len(patterns), out)
	}
	for i, pattern := range patterns {
		if !regexp.MustCompile("^" + pattern + "$").MatchString(lines[i]) {
			t.Errorf("%s: %q, want %s", script, lines[i], pattern)
		}
	}
	return lines
}

func TestForeignClients(t *testing.T) {
	t.Parallel()
	f, ok := newForeign(t)
	if !ok {
		return
	}
	dir := t.TempDir()
	s := startUp(t, dir, "--webhooks-to-loopback")
	defer s.down(t)
	labour := filepath.Join(deskDir(dir, sampleLabour), "desk.json")
	filed := f.run(t, []string{
		"structured 201 [0-9a-f]{8}", "again 201 [0-9a-f]{8}", "binary 201 [0-9a-f]{8}", "batch 201 [0-9a-f]{8} [0-9a-f]{8}",
		"foreign 403 .+",
	}, "cloudevents.mjs", labour)
	if strings.TrimPrefix(filed[0], "structured") != strings.TrimPrefix(filed[1], "again") {
		t.Errorf("the same bytes got two receipts: %q, %q", filed[0], filed[1])
	}
	const shown = `shown [0-9]+ org\.saphan\.visit\.recorded\.v1 [0-9a-f]{32}`
	all := f.run(t, []string{shown, shown, shown, shown}, "stream.mjs", labour, "0", "4")
	last := strings.Fields(all[1])[1]
	rest := f.run(t, []string{shown, shown}, "stream.mjs", labour, last, "2")
	if !slices.Equal(all[2:], rest) {
		t.Errorf("behind %s came %v, want %v", last, rest, all[2:])
	}
	f.run(t, []string{"added active", `sent org\.saphan\.visit\.recorded\.v1 true thin`}, "webhook.mjs", labour)
	f.run(t, []string{`openapi 3\.1 valid`, `asyncapi 3\.0\.0 valid`}, "documents.mjs", s.url)
}

// A partner without a desk, in a language of its own: a client of NATS and the files
// of its bundle.
func TestForeignClientsOfTheBus(t *testing.T) {
	t.Parallel()
	f, ok := newForeign(t)
	if !ok {
		return
	}
	n := listeningNode(t)
	f.run(t, []string{
		"filed [0-9a-f]{8}", "refused forbidden source", `received org\.saphan\.visit\.recorded\.v1 true [0-9]+`, "directory [1-9]",
	}, "nats.mjs", n.admitPartner(t))
}

// listeningNode is a node with nobody's desk, whose broker listens with TLS.
func listeningNode(t *testing.T) *node {
	t.Helper()
	w := realWorld(zerolog.Nop(), noop.NewTracerProvider().Tracer(""))
	n, err := startNode(context.WithoutCancel(t.Context()), nodeConfig{dir: t.TempDir(), bus: busDoor{listen: "127.0.0.1:0"}}, w)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = n.Close() })
	return n
}

// admitPartner admits a labour office with a desk of its own, and returns its bundle.
func (n *node) admitPartner(t *testing.T) string {
	t.Helper()
	b, err := openBundle(filepath.Join(t.TempDir(), "bundle"), "labour-partner")
	if err != nil {
		t.Fatal(err)
	}
	office := sampleAgencies()[0].Register
	office.Keys = b.keys.public()
	access, err := n.operator.Add(within(t), b.agency, operator.AddInput{Registered: office, User: b.user.Public})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.complete(access); err != nil {
		t.Fatal(err)
	}
	return b.dir
}

// What the examples' own page says holds.
func TestForeignReadmeIsTrue(t *testing.T) {
	t.Parallel()
	r := newReadme(t)
	if err := os.CopyFS(r.dir, os.DirFS("testdata/foreign")); err != nil {
		t.Fatal(err)
	}
	commands := typing(blocks(foreignPage(t))["console"])
	if err := r.follow(within(t), commands); err != nil {
		t.Fatal(err)
	}
	wants := []string{`^\{"items":\[`, `"receipt":\{"event":"01a20621`, `"reference":"WZ2Z-Z7DS-9","receipt":`,
		`^\{"event":"01a20621.*"signature":`, `urn:saphan:problem:unknown:not_visible.*ไม่มี`, `"openapi":"3.1.0"`}
	for i, command := range commands[len(commands)-len(wants):] {
		said, ran := r.said[strings.ReplaceAll(command, readmeAddress, r.address)]
		if ran && !regexp.MustCompile(wants[i]).MatchString(said) {
			t.Errorf("$ %s\nsaid %.300s, want %s", command, said, wants[i])
		}
	}
}

func foreignPage(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("testdata/foreign/README.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The nats command reads and files with the files of a bundle.
func TestNatsCommandOfTheReadme(t *testing.T) {
	t.Parallel()
	f, ok := newForeign(t)
	if !ok {
		return
	}
	n := listeningNode(t)
	b, err := openBundle(n.admitPartner(t), "labour-partner")
	if err != nil {
		t.Fatal(err)
	}
	door, err := b.door()
	if err != nil {
		t.Fatal(err)
	}
	page := strings.NewReplacer("tls://HUB:4222", door.URLs[0], "BUNDLE", b.dir, "CONSUMER", door.Consumer)
	said := f.nats(t, page.Replace(blocks(foreignPage(t))["nats"][0]))
	for _, want := range []string{`{"reply":{"events":[`, `"sha256":"`, `"id":"01a20621-ad00-7b3d-9c41-5e2f80a7d619"`} {
		if !strings.Contains(said, want) {
			t.Errorf("want %s in:\n%s", want, said)
		}
	}
}

// nats runs lines of a shell that has the nats command.
func (f foreign) nats(t *testing.T, lines string) string {
	t.Helper()
	cmd := exec.CommandContext(within(t), "bash", "-c", "set -e\n"+lines)
	cmd.Dir = f.dir
	cmd.Env = append(os.Environ(), "PATH="+filepath.Join(f.packages, "bin")+string(filepath.ListSeparator)+os.Getenv("PATH"), "HOME="+t.TempDir())
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}
