package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// foreign are clients that others have written, in a language that is not ours: the
// scripts of testdata/foreign, which are examples for partners as well. Their
// packages are installed by .ci/run, which names the folder in SAPHAN_FOREIGN.
type foreign struct{ dir string }

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
	f := foreign{t.TempDir()}
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
	s := startUp(t, dir)
	defer s.down(t)
	labour := filepath.Join(deskDir(dir, sampleLabour), "desk.json")
	filed := f.run(t, []string{
		"structured 201 [0-9a-f]{8}", "again 201 [0-9a-f]{8}", "binary 201 [0-9a-f]{8}", "batch 201 [0-9a-f]{8} [0-9a-f]{8}",
		"foreign 403 .+",
	}, "cloudevents.mjs", labour)
	if strings.TrimPrefix(filed[0], "structured") != strings.TrimPrefix(filed[1], "again") {
		t.Errorf("the same bytes got two receipts: %q, %q", filed[0], filed[1])
	}
	f.run(t, []string{`openapi 3\.1 valid`, `asyncapi 3\.0\.0 valid`}, "documents.mjs", s.url)
}
