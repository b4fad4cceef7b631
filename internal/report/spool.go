package report

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// spool sorts the lines of a report by owner without holding them: the ledger is read once, in the order of its rows, while the files are
// written one after the other. Each owner's lines gather in a buffer; a full one goes to the end of one temporary file, which has no name
// from the beginning: nothing of it outlives the process.
type spool struct {
	f     *os.File
	end   int64
	cells int // of a line
}

// spoolBuffer is what is held of an owner, in bytes. maxOwners of them are 16 MiB.
const spoolBuffer = 16 << 10

// spooled are the lines of one owner.
type spooled struct {
	buf   []byte
	parts []part
}

type part struct {
	at   int64
	size int
}

func newSpool(dir string, cells int) (*spool, error) {
	f, err := os.CreateTemp(dir, "lines-*")
	if err != nil {
		return nil, fmt.Errorf("make room for the report: %w", err)
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, errors.Join(fmt.Errorf("make room for the report in %s: %w", filepath.Base(dir), err), f.Close())
	}
	return &spool{f: f, cells: cells}, nil
}

func (s *spool) close() error { return s.f.Close() }

// The kinds of cells, as they are spooled.
const (
	spoolText = iota
	spoolTime
	spoolInt
	spoolFloat
)

// add puts a line behind an owner's others.
func (s *spool) add(to *spooled, cells []any) error {
	if to.buf == nil {
		to.buf = make([]byte, 0, spoolBuffer)
	}
	for _, c := range cells {
		switch c := c.(type) {
		case string:
			to.buf = binary.AppendUvarint(append(to.buf, spoolText), uint64(len(c)))
			to.buf = append(to.buf, c...)
		case time.Time:
			at := int64(0)
			if !c.IsZero() {
				at = c.UnixMicro()
			}
			to.buf = binary.AppendVarint(append(to.buf, spoolTime), at)
		case int:
			to.buf = binary.AppendVarint(append(to.buf, spoolInt), int64(c))
		case float64:
			to.buf = binary.BigEndian.AppendUint64(append(to.buf, spoolFloat), math.Float64bits(c))
		default:
			return fmt.Errorf("a report has no cells of type %T", c)
		}
	}
	if len(to.buf) < spoolBuffer*3/4 {
		return nil
	}
	if _, err := s.f.WriteAt(to.buf, s.end); err != nil {
		return fmt.Errorf("make room for the report: %w", err)
	}
	to.parts = append(to.parts, part{s.end, len(to.buf)})
	s.end += int64(len(to.buf))
	if to.buf = to.buf[:0]; cap(to.buf) > spoolBuffer {
		to.buf = nil // a line of a megabyte is not to be held for good
	}
	return nil
}

// lines are an owner's lines, in the order in which they were added. The cells are the caller's until the next line.
func (s *spool) lines(of *spooled) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		cells := make([]any, s.cells)
		each := func(b []byte) bool {
			for in := (unspooling{b: b, text: string(b)}); len(in.b) > 0; {
				err := in.line(cells)
				if !yield(cells, err) || err != nil {
					return false
				}
			}
			return true
		}
		var buf []byte
		for _, p := range of.parts {
			buf = slices.Grow(buf[:0], p.size)[:p.size]
			if _, err := s.f.ReadAt(buf, p.at); err != nil {
				yield(cells, errSpooled(err))
				return
			}
			if !each(buf) {
				return
			}
		}
		each(of.buf)
	}
}

func errSpooled(err error) error { return fmt.Errorf("read the report's lines again: %w", err) }

// unspooling reads a part of the lines of one owner. It has them as bytes and as text, so that a cell of text is a piece of it
// instead of a copy of its own.
type unspooling struct {
	b    []byte
	text string // ends where b does
}

// line reads the cells of a line.
func (in *unspooling) line(cells []any) error {
	for i := range cells {
		if len(in.b) == 0 {
			return errSpooled(io.ErrUnexpectedEOF)
		}
		kind := in.b[0]
		in.skip(1)
		size := 0 // of a number, which is all of the cell or the length of its text
		switch kind {
		case spoolText:
			var n uint64
			if n, size = binary.Uvarint(in.b); size <= 0 || n > uint64(len(in.b)-size) {
				return errSpooled(io.ErrUnexpectedEOF)
			}
			cells[i] = in.text[size : size+int(n)]
			size += int(n)
		case spoolTime:
			var n int64
			n, size = binary.Varint(in.b)
			if cells[i] = (time.Time{}); n != 0 {
				cells[i] = time.UnixMicro(n).UTC()
			}
		case spoolInt:
			var n int64
			n, size = binary.Varint(in.b)
			cells[i] = int(n)
		default:
			if size = 8; size > len(in.b) {
				return errSpooled(io.ErrUnexpectedEOF)
			}
			cells[i] = math.Float64frombits(binary.BigEndian.Uint64(in.b))
		}
		if size <= 0 {
			return errSpooled(io.ErrUnexpectedEOF)
		}
		in.skip(size)
	}
	return nil
}

func (in *unspooling) skip(n int) { in.b, in.text = in.b[n:], in.text[n:] }
