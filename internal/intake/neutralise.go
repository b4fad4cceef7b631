package intake

import (
	"strings"
	"unicode/utf8"
)

// Neutralise returns a cell as it is written into a CSV file that a spreadsheet
// may open: one that would be run as a formula gets an apostrophe in front. That
// is a cell whose first character is = + - @, a tab, a line break, or the
// full-width form of one of the four; and one that already has apostrophes in
// front of such a character, so that [Restore] is exact. Every other cell is
// returned unchanged.
func Neutralise(cell string) string {
	if startsFormula(strings.TrimLeft(cell, "'")) {
		return "'" + cell
	}
	return cell
}

// Restore undoes [Neutralise]: Restore(Neutralise(s)) == s for every s.
func Restore(cell string) string {
	if strings.HasPrefix(cell, "'") && startsFormula(strings.TrimLeft(cell, "'")) {
		return cell[1:]
	}
	return cell
}

func startsFormula(s string) bool {
	switch first, _ := utf8.DecodeRuneInString(s); first {
	case '=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠':
		return true
	}
	return false
}
