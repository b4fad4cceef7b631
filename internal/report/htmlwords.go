package report

import (
	"strconv"
	"strings"
	"unicode"
)

// grouped writes a number as people read it: 12,345.
func grouped(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// counted counts in words: 1 row, 2 rows.
func counted(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return grouped(n) + " " + noun
}

// share writes n of all in whole percents. It says 0% of nobody and 100% of everybody, never of almost.
func share(n, all int) string {
	switch percent := 100 * float64(n) / float64(all); {
	case all <= 0:
		return "–"
	case n > 0 && percent < 1:
		return "<1%"
	case n < all && percent > 99:
		return ">99%"
	default:
		return strconv.FormatFloat(percent, 'f', 0, 64) + "%"
	}
}

// plainName is text from data as one line of a page shows it. What has no shape of its own (control characters, half a
// letter) is shown as the replacement character, so that two names that differ are seen to differ.
func plainName(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r):
			return unicode.ReplacementChar
		}
		return r
	}, strings.ToValidUTF8(s, string(unicode.ReplacementChar)))
}

// isolate is a name inside a sentence that holds no markup: the direction of its script does not reach what is around it.
func isolate(s string) string { return "\u2068" + plainName(s) + "\u2069" }
