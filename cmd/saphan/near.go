package main

import "strings"

// didYouMean is a hint with the nearest name behind a command, or another hint
// when none is near. What was typed is not repeated.
func didYouMean(before, typed string, names []string, otherwise string) string {
	if near := nearest(typed, names); near != "" {
		return "did you mean saphan " + before + near + "?"
	}
	return otherwise
}

// nearest returns the name that was most likely meant: one that ends as what was
// typed, as in "accepted" for "referral.accepted", or else the one with the fewest
// wrong letters, a third of them at most; "" when none is near.
func nearest(typed string, names []string) string {
	typed = strings.ToLower(typed)
	best, least := "", max(2, len(typed)/3)+1
	for _, name := range names {
		if typed != "" && strings.HasSuffix(name, "."+typed) {
			return name
		}
		if n := distance(typed, name); n < least {
			best, least = name, n
		}
	}
	return best
}

// maxTyped is how many characters of a name are compared.
const maxTyped = 80

// distance counts how many letters have to be put in, left out or changed to come
// from one name to the other.
func distance(a, b string) int {
	a, b = a[:min(len(a), maxTyped)], b[:min(len(b), maxTyped)]
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := before
			if a[i] != b[j] {
				change++
			}
			before = row[j+1]
			row[j+1] = min(change, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
