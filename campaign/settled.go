package campaign

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"iter"
	"math"

	"kycbatch/checkpoint"
)

// settled is what a campaign's run knows for good of rows that nothing is left to do for: the session of each was created for this
// campaign and audited. No create pass has anything to do with them, whatever its flags, and they count in its summary as
// they did in the last one. It is kept at the end of a run and holds as long as nothing was written to rows and records since, by
// whatever; so a rerun reads only the rows that are open. The zero value settles nothing.
type settled struct {
	imported      uint64 // the campaign's import
	rows, records uint64 // of the ledger, see checkpoint.Ledger.Changes

	already   uint64 // rows with that outcome
	conflicts uint64
	orphans   uint64
	needLinks uint64 // see Record.needsLink

	open []stretch // everything else, ascending
}

// stretch is the indexes of rows from one up to and without another.
type stretch struct{ from, to uint64 }

// settles says whether a row can be counted once and for all, as long as nothing is written.
func (c Campaign) settles(row Row, rec Record) bool {
	return row.Record > 0 && !row.Gone && row.Purged == "" && rec.State == Created && rec.Audited && rec.Campaign == c.ID
}

// add takes the next row in. An open one it only remembers.
func (s *settled) add(c Campaign, index uint64, row Row, rec Record) {
	if !c.settles(row, rec) {
		if n := len(s.open); n > 0 && s.open[n-1].to == index {
			s.open[n-1].to++
		} else {
			s.open = append(s.open, stretch{index, index + 1})
		}
		return
	}
	if outcome(c, row, rec, 0, nil) == OutcomeConflict {
		s.conflicts++
	} else {
		s.already++
	}
	if row.DuplicateOf == 0 {
		s.orphans += uint64(rec.Orphans)
		if rec.needsLink() {
			s.needLinks++
		}
	}
}

// reopened settles nothing.
func (s settled) reopened() settled {
	return settled{imported: s.imported, rows: s.rows, records: s.records, open: []stretch{{0, math.MaxUint32}}}
}

// count begins a count of the campaign's rows.
func (s settled) count(counts map[Outcome]int) (rows int) {
	for o, n := range map[Outcome]uint64{OutcomeAlready: s.already, OutcomeConflict: s.conflicts} {
		if n > 0 {
			counts[o] = int(n)
		}
	}
	return int(s.already + s.conflicts)
}

// begin is what a new count starts from: all that is settled stays so.
func (s settled) begin() settled {
	s.open = nil
	return s
}

func (s settled) equal(to settled) bool { return bytes.Equal(s.encode(), to.encode()) }

// settledPrefix begins the key under which Settings keep it; the campaign's id follows.
const settledPrefix = "settled"

func settledKey(c Campaign) []byte { return append([]byte(settledPrefix), recordKey(c.ID)...) }

// maxStretches bounds what is kept. Where more of the rows lie scattered between finished ones, a run reads them all.
const maxStretches = 1 << 16

// settled reads what is settled of a campaign, as of now.
func (l *Ledger) settled(c Campaign) (settled, error) {
	nothing := settled{imported: c.Import}.reopened()
	var err error
	if nothing.rows, nothing.records, err = l.changes(); err != nil {
		return nothing, err
	}
	v, err := l.s.Get(checkpoint.Settings, settledKey(c))
	if err != nil || v == nil {
		return nothing, err
	}
	s, err := decodeSettled(v)
	if err != nil { // another version's: then all is counted
		return nothing, nil //nolint:nilerr // damage is found by Get
	}
	if s.imported != nothing.imported || s.rows != nothing.rows || s.records != nothing.records {
		return nothing, nil
	}
	return s, nil
}

func (l *Ledger) changes() (rows, records uint64, err error) {
	if rows, err = l.s.Changes(checkpoint.Rows); err != nil {
		return 0, 0, err
	}
	records, err = l.s.Changes(checkpoint.Records)
	return rows, records, err
}

// write is the durable form, and false where it is not worth its room.
func (s settled) write(c Campaign) (checkpoint.Write, bool) {
	return checkpoint.Write{Table: checkpoint.Settings, Key: settledKey(c), Value: s.encode()}, len(s.open) <= maxStretches
}

func (s settled) encode() []byte {
	w := writer{b: []byte{valueVersion}}
	for _, n := range []uint64{s.imported, s.rows, s.records, s.already, s.conflicts, s.orphans, s.needLinks, uint64(len(s.open))} {
		w.num(n)
	}
	at := uint64(0)
	for _, o := range s.open {
		w.num(o.from - at)
		w.num(o.to - o.from)
		at = o.to
	}
	return w.b
}

func decodeSettled(b []byte) (settled, error) {
	r := open(b, valueVersion)
	s := settled{
		imported: r.num(), rows: r.num(), records: r.num(), already: r.num(), conflicts: r.num(), orphans: r.num(), needLinks: r.num(),
	}
	at := uint64(0)
	for n := r.int(); n > 0 && r.err == nil; n-- {
		o := stretch{from: at + r.num()}
		o.to = o.from + r.num()
		at = o.to
		s.open = append(s.open, o)
	}
	return s, r.end("settled rows")
}

// placed is a row and its index among those of its import.
type placed struct {
	Row
	index uint64
}

// skipAhead is how many rows between two stretches are rather read than jumped over: a scan begins with a page of about as many.
const skipAhead = 512

// rowsAt are the rows of a campaign whose indexes are in some of these stretches, in their order.
func (l *Ledger) rowsAt(c Campaign, in []stretch) iter.Seq2[placed, error] {
	return func(yield func(placed, error) bool) {
		in := in
		for jumped := true; jumped && len(in) > 0; {
			jumped = false
			var after []byte
			if from := in[0].from; from > 0 {
				after = rowKey(c.ID, c.Import, from-1)
			}
			for e, err := range l.s.Scan(checkpoint.Rows, rowsPrefix(c.ID, c.Import), after) {
				var row placed
				if err == nil {
					row.index = uint64(binary.BigEndian.Uint32(e.Key[8:]))
					for len(in) > 0 && row.index >= in[0].to {
						in = in[1:]
					}
					if len(in) == 0 {
						return
					}
					if row.index < in[0].from {
						if jumped = in[0].from-row.index > skipAhead; jumped {
							break
						}
						continue
					}
					row.Row, err = decodeRow(e.Value)
				}
				if err != nil {
					err = fmt.Errorf("read the rows of campaign %q: %w", c.Name, err)
				}
				if !yield(row, err) || err != nil {
					return
				}
			}
		}
	}
}
