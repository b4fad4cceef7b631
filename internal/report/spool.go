package report

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"os"
	"path/filepath"
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
		each := func(r io.Reader) bool {
			in := bufio.NewReaderSize(r, spoolBuffer)
			for {
				if _, err := in.Peek(1); errors.Is(err, io.EOF) {
					return true
				}
				err := readCells(in, cells)
				if err != nil {
					err = fmt.Errorf("read the report's lines again: %w", err)
				}
				if !yield(cells, err) || err != nil {
					return false
				}
			}
		}
		for _, p := range of.parts {
			if !each(io.NewSectionReader(s.f, p.at, int64(p.size))) {
				return
			}
		}
		each(bytes.NewReader(of.buf))
	}
}

func readCells(in *bufio.Reader, cells []any) error {
	for i := range cells {
		kind, err := in.ReadByte()
		if err != nil {
			return err
		}
		switch kind {
		case spoolText:
			var n uint64
			if n, err = binary.ReadUvarint(in); err == nil {
				b := make([]byte, n)
				_, err = io.ReadFull(in, b)
				cells[i] = string(b)
			}
		case spoolTime:
			var n int64
			n, err = binary.ReadVarint(in)
			if cells[i] = (time.Time{}); n != 0 {
				cells[i] = time.UnixMicro(n).UTC()
			}
		case spoolInt:
			var n int64
			n, err = binary.ReadVarint(in)
			cells[i] = int(n)
		default:
			var b [8]byte
			_, err = io.ReadFull(in, b[:])
			cells[i] = math.Float64frombits(binary.BigEndian.Uint64(b[:]))
		}
		if err != nil {
			return err
		}
	}
	return nil
}
