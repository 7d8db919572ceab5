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
	if _, _, err := startAlone(t.Context(), r.bundle, rotationWorld()); !errors.Is(err, errDeskInUse) {
		t.Errorf("a second desk on one bundle: %v", err)
	}
	leave()

	for name, where := range map[string]string{
		signingFile: "the desk's folder", sealingFile: "the desk's folder", outboxFile: "the desk's folder",
		authorityFile: "the bundle", credentialsFile: "the bundle",
	} {
		back := r.without(t, name)
		_, _, err := startAlone(t.Context(), r.bundle, rotationWorld())
		if err == nil || err.Error() != name+" is missing in "+where {
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
func (r *rotation) order(t *testing.T, verb string, args ...string) said {
	t.Helper()
	return runAsOperator(within(t), "", operatorFile(r.dir), append([]string{"agency", verb, rotatingAgency}, args...)...)
}

// TestADeskThatIsShutOutEnds: it does not wait for ever for a hub that knows it no
// more, whether it is cut off while it runs or finds out when the hub is back.
func TestADeskThatIsShutOutEnds(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		away bool
		shut func(*rotation, *testing.T)
	}{
		"rotated while it runs":     {false, func(r *rotation, t *testing.T) { r.operator(t, 0, "rotate", "--yes") }},
		"gone while it runs":        {false, func(r *rotation, t *testing.T) { r.order(t, "offboard", "--yes") }},
		"gone, and the hub is away": {true, func(r *rotation, t *testing.T) { r.order(t, "offboard", "--yes") }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := rotation{dir: t.TempDir(), bundle: filepath.Join(t.TempDir(), "bundle")}
			stop := r.up(t)
			r.operator(t, 0, "add", "--file", r.registration(t))
			if row.away {
				row.shut(&r, t)
				stop()
			}
			n, _, err := startAlone(t.Context(), r.bundle, rotationWorld())
			if err != nil {
				t.Fatal(err)
			}
			s := servedNode(t, n)
			defer closing(t, s)()
			if row.away {
				stop = r.up(t)
			} else {
				row.shut(&r, t)
			}
			defer stop()
			ended := s.Wait(within(t))
			if f := (*failure)(nil); !errors.As(ended, &f) || f.text != "the hub lets this desk in no more" ||
				f.hint != "ask its operator: suspended, rotated, expired or gone" {
				t.Errorf("it ended with %v", ended)
			}
		})
	}
}
