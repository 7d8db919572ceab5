package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestABundleIsLookedAtFirst: nothing is made in a folder that is no bundle, and
// nothing that a desk needs is made behind the hub's back.
func TestABundleIsLookedAtFirst(t *testing.T) {
	t.Parallel()
	r := rotation{dir: t.TempDir(), bundle: filepath.Join(t.TempDir(), "bundle")}
	defer r.up(t)()
	file := r.registration(t)
	r.operator(t, 0, "add", "--file", file)

	meant := r.bundle
	r.bundle = filepath.Join(t.TempDir(), "another")
	if got := r.operator(t, exitUsage, "rotate", "--yes"); !strings.Contains(got.err, "error: that folder holds no bundle\nsaphan: hint: name the folder") {
		t.Errorf("rotated with another folder: %s", got.err)
	}
	if _, err := os.Stat(r.bundle); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the other folder was made: %v", err)
	}
	r.bundle = meant
	client, _, leave := r.desk(t)
	r.visit(t, client, 1)
	leave()

	for _, name := range []string{signingFile, sealingFile, outboxFile} {
		back := r.without(t, name)
		_, _, err := startAlone(t.Context(), r.bundle, rotationWorld())
		if err == nil || err.Error() != name+" is missing in the desk's folder" {
			t.Errorf("started without %s: %v", name, err)
		}
		if _, err := os.Stat(filepath.Join(r.bundle, name)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s was made: %v", name, err)
		}
		back()
	}
	back := r.without(t, recoveryFile)
	client, _, leave = r.desk(t)
	r.visit(t, client, 2)
	leave()
	if _, err := os.Stat(filepath.Join(r.bundle, recoveryFile)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s was made: %v", recoveryFile, err)
	}
	back()

	if got := r.order(t, "suspend"); got.exit != 0 {
		t.Fatalf("%+v", got)
	}
	for verb, args := range map[string][]string{"add": {"--file", file}, "rotate": {"--yes"}} {
		if got := r.operator(t, 0, verb, args...); !strings.Contains(got.out, ", but suspended: it comes in once it is resumed.") {
			t.Errorf("%s of who is suspended: %s", verb, got.out)
		}
	}
}

// without takes a file out of the bundle, and returns what puts it back.
func (r *rotation) without(t *testing.T, name string) func() {
	t.Helper()
	path := filepath.Join(r.bundle, name)
	text, err := readPrivate(path)
	if err == nil {
		err = os.Remove(path)
	}
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := replacePrivate(path, text); err != nil {
			t.Fatal(err)
		}
	}
}

// order gives an order about the agency that needs no bundle.
func (r *rotation) order(t *testing.T, verb string) said {
	t.Helper()
	return runAsOperator(within(t), "", operatorFile(r.dir), "agency", verb, rotatingAgency)
}
