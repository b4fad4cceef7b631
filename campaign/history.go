package campaign

import (
	"errors"
	"fmt"
	"iter"
	"slices"

	"kycbatch/checkpoint"
)

// ErrNoAccount is the answer to an account that no file ever named.
var ErrNoAccount = errors.New("no such account in the ledger")

// Story is what is known of one account: its record as it stands, and how it came to that.
type Story struct {
	Record  Record
	Entries []Entry // the oldest first; none where nothing was ever done, or only before there was a trail
}

// History is one customer's story, in the order in which it happened; ErrNoAccount.
func (l *Ledger) History(account string) (Story, error) {
	rec, known, err := l.Record(account)
	if err != nil {
		return Story{}, err
	}
	if !known {
		return Story{}, fmt.Errorf("%w: %q", ErrNoAccount, account)
	}
	s := Story{Record: rec}
	for id := rec.Trail; id != 0; {
		e, err := l.entry(id)
		if err != nil {
			return s, fmt.Errorf("read the history of account %q: %w", account, err)
		}
		s.Entries = append(s.Entries, e)
		id = e.Prev // always less than e.ID, so this ends
	}
	slices.Reverse(s.Entries)
	return s, nil
}

// entry reads one entry of the trail, which is known to be there.
func (l *Ledger) entry(id uint64) (Entry, error) {
	v, err := l.s.Get(checkpoint.Trail, recordKey(id))
	if err != nil {
		return Entry{}, err
	}
	if v == nil {
		return Entry{}, fmt.Errorf("entry %d of the trail is missing: %w", id, errValue)
	}
	return decodeEntry(id, v)
}

// entries are the entries of the trail after the id that key is, in their order; nil is from the beginning.
func (l *Ledger) entries(key []byte) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for e, err := range l.s.Scan(checkpoint.Trail, nil, key) {
			var entry Entry
			var id uint64
			if err == nil {
				id, err = numberOf(e.Key)
			}
			if err == nil {
				entry, err = decodeEntry(id, e.Value)
			}
			if err != nil {
				err = fmt.Errorf("read the trail: %w", err)
			}
			if !yield(entry, err) || err != nil {
				return
			}
		}
	}
}

// Commands are the entries that are about no account: runs as they began and ended, and imports, the oldest first.
// campaign "" is all campaigns. It reads the whole trail.
func (l *Ledger) Commands(campaign string) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for e, err := range l.entries(nil) {
			if err == nil && (e.Record != 0 || campaign != "" && e.Fact(FactCampaign) != campaign) {
				continue
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}
