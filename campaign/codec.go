package campaign

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// Values in the ledger are a version byte and then fields in a fixed order: numbers as uvarints, texts
// and bytes behind their length. A version that is not known is refused, never guessed.

// errValue is a ledger value that cannot be read. Its checksum was right, so it was written by another
// version of this program or by mistake.
var errValue = errors.New("the ledger holds a value that this version cannot read")

type writer struct{ b []byte }

func (w *writer) num(n uint64)     { w.b = binary.AppendUvarint(w.b, n) }
func (w *writer) int(n int)        { w.num(uint64(max(n, 0))) }
func (w *writer) text(s string)    { w.int(len(s)); w.b = append(w.b, s...) }
func (w *writer) bytes(b []byte)   { w.int(len(b)); w.b = append(w.b, b...) }
func (w *writer) time(t time.Time) { w.num(uint64(timeValue(t))) }

func (w *writer) flag(f bool) {
	if f {
		w.num(1)
	} else {
		w.num(0)
	}
}

func (w *writer) texts(ts []string) {
	w.int(len(ts))
	for _, t := range ts {
		w.text(t)
	}
}

func (w *writer) ints(ns []int) {
	w.int(len(ns))
	for _, n := range ns {
		w.int(n)
	}
}

func (w *writer) facts(fs []Fact) {
	w.int(len(fs))
	for _, f := range fs {
		w.text(f.Name)
		w.text(f.Value)
	}
}

// timeValue keeps microseconds, the API's precision; the zero time is 0.
func timeValue(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

type reader struct {
	b   []byte
	err error
}

func (r *reader) fail() {
	if r.err == nil {
		r.err = errValue
	}
	r.b = nil
}

func (r *reader) num() uint64 {
	n, size := binary.Uvarint(r.b)
	if size <= 0 {
		r.fail()
		return 0
	}
	r.b = r.b[size:]
	return n
}

func (r *reader) int() int {
	n := r.num()
	if n > 1<<40 {
		r.fail()
		return 0
	}
	return int(n)
}

func (r *reader) flag() bool { return r.num() == 1 }

func (r *reader) bytes() []byte {
	n := r.int()
	if n > len(r.b) {
		r.fail()
	}
	if n == 0 || r.err != nil {
		return nil
	}
	b := r.b[:n:n]
	r.b = r.b[n:]
	return b
}

func (r *reader) text() string { return string(r.bytes()) }

func (r *reader) texts() []string {
	n := r.int()
	if n > len(r.b) { // each takes at least a byte
		r.fail()
	}
	if n == 0 || r.err != nil {
		return nil
	}
	ts := make([]string, n)
	for i := range ts {
		ts[i] = r.text()
	}
	return ts
}

func (r *reader) ints() (ns []int) {
	for n := r.int(); n > 0 && r.err == nil; n-- {
		ns = append(ns, r.int())
	}
	return ns
}

func (r *reader) facts() (fs []Fact) {
	for n := r.int(); n > 0 && r.err == nil; n-- {
		fs = append(fs, Fact{Name: r.text(), Value: r.text()})
	}
	return fs
}

func (r *reader) time() time.Time {
	n := int64(r.num())
	if n == 0 || r.err != nil {
		return time.Time{}
	}
	return time.UnixMicro(n).UTC()
}

func (r *reader) digest() (d Digest) {
	if len(r.b) < len(d) {
		r.fail()
		return d
	}
	r.b = r.b[copy(d[:], r.b):]
	return d
}

// end says whether everything was read, and nothing but that.
func (r *reader) end(what string) error {
	if r.err == nil && len(r.b) > 0 {
		r.err = errValue
	}
	if r.err != nil {
		return fmt.Errorf("%s: %w", what, r.err)
	}
	return nil
}

// open reads the version byte of a value that has only one version.
func open(b []byte, version byte) reader {
	r, found := openUpTo(b, version)
	if found != version {
		r.fail()
	}
	return r
}

// openUpTo reads the version byte of a value that has had several, up to newest. Version 0 is none: it can't be read.
func openUpTo(b []byte, newest byte) (r reader, version byte) {
	if len(b) == 0 || b[0] == 0 || b[0] > newest {
		r.fail()
		return r, 0
	}
	return reader{b: b[1:]}, b[0]
}

// stateCodes are the states as the ledger writes them: an index, never to be reordered.
var stateCodes = [...]State{Pending, Started, Created, Refused, Skipped, Undecided, Withdrawn}

func (w *writer) state(s State) {
	for i, known := range stateCodes {
		if s == known {
			w.int(i)
			return
		}
	}
	panic("campaign: no code for state " + string(s))
}

func (r *reader) state() State {
	n := r.int()
	if n >= len(stateCodes) {
		r.fail()
		return Pending
	}
	return stateCodes[n]
}
