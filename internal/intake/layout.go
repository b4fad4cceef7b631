package intake

import (
	"fmt"
	"slices"
	"strings"
)

// layout is what each cell of a record is for. Indexes count the columns of the
// file; -1 = there is none.
type layout struct {
	names    []string // every column of the file, trimmed
	own      []bool   // columns of our result files, per column of the file
	need     int      // columns up to the last one that is not our own
	restore  bool     // the file is one of ours: its cells were neutralised
	workbook bool
	account  int
	email    int
	days     int
	webhook  int
	json     int     // the metadata column
	metadata []field // the columns that become metadata, in order
}

// field is a column that becomes a key of the metadata.
type field struct {
	index int
	name  string
	key   []byte // `"name":` in JSON
}

// choose keeps the named metadata columns, all where none is named.
func (l *layout) choose(names []string) string {
	if len(names) == 0 {
		return ""
	}
	var kept []field
	json := -1
	for _, f := range l.metadata {
		if slices.ContainsFunc(names, func(n string) bool { return fold(n) == fold(f.name) }) {
			kept = append(kept, f)
		}
	}
	for _, name := range names {
		switch {
		case known(name) == nameMetadata && l.json >= 0:
			json = l.json
		case !slices.ContainsFunc(kept, func(f field) bool { return fold(f.name) == fold(name) }):
			return fmt.Sprintf("has no metadata column %q; it has %s", trim(name), list(l.metadataNames()))
		}
	}
	l.metadata, l.json = kept, json
	return ""
}

// notices name columns that are not used as their owner may think.
func (l *layout) notices() (said []string) {
	for i, name := range l.names {
		if l.own[i] && !slices.Contains(ownColumns(), strings.ToLower(name)) {
			said = append(said, fmt.Sprintf("the column %q is left out, since kyc_ is how the columns of our results begin: rename it to keep it", name))
		}
	}
	for _, f := range l.metadata {
		for _, column := range KnownColumns() {
			if slips(f.name, column) <= maxSlips && known(f.name) == "" {
				said = append(said, fmt.Sprintf("the column %q becomes metadata; if you meant %s, rename it or add --map %s=%q", f.name, column, column, f.name))
			}
		}
	}
	return said
}

// metadataNames returns the columns that end in the metadata, the metadata
// column itself included.
func (l *layout) metadataNames() []string {
	var names []string
	for _, f := range l.metadata {
		names = append(names, f.name)
	}
	if l.json >= 0 {
		names = append(names, l.names[l.json])
	}
	return names
}

// fit cuts cells without content behind the last column, since a spreadsheet saves those of columns that once were
// filled; and adds those of our own columns that are missing at the end, since nobody reads them.
func (l *layout) fit(record []string) []string {
	for n := len(record); n >= l.need && n < len(l.names); n++ {
		record = append(record, "")
	}
	for len(record) > len(l.names) && trim(record[len(record)-1]) == "" {
		record = record[:len(record)-1]
	}
	return record
}

// ragged says what is wrong with a record that has not one cell for each column.
func (l *layout) ragged(record []string) string {
	n := len(record)
	if trim(record[n-1]) == tooFew {
		return "had too few cells, and the cell behind its last column still says so: fill in what is missing, then clear that cell"
	}
	if l.workbook { // in which none can be missing
		return fmt.Sprintf("has a value in column %d, for which the header has no name: name the column or clear the cell", n)
	}
	return fmt.Sprintf("has %d cells where the header has %d: compare it with the header; a delimiter inside a cell needs quotation marks around the cell", n, len(l.names))
}

// visible drops the cells of our own columns, in place.
func (l *layout) visible(cells []string) []string {
	if !l.restore {
		return cells
	}
	kept := cells[:0]
	for i, cell := range cells {
		if i >= len(l.own) || !l.own[i] {
			kept = append(kept, cell)
		}
	}
	return kept
}
