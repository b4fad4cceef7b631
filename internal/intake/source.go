package intake

import (
	"bufio"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"slices"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

const (
	maxRecord  = 1 << 20 // bytes; more is a quotation mark that nobody closed
	sniffBytes = 64 << 10
	readBytes  = 256 << 10
)

var errRecordTooLong = errors.New("record too long")

// source is one pass over a text file: its bytes, hashed, decoded and proved, as
// records. Close it.
type source struct {
	raw  *raw
	sum  hash.Hash
	text *text
	head *bufio.Reader // what the records are read from; can be peeked before the first
	csv  *csv.Reader
	end  int // line on which the last record ended

	windows1252 bool
}

// newSource reads text, in UTF-8 or UTF-16 with a byte order mark if not in Windows-1252. It takes r over.
func newSource(r *raw, windows1252 bool) *source {
	sum := sha256.New()
	decode := transform.Chain(unicode.BOMOverride(transform.Nop), encoding.UTF8Validator)
	if windows1252 {
		decode = charmap.Windows1252.NewDecoder()
	}
	room := min(readBytes, r.size+1) // most files are small, and are read several times
	bytes := bufio.NewReaderSize(io.TeeReader(r, sum), int(room))
	decoded := bufio.NewReaderSize(transform.NewReader(bytes, decode), sniffBytes)
	head, _ := decoded.Peek(sniffBytes) // an error comes again where it can be placed
	proved := &text{
		from:   decoded,
		over:   r.over,
		mac:    endsLinesWithCR(head),
		line:   1,
		column: 1,
		budget: maxRecord,
	}
	s := &source{raw: r, sum: sum, text: proved, head: bufio.NewReaderSize(proved, sniffBytes), windows1252: windows1252}
	s.csv = csv.NewReader(s.head)
	s.csv.FieldsPerRecord = -1 // ragged rows are judged one by one
	return s
}

// start finds the delimiter and returns the header record. A line "sep=;" above it, which Excel understands, is
// passed over.
func (s *source) start() ([]string, error) {
	head, err := s.head.Peek(sniffBytes)
	if err != nil && !errors.Is(err, io.EOF) && len(head) == 0 {
		return nil, s.refuse(err)
	}
	said := saidDelimiter(head)
	if s.csv.Comma = said; said == 0 {
		s.csv.Comma = sniff(head)
	} else if _, err := s.next(); err != nil {
		return nil, err
	}
	header, err := s.next()
	return slices.Clone(header), err
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

func (s *source) delimiter() rune { return s.csv.Comma }

func (s *source) notices() []string {
	if !s.windows1252 {
		return nil
	}
	return []string{"it is not UTF-8 and was read as Windows-1252: check names with accents, or save it as CSV UTF-8"}
}

func (s *source) close() { s.raw.close() }

// refuse turns an error of the reading into a *FileError; io.EOF stays.
func (s *source) refuse(err error) error {
	var syntax *csv.ParseError
	var fault *FileError
	switch {
	case errors.Is(err, io.EOF):
		return io.EOF
	case errors.Is(err, errRecordTooLong):
		return &FileError{Path: s.raw.name, Line: s.end + 1,
			Reason: "begins a row of more than 1 MiB: a quotation mark in it is probably never closed"}
	case errors.As(err, &syntax):
		return s.badQuoting(syntax)
	case errors.As(err, &fault):
		fault.Path = s.raw.name
		return fault
	}
	return &FileError{Path: s.raw.name, Reason: "cannot be read", Err: err}
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
	return &FileError{Path: s.raw.name, Line: line, Column: column, Reason: reason, Err: e.Err}
}
