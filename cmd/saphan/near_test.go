package main

import "testing"

func TestTheNearestNameIsTheOneThatWasMeant(t *testing.T) {
	t.Parallel()
	names := []string{"referral.accepted", "referral.offered", "case.opened", "section.offer"}
	for typed, want := range map[string]string{
		"accepted": "referral.accepted", "refferal.acepted": "referral.accepted", "REFERRAL.ACCEPTED": "referral.accepted",
		"case.open": "case.opened", "offer": "section.offer", "": "", "visit.recorded": "", "x": "",
	} {
		if got := nearest(typed, names); got != want {
			t.Errorf("%q: %q, want %q", typed, got, want)
		}
	}
}
