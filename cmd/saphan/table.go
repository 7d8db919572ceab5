package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/saphan-project/saphan/schemas"
)

// table writes rows in columns as wide as they need, two blanks apart. The first
// row is the heading.
func table(w io.Writer, rows [][]string) error {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], schemas.Columns(shown(cell))+2)
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

// screenWidth is how many columns prose takes at most; narrowest is what its
// column has at least, however wide the others are.
const (
	screenWidth = 100
	narrowest   = 30
)

// proseTable is a table whose last column is prose, folded under its heading.
func proseTable(w io.Writer, rows [][]string) error {
	last, indent := len(rows[0])-1, 0
	for i := range last {
		widest := 0
		for _, row := range rows {
			widest = max(widest, schemas.Columns(shown(row[i]))+2)
		}
		indent += widest
	}
	indent = min(indent, screenWidth-narrowest)
	var lines [][]string
	for _, row := range rows {
		for i, text := range strings.Split(folded(row[last], indent), "\n") {
			line := make([]string, len(row))
			if i == 0 {
				copy(line, row)
			}
			line[last] = strings.TrimSpace(text)
			lines = append(lines, line)
		}
	}
	return table(w, lines)
}

// folded breaks prose into lines of screenWidth columns. All but the first are
// indented, and the first begins at that column.
func folded(s string, indent int) string { return schemas.Wrap(s, indent, indent, screenWidth) }

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
