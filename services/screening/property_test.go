package screening_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services/screening"
)

// ticks draws a set of indicators in some order.
func ticks(rt *rapid.T, label string) []string {
	var all []string
	for _, c := range schemas.Codes("delphi") {
		all = append(all, c.Code)
	}
	some := rapid.Permutation(all).Draw(rt, label)
	return some[:rapid.IntRange(0, len(some)).Draw(rt, label+" count")]
}

func profile(rt *rapid.T) screening.Profile {
	return rapid.SampledFrom([]screening.Profile{screening.Adult, screening.Child, screening.Unsure}).Draw(rt, "profile")
}

func screened(rt *rapid.T, p screening.Profile, ticked []string) screening.Result {
	r, err := screening.Screen(p, ticked)
	if err != nil {
		rt.Fatal(err)
	}
	return r
}

func TestTickingMoreNeverLowers(t *testing.T) {
	t.Parallel()
	var bands []string
	for _, c := range schemas.Codes("band") {
		bands = append(bands, c.Code) // from the least to the gravest
	}
	rapid.Check(t, func(rt *rapid.T) {
		p, ticked := profile(rt), ticks(rt, "ticked")
		few := ticked[:rapid.IntRange(0, len(ticked)).Draw(rt, "few")]
		before, after := screened(rt, p, few), screened(rt, p, ticked)
		for i, d := range before.Dimensions {
			if d.Positive && !after.Dimensions[i].Positive {
				rt.Fatalf("%s is lost", d.Code)
			}
		}
		if slices.Index(bands, after.Band) < slices.Index(bands, before.Band) {
			rt.Fatalf("%s becomes %s", before.Band, after.Band)
		}
	})
}

func TestUnsureIsAChild(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		ticked := ticks(rt, "ticked")
		child, unsure := screened(rt, screening.Child, ticked), screened(rt, screening.Unsure, ticked)
		unsure.Profile = screening.Child
		if diff := cmp.Diff(child, unsure); diff != "" {
			rt.Fatalf("(-child +unsure):\n%s", diff)
		}
	})
}

func TestOrderAndRepeatsDoNotMatter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		p, ticked := profile(rt), ticks(rt, "ticked")
		again := rapid.Permutation(append(slices.Clone(ticked), ticked...)).Draw(rt, "again")
		if diff := cmp.Diff(screened(rt, p, ticked), screened(rt, p, again)); diff != "" {
			rt.Fatalf("(-once +again):\n%s", diff)
		}
	})
}

// Every tick is either counted, in one dimension, or ignored.
func TestNoTickIsLost(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		ticked := ticks(rt, "ticked")
		r := screened(rt, profile(rt), ticked)
		found := slices.Clone(r.Ignored)
		for _, d := range r.Dimensions {
			found = append(found, d.Ticked...)
			if d.Strong+d.Medium+d.Weak != len(d.Ticked) {
				rt.Fatalf("%s counts %+v", d.Code, d)
			}
		}
		slices.Sort(found)
		slices.Sort(ticked)
		if !slices.Equal(ticked, found) {
			rt.Fatalf("%v ticked, %v found", ticked, found)
		}
	})
}
