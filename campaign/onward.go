package campaign

import (
	"encoding/binary"
	"fmt"
	"iter"

	"kycbatch/checkpoint"
)

// onward reads records whose numbers mostly ascend, as those of a campaign's rows do: where some in a row have, it goes on
// with a scan, which takes a fraction of a Get for each. A record may be as old as the page of the scan that it is from, so
// this is for a loop in which no record changes before the loop has come to it. Close it.
type onward struct {
	l      *Ledger
	last   uint64 // number that was asked for last
	steady int    // how many in a row were near the one before them

	next func() (checkpoint.Entry, error, bool) // the scan; nil: there is none
	stop func()
	at   uint64 // number of its entry, the first that is not below last
	e    checkpoint.Entry
}

const (
	near   = 64 // a number at most so far above the last one is worth going on to
	steady = 8  // so many of those make it likely that the next one is, too
)

func (l *Ledger) onward() *onward { return &onward{l: l} }

// record is Ledger.record.
func (o *onward) record(number uint64) (Record, error) {
	if number >= o.last && number-o.last <= near {
		o.steady++
	} else {
		o.steady = 0
		o.close()
	}
	o.last = number
	if o.steady < steady {
		return o.l.record(number)
	}
	if o.next == nil {
		o.next, o.stop = iter.Pull2(o.l.s.Scan(checkpoint.Records, nil, recordKey(number-1)))
		o.at = 0
	}
	for o.at < number {
		if err := o.step(); err != nil {
			o.close()
			return Record{}, fmt.Errorf("read record %d: %w", number, err)
		}
	}
	if o.at != number {
		return Record{}, nil
	}
	return decodeRecord(o.e.Value)
}

// step takes the scan to its next entry; behind the last one is none, however far.
func (o *onward) step() error {
	e, err, ok := o.next()
	switch {
	case !ok:
		o.at = ^uint64(0)
	case err != nil:
		return err
	case len(e.Key) != 8:
		return errValue
	default:
		o.at, o.e = binary.BigEndian.Uint64(e.Key), e
	}
	return nil
}

func (o *onward) close() {
	if o.next != nil {
		o.stop()
		o.next = nil
	}
}
