package intake

import "strings"

// nearest returns the header that was most likely meant for a known column, "" if none comes near.
func nearest(column string, headers []string) string {
	best, least := "", maxSlips+1
	for _, header := range headers {
		if n := slips(header, column); n < least {
			best, least = header, n
		}
	}
	if best != "" {
		return best
	}
	for _, header := range headers { // "Customer e-mail (primary)" has the word, and more beside it
		if strings.Contains(fold(header), word(column)) {
			return header
		}
	}
	return ""
}

// maxSlips is how many letters of a header may be wrong before it is taken for another word.
const maxSlips = 2

// slips returns how many letters of a header are wrong if it was meant for a known column; more than maxSlips where it
// was not. A short name must come nearer than a long one.
func slips(header, column string) int {
	folded, least := fold(header), maxSlips+1
	for _, alias := range aliases(column) {
		if n := distance(folded, alias); n <= min(len(alias)/5, maxSlips) {
			least = min(least, n)
		}
	}
	return least
}

// word is what a header of the column has in it, however it goes on.
func word(column string) string {
	switch column {
	case nameAccount:
		return "account"
	case nameEmail:
		return "mail"
	case nameDays:
		return "expir"
	}
	return fold(column)
}

// distance is how many letters are missing, added, changed, or swapped with their neighbour (optimal string
// alignment). It is exact for what is near, and large for what is longer by more than three.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	if len(x)-len(y) > 3 || len(y)-len(x) > 3 {
		return len(x) + len(y)
	}
	row := func() []int { return make([]int, len(y)+1) }
	before, last, now := row(), row(), row()
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(x); i++ {
		now[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			now[j] = min(last[j]+1, now[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				now[j] = min(now[j], before[j-2]+1)
			}
		}
		before, last, now = last, now, before
	}
	return last[len(y)]
}
