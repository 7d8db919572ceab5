package schemas

import (
	"strings"
	"unicode"
)

// Wrap breaks a text at its blanks into lines of at most limit columns, as far as its
// words allow. The text begins at the column given; every later line is indented by
// so many.
func Wrap(s string, column, indent, limit int) string {
	var b strings.Builder
	for i, word := range strings.Fields(s) {
		n := Columns(word)
		switch {
		case i == 0:
		case column+1+n > limit:
			b.WriteString("\n" + strings.Repeat(" ", indent))
			column = indent
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += n
	}
	return b.String()
}

// Columns is how many columns of a screen a text takes: marks above and below a
// letter, as in Thai and Burmese, take none.
func Columns(s string) int {
	n := 0
	for _, r := range s {
		if !unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) {
			n++
		}
	}
	return n
}
