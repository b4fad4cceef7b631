package intake

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/bits"
	"sort"
	"strconv"
	"strings"
)

// entry is what is kept of a row until the file was read to its end: 28 bytes, which bytes in place of words allow.
type entry struct {
	account [16]byte // of SHA-256 of the account
	values  [8]byte  // of SHA-256 of the other values, the last two bits being flags
	line    uint32
}

const (
	flagExcluded byte = 1 << iota
	flagInvalid
	flags = flagExcluded | flagInvalid
)

func (e *entry) flags() byte { return e.values[7] & flags }

// verdict is what duplicates decide about one row.
type verdict struct {
	line     uint32
	of       uint32 // the line that stands for it; 0 = it is in a conflict
	conflict uint32 // index of its conflict, where of is 0
}

// conflict is a group of rows of one account that differ.
type conflict struct {
	lines [maxListed + 1]uint32 // the first of them
	count uint32
}

// maxListed is how many other lines a Problem names.
const maxListed = 5

// duplicates collects the rows of a file, and once settled says which of them
// stand. Rows without another of the same account have no verdict.
type duplicates struct {
	entries   pages[entry]
	verdicts  pages[verdict] // by line
	conflicts pages[conflict]
	repeated  int // valid rows for which another stands
	refused   int // rows that only a conflict makes invalid
}

func (d *duplicates) add(account [16]byte, values [8]byte, r *Row) {
	flag := &values[7]
	*flag &^= flags
	if r.Excluded {
		*flag |= flagExcluded
	}
	if len(r.Problems) > 0 {
		*flag |= flagInvalid
	}
	d.entries.add(entry{account, values, uint32(r.Line)})
}

// settle groups the entries and lets go of them, page by page, so that the
// verdicts (12 bytes a row, and 28 a conflict) take their place.
func (d *duplicates) settle(policy string) {
	d.keepRepeated()
	sort.Sort((*byAccount)(&d.entries))
	for from := 0; from < d.entries.n; {
		to := from + 1
		for to < d.entries.n && d.entries.at(to).account == d.entries.at(from).account {
			to++
		}
		if to-from > 1 {
			d.judge(from, to, policy)
		}
		d.entries.drop(to)
		from = to
	}
	d.entries = pages[entry]{}
	sort.Sort((*byLine)(&d.verdicts))
}

// keepRepeated lets go of entries whose account no other has, so that they need not be sorted: most files repeat nothing.
// It tells them apart by a few bits of the account, so that some of them stay.
func (d *duplicates) keepRepeated() {
	room := uint64(bits.Len(uint(d.entries.n))) + 3 // 8 to 16 places an entry, in bits of an index
	once, more := make([]uint64, 1<<room/64+1), make([]uint64, 1<<room/64+1)
	place := func(i int) (word int, bit uint64) {
		at := binary.LittleEndian.Uint64(d.entries.at(i).account[:]) >> (64 - room)
		return int(at / 64), 1 << (at % 64)
	}
	for i := range d.entries.n {
		word, bit := place(i)
		more[word] |= once[word] & bit
		once[word] |= bit
	}
	var kept pages[entry]
	for i := range d.entries.n {
		if word, bit := place(i); more[word]&bit != 0 {
			kept.add(*d.entries.at(i))
		}
		d.entries.drop(i)
	}
	d.entries = kept
}

// judge decides about entries from up to to, which are one account's by line.
func (d *duplicates) judge(from, to int, policy string) {
	differ := false
	first := d.entries.at(from)
	for i := from + 1; i < to && !differ; i++ {
		differ = d.entries.at(i).values != first.values
	}
	if differ && policy == "fail" {
		d.clash(from, to)
		return
	}
	stands := first.line
	if differ && policy == "last" {
		stands = d.entries.at(to - 1).line
	}
	for i := from; i < to; i++ {
		e := d.entries.at(i)
		if e.line == stands || e.flags()&flagExcluded != 0 {
			continue
		}
		d.verdicts.add(verdict{line: e.line, of: stands})
		if e.flags()&flagInvalid == 0 {
			d.repeated++
		}
	}
}

func (d *duplicates) clash(from, to int) {
	c := conflict{count: uint32(to - from)}
	for i := range min(to-from, len(c.lines)) {
		c.lines[i] = d.entries.at(from + i).line
	}
	for i := from; i < to; i++ {
		e := d.entries.at(i)
		if e.flags()&flagExcluded != 0 {
			continue
		}
		d.verdicts.add(verdict{line: e.line, conflict: uint32(d.conflicts.n)})
		if e.flags()&flagInvalid == 0 {
			d.refused++
		}
	}
	d.conflicts.add(c)
}

// problem says with which lines the row of a conflict clashes.
func (d *duplicates) problem(v *verdict) Problem {
	c := d.conflicts.at(int(v.conflict))
	var others []string
	for _, line := range c.lines {
		if line != 0 && line != v.line && len(others) < maxListed {
			others = append(others, strconv.Itoa(int(line)))
		}
	}
	where := "line " + strings.Join(others, ", ")
	if len(others) > 1 {
		where = "lines " + strings.Join(others, ", ")
	}
	if more := int(c.count) - 1 - len(others); more > 0 {
		where += fmt.Sprintf(" and %d more", more)
	}
	return Problem{Line: int(v.line), Reason: fmt.Sprintf(
		"repeats the account of %s with other values: keep one row per account, or choose with --on-duplicate first or last", where)}
}

// byAccount sorts entries by account, then by line.
type byAccount pages[entry]

func (s *byAccount) Len() int      { return s.n }
func (s *byAccount) Swap(i, j int) { (*pages[entry])(s).swap(i, j) }
func (s *byAccount) Less(i, j int) bool {
	a, b := (*pages[entry])(s).at(i), (*pages[entry])(s).at(j)
	if order := bytes.Compare(a.account[:], b.account[:]); order != 0 {
		return order < 0
	}
	return a.line < b.line
}

// byLine sorts verdicts by line.
type byLine pages[verdict]

func (s *byLine) Len() int      { return s.n }
func (s *byLine) Swap(i, j int) { (*pages[verdict])(s).swap(i, j) }
func (s *byLine) Less(i, j int) bool {
	return (*pages[verdict])(s).at(i).line < (*pages[verdict])(s).at(j).line
}
