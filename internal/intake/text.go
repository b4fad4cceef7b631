package intake

import (
	"bytes"
	"errors"
	"io"

	"golang.org/x/text/encoding"
)

// text passes decoded text on and proves it: valid UTF-8, no NUL, no record
// without an end. It hands over everything before the first fault, and from
// then on only the fault, with its place.
type text struct {
	from   io.Reader
	over   func() string // the refusal once the file has passed its size limit, else ""
	mac    bool          // lines end with a carriage return alone, as on an old Mac
	line   int           // line of the next byte, from 1
	column int           // byte in that line, from 1
	budget int           // bytes that may still be read for the present record
	err    error         // sticky: io.EOF or a *FileError without its path
}

func (t *text) Read(p []byte) (int, error) {
	if t.err != nil {
		return 0, t.err
	}
	if t.budget <= 0 {
		t.err = errRecordTooLong
		return 0, t.err
	}
	n, err := t.from.Read(p)
	if t.mac {
		for i, b := range p[:n] {
			if b == '\r' {
				p[i] = '\n'
			}
		}
	}
	nul := bytes.IndexByte(p[:n], 0)
	if nul >= 0 {
		n = nul
	}
	t.advance(p[:n])
	switch {
	case nul >= 0:
		t.err = t.fault("holds a NUL byte, so it is no text: save it as CSV UTF-8, or as .xlsx", nil)
	case err == nil:
	case t.over() != "":
		t.err = &FileError{Reason: t.over()}
	case errors.Is(err, io.EOF):
		t.err = io.EOF
	case errors.Is(err, encoding.ErrInvalidUTF8):
		t.err = t.fault("is not UTF-8: save it as CSV UTF-8", err)
	default:
		t.err = t.fault("cannot be read any further", err)
	}
	return n, t.err
}

func (t *text) advance(p []byte) {
	t.budget -= len(p)
	t.line += bytes.Count(p, []byte{'\n'})
	if i := bytes.LastIndexByte(p, '\n'); i >= 0 {
		t.column = len(p) - i
	} else {
		t.column += len(p)
	}
}

func (t *text) fault(reason string, err error) *FileError {
	return &FileError{Line: t.line, Column: t.column, Reason: reason, Err: err}
}

// endsLinesWithCR reports text whose first line ends with a carriage return and nothing behind it.
func endsLinesWithCR(head []byte) bool {
	i := bytes.IndexAny(head, "\r\n")
	return i >= 0 && head[i] == '\r' && (i+1 == len(head) || head[i+1] != '\n')
}
