package intake

import (
	"bufio"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

const (
	defaultMaxBytes = 1 << 30
	hardMaxBytes    = 1<<32 - 1 // line numbers are kept in 32 bits
	maxRecord       = 1 << 20   // bytes; more is a quotation mark that nobody closed
	sniffBytes      = 64 << 10
	readBytes       = 256 << 10
)

var errRecordTooLong = errors.New("record too long")

// source is one pass over a file: its bytes, hashed, decoded and proved, as
// records. Close it.
type source struct {
	path string
	file *os.File
	size int64
	sum  hash.Hash
	text *text
	head *bufio.Reader // what the records are read from; can be peeked before the first
	csv  *csv.Reader
	end  int // line on which the last record ended
}

// openSource opens a regular file of at most limit bytes.
func openSource(path string, limit int64) (*source, error) {
	// Asked before opening: to open a named pipe would wait for its writer.
	info, err := os.Stat(path)
	if err != nil {
		return nil, &FileError{Path: path, Reason: openReason(err), Err: bare(err)}
	}
	switch {
	case info.IsDir():
		return nil, &FileError{Path: path, Reason: "is a directory: give the CSV file in it"}
	case !info.Mode().IsRegular():
		return nil, &FileError{Path: path, Reason: "is not a regular file, and it must be read twice: save it as a file first"}
	case info.Size() > limit:
		return nil, &FileError{Path: path, Reason: tooLarge(limit)}
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, &FileError{Path: path, Reason: openReason(err), Err: bare(err)}
	}

	sum := sha256.New()
	limited := &io.LimitedReader{R: file, N: limit + 1} // a file may grow while it is read
	raw := bufio.NewReaderSize(io.TeeReader(limited, sum), readBytes)
	decode := transform.Chain(unicode.BOMOverride(transform.Nop), encoding.UTF8Validator)
	proved := &text{
		from: transform.NewReader(raw, decode),
		over: func() string {
			if limited.N > 0 {
				return ""
			}
			return tooLarge(limit)
		},
		line:   1,
		column: 1,
		budget: maxRecord,
	}
	s := &source{
		path: path, file: file, size: info.Size(), sum: sum,
		text: proved, head: bufio.NewReaderSize(proved, sniffBytes),
	}
	s.csv = csv.NewReader(s.head)
	s.csv.FieldsPerRecord = -1 // ragged rows are judged one by one
	return s, nil
}

// next returns the next record, which the reader reuses if it was told to;
// io.EOF at the end, else a *FileError.
func (s *source) next() ([]string, error) {
	s.text.budget = maxRecord
	record, err := s.csv.Read()
	if err != nil {
		return nil, s.refuse(err)
	}
	last := len(record) - 1
	s.end = s.line(last) + strings.Count(record[last], "\n")
	return record, nil
}

// line returns the physical line on which a cell of the last record begins.
func (s *source) line(cell int) int {
	line, _ := s.csv.FieldPos(cell)
	return line
}

// hash returns the SHA-256 of the whole file in hex, once next returned io.EOF.
func (s *source) hash() string { return hex.EncodeToString(s.sum.Sum(nil)) }

func (s *source) close() { _ = s.file.Close() } // opened for reading: nothing can be lost

// refuse turns an error of the reading into a *FileError; io.EOF stays.
func (s *source) refuse(err error) error {
	var syntax *csv.ParseError
	var fault *FileError
	switch {
	case errors.Is(err, io.EOF):
		return io.EOF
	case errors.Is(err, errRecordTooLong):
		return &FileError{Path: s.path, Line: s.end + 1,
			Reason: "begins a row of more than 1 MiB: a quotation mark in it is probably never closed"}
	case errors.As(err, &syntax):
		return s.badQuoting(syntax)
	case errors.As(err, &fault):
		fault.Path = s.path
		return fault
	}
	return &FileError{Path: s.path, Reason: "cannot be read", Err: err}
}

func (s *source) badQuoting(e *csv.ParseError) *FileError {
	reason := "has a quotation mark inside an unquoted cell: put the whole cell in quotation marks and double the ones inside"
	line, column := e.Line, e.Column
	if errors.Is(e.Err, csv.ErrQuote) {
		reason = "has a quoted cell that goes on after its closing quotation mark: double every quotation mark inside a cell"
		if errors.Is(s.text.err, io.EOF) && s.head.Buffered() == 0 {
			// Only the end of the file stopped it, so where it began is what helps.
			reason = "begins a row with a quotation mark that is never closed, or not doubled inside its cell"
			line, column = e.StartLine, 0
		}
	}
	return &FileError{Path: s.path, Line: line, Column: column, Reason: reason, Err: e.Err}
}

func openReason(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "does not exist: check the path"
	case errors.Is(err, fs.ErrPermission):
		return "may not be read by this user: check its permissions"
	}
	return "cannot be opened: " + bare(err).Error()
}

func tooLarge(limit int64) string {
	return fmt.Sprintf("is larger than the limit of %d bytes: split it into several files", limit)
}

// bare drops the path that an *fs.PathError repeats.
func bare(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}
