package intake

import (
	"errors"
	"strconv"
	"strings"
)

// ErrChanged is reported by [File.All] when the file no longer holds the bytes
// that [Open] read. Whatever was taken from that pass must be dropped.
var ErrChanged = errors.New("the file changed since it was checked")

// FileError refuses a whole file: its structure cannot be trusted, so no row of
// it may be used. Its text never holds a cell below the header.
type FileError struct {
	Path   string
	Line   int    // physical line, from 1; 0 = the file as a whole
	Column int    // byte in that line, from 1; 0 = the line as a whole
	Reason string // what is wrong and what to do
	Err    error  // the cause, such as fs.ErrNotExist; may be nil
}

func (e *FileError) Error() string {
	var b strings.Builder
	b.WriteString(e.Path)
	if e.Line > 0 {
		b.WriteString(", line ")
		b.WriteString(strconv.Itoa(e.Line))
	}
	if e.Column > 0 {
		b.WriteString(", column ")
		b.WriteString(strconv.Itoa(e.Column))
	}
	b.WriteString(": ")
	b.WriteString(e.Reason)
	return b.String()
}

// Unwrap returns the cause.
func (e *FileError) Unwrap() error { return e.Err }

// Problem is why one row is refused. It never holds the value of a cell, so it
// can be logged.
type Problem struct {
	Line   int    // physical line on which the cell (or the row) begins, from 1
	Column string // the header's name as in [File.Header]; "" = the row as a whole
	Reason string // what is wrong with it and what to do, to be read after the column's name
}

// maxProblems bounds [File.Problems]; beyond it they are only counted.
const maxProblems = 10_000
