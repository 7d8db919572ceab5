package main

import (
	"fmt"
	"io"
	"strings"
)

// table writes rows in columns as wide as they need, two blanks apart. The
// first row is the heading.
func table(w io.Writer, rows [][]string) error {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], width(shown(cell))+2)
		}
	}
	var b strings.Builder
	for _, row := range rows {
		var cells strings.Builder
		for i, cell := range row {
			cells.WriteString(pad(shown(cell), widths[i]))
		}
		b.WriteString(strings.TrimRight(cells.String(), " ") + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// shown returns text of others so that it can be shown on a terminal: control
// characters, and those that turn the direction of writing, are spelled out.
func shown(s string) string {
	if !strings.ContainsFunc(s, commands) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if commands(r) {
			fmt.Fprintf(&b, `\u%04x`, r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// commands reports whether a terminal takes the character for a command.
// Source: Unicode Standard Annex 9, table 4 (explicit directional formatting).
func commands(r rune) bool {
	return r < ' ' && r != '\n' || r >= 0x7f && r <= 0x9f ||
		r == 0x200e || r == 0x200f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}
