package intake

import (
	"bytes"
	"encoding/csv"
	"strings"
)

// delimiters may stand between cells.
const delimiters = ",;\t|"

// sniff returns the delimiter: the one under which the first line has the most
// known columns, then the most columns.
func sniff(head []byte) rune {
	best, bestKnown, bestCells := ',', 0, 0
	for _, comma := range delimiters {
		r := csv.NewReader(strings.NewReader(string(head)))
		r.Comma = comma
		record, err := r.Read()
		if err != nil {
			continue
		}
		n := 0
		for _, name := range record {
			if known(name) != "" {
				n++
			}
		}
		if n > bestKnown || n == bestKnown && len(record) > bestCells {
			best, bestKnown, bestCells = comma, n, len(record)
		}
	}
	return best
}

// saidDelimiter returns the delimiter that a first line such as "sep=;" names, 0 where there is none.
func saidDelimiter(head []byte) rune {
	line, _, _ := bytes.Cut(head, []byte{'\n'})
	said, ok := strings.CutPrefix(strings.TrimSuffix(string(line), "\r"), "sep=")
	if ok && len(said) == 1 && strings.Contains(delimiters, said) {
		return rune(said[0])
	}
	return 0
}
