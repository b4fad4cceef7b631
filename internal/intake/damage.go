package intake

import (
	"strings"
	"time"
)

// What a spreadsheet does to a value that looks like a number, a date or a formula to it.
const (
	reasonScience = "is in scientific notation, so a spreadsheet has lost its digits: format the column as text and write the id anew"
	reasonNumber  = "was formatted as a number by a spreadsheet: format the column as text and write the id anew"
	reasonDate    = "is a date, so a spreadsheet has replaced the id: format the column as text and write the id anew"
	reasonFailed  = "holds an error of a spreadsheet in place of a value: mend its formula"
	reasonNarrow  = "holds the #### of a column that was too narrow for its value: widen the column and save again"
	reasonZeros   = "has fewer digits than the column's other ids, of which some begin with 0, so a spreadsheet has cut its leading zeros: write the id anew"
)

// damagedID says what a spreadsheet did to a trimmed id, "" if nothing shows.
func damagedID(id string) string {
	switch {
	case !isDigit(id[0]) && id[0] != '+' && id[0] != '-' && (len(id) != len("Jan-06") || id[3] != '-'), allDigits(id):
		return ""
	case isScience(id):
		return reasonScience
	case isNumber(id):
		return reasonNumber
	case isDate(id):
		return reasonDate
	}
	return ""
}

// isScience reports 1.23E+15. A spreadsheet always writes the exponent's sign, so an id such as 12E4 is none.
func isScience(id string) bool {
	mantissa, exponent, ok := strings.Cut(strings.ToUpper(id), "E")
	if !ok || len(exponent) < 2 || exponent[0] != '+' && exponent[0] != '-' || !allDigits(exponent[1:]) {
		return false
	}
	mantissa = strings.TrimLeft(mantissa, "+-")
	return mantissa != "" && isDigit(mantissa[0]) && strings.Trim(mantissa[1:], "0123456789.,") == ""
}

// isNumber reports 1,234,567 and 1234567.0.
func isNumber(id string) bool {
	whole := id
	if i := strings.LastIndexAny(id, ".,"); i > 0 && i+1 < len(id) && strings.Trim(id[i+1:], "0") == "" {
		if whole = id[:i]; allDigits(whole) {
			return true
		}
	}
	groups := strings.FieldsFunc(whole, func(r rune) bool { return strings.ContainsRune(".,'", r) })
	if len(groups) < 2 || len(groups[0]) > 3 || !allDigits(groups[0]) {
		return false
	}
	for _, group := range groups[1:] {
		if len(group) != 3 || !allDigits(group) {
			return false
		}
	}
	return true
}

// isDate reports the ways in which spreadsheets show a date, with a time behind it or without.
func isDate(id string) bool {
	day, _, _ := strings.Cut(id, " ")
	if len(day) < len("1-Mar") || len(day) > len("15-March-2026") {
		return false
	}
	for _, layout := range []string{
		"2006-1-2", "2006/1/2", "1/2/2006", "2/1/2006", "1/2/06", "2/1/06", "1-2-2006", "2-1-2006", "1-2-06", "2-1-06",
		"2.1.2006", "2.1.06", "2-Jan", "2-Jan-06", "2-Jan-2006", "Jan-06",
	} {
		if _, err := time.Parse(layout, day); err == nil {
			return true
		}
	}
	return false
}

// failedCell says that a cell holds what a spreadsheet shows where it has no value, "" if it does not.
func failedCell(cell string) string {
	if !strings.HasPrefix(cell, "#") {
		return ""
	}
	switch cell {
	case "#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!":
		return reasonFailed
	}
	if len(cell) >= 4 && strings.Trim(cell, "#") == "" {
		return reasonNarrow
	}
	return ""
}

// digitIDs notes how long the ids are that have nothing but digits. Where those that begin with 0 are all of one
// length and none is longer, that is the length of the column's ids; a shorter one has lost its leading zeros.
type digitIDs struct {
	shortest, longest         int // of all; 0 = there are none
	zeroShortest, zeroLongest int // the shortest and the longest of those that begin with 0
}

func (d *digitIDs) note(id string) {
	if !allDigits(id) {
		return
	}
	widen(&d.shortest, &d.longest, len(id))
	if id[0] == '0' {
		widen(&d.zeroShortest, &d.zeroLongest, len(id))
	}
}

func widen(least, most *int, n int) {
	if *least == 0 || n < *least {
		*least = n
	}
	*most = max(*most, n)
}

// width is the length that every id of digits must have, 0 where nothing tells or nothing is shorter.
func (d *digitIDs) width() int {
	if d.zeroShortest == 0 || d.zeroShortest != d.zeroLongest || d.longest != d.zeroLongest || d.shortest == d.longest {
		return 0
	}
	return d.longest
}

func allDigits(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return s != ""
}

func isDigit(b byte) bool { return '0' <= b && b <= '9' }
