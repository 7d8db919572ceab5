package natsbus_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saphan-project/saphan/services"
)

func TestCitationsAreFoundByInspection(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	n := start(t, dir)
	inspection, other := ids().ID(), ids().ID()
	cases := []string{ids().ID(), ids().ID()}
	for range 2 { // to note it again does nothing
		for _, id := range cases {
			if err := n.Citations.Cite(within(t), inspection, id); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := n.Citations.Cite(within(t), other, cases[0]); err != nil {
		t.Fatal(err)
	}
	n.Hub.Close()
	n.server.Close()

	n = start(t, dir)
	for of, want := range map[string][]string{inspection: cases, other: cases[:1], ids().ID(): nil} {
		got, err := n.Citations.Citing(within(t), of)
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(got)
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
	}
}

func TestCitationsRefuseWhatIsNoID(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	for _, bad := range []string{"", "*", ">", "a.b", harbour} {
		if err := n.Citations.Cite(within(t), bad, ids().ID()); services.KindOf(err) != services.Invalid {
			t.Errorf("cited %q: %v", bad, err)
		}
		if _, err := n.Citations.Citing(within(t), bad); services.KindOf(err) != services.Invalid {
			t.Errorf("asked for %q: %v", bad, err)
		}
	}
}
