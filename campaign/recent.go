package campaign

import (
	"fmt"
	"iter"
	"time"

	"kycbatch/checkpoint"
)

// TrailEnd is the id of the trail's newest entry: how far its story goes. 0: nothing was ever done.
func (l *Ledger) TrailEnd() (uint64, error) {
	e, ok, err := l.s.Last(checkpoint.Trail)
	if err != nil {
		return 0, fmt.Errorf("find the end of the trail: %w", err)
	}
	if !ok {
		return 0, nil
	}
	return numberOf(e.Key)
}

// TrailAfter are the trail's entries after the one with an id, in their order.
func (l *Ledger) TrailAfter(id uint64) iter.Seq2[Entry, error] { return l.entries(recordKey(id)) }

// TrailFrom are the trail's entries of a time and later, by this machine's clock, in their order.
func (l *Ledger) TrailFrom(at time.Time) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for e, err := range l.entries(before(at)) {
			if err == nil && e.At.Before(at) { // the clock was set back: its id stands for its place, not for its time
				continue
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}
