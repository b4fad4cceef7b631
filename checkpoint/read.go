package checkpoint

import (
	"bytes"
	"fmt"
	"iter"

	"go.etcd.io/bbolt"
)

// Get returns a copy of the value under key, or nil where there is none; a value
// of no bytes is not nil. It sees every Put that has returned. A value that is
// not what was put is a *CorruptError.
func (l *Ledger) Get(t Table, key []byte) ([]byte, error) {
	if err := t.check(); err != nil {
		return nil, fmt.Errorf("get: %w", err)
	}
	var value []byte
	err := l.view("get", func(tx *bbolt.Tx) error {
		b, err := bucket(tx, t)
		if err != nil {
			return err
		}
		framed := b.Get(key)
		if framed == nil {
			return nil
		}
		inFile, err := unframe(t, key, framed)
		value = append([]byte{}, inFile...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("get from ledger %s: %w", l.path, err)
	}
	return value, nil
}

// An Entry is one key with its value. Both are copies and the receiver's to
// keep; a kept one keeps the memory of its page of entries, some 256 KiB.
type Entry struct{ Key, Value []byte }

// Last returns the entry of t with the greatest key, and false where t is empty.
// A value that is not what was put is a *CorruptError, and comes with its key.
func (l *Ledger) Last(t Table) (e Entry, ok bool, err error) {
	if err := t.check(); err != nil {
		return Entry{}, false, fmt.Errorf("last: %w", err)
	}
	err = l.view("last", func(tx *bbolt.Tx) error {
		b, err := bucket(tx, t)
		if err != nil {
			return err
		}
		k, framed := b.Cursor().Last()
		if ok = k != nil; !ok {
			return nil
		}
		e.Key = bytes.Clone(k)
		inFile, err := unframe(t, k, framed)
		e.Value = append([]byte{}, inFile...)
		return err
	})
	if err != nil {
		return e, ok, fmt.Errorf("last of ledger %s: %w", l.path, err)
	}
	return e, ok, nil
}

// Bounds of one read transaction of a Scan, so that no writer waits long for it.
const (
	scanEntries = 512
	scanBytes   = 256 << 10
)

// Scan yields the entries of t whose keys begin with prefix and come after
// after, in ascending order; nil is no bound. It reads in short transactions of
// 512 entries or 256 KiB, between which Puts go on (the body of the loop may
// Put): an entry is as it was when its page was read.
//
// A value that is not what was put yields its key and a *CorruptError, and the
// scan can go on. Any other error ends it.
func (l *Ledger) Scan(t Table, prefix, after []byte) iter.Seq2[Entry, error] {
	prefix, after = bytes.Clone(prefix), bytes.Clone(after)
	return func(yield func(Entry, error) bool) {
		if err := t.check(); err != nil {
			yield(Entry{}, fmt.Errorf("scan: %w", err))
			return
		}
		var found []scanned
		for from := after; ; {
			var more bool
			var err error
			found, more, err = l.scanPage(t, prefix, from, found)
			if err != nil {
				yield(Entry{}, fmt.Errorf("scan ledger %s: %w", l.path, err))
				return
			}
			for _, e := range found {
				if !yield(e.Entry, e.err) {
					return
				}
			}
			if !more {
				return
			}
			from = found[len(found)-1].Key
		}
	}
}

type scanned struct {
	Entry
	err error
}

// scanPage reads one page of entries, and reports whether there may be more. The page before it says how much room it will take.
func (l *Ledger) scanPage(t Table, prefix, after []byte, before []scanned) (found []scanned, more bool, err error) {
	room := 0
	for _, e := range before {
		room += len(e.Key) + len(e.Value)
	}
	found = make([]scanned, 0, len(before))
	err = l.view("scan", func(tx *bbolt.Tx) error {
		b, err := bucket(tx, t)
		if err != nil {
			return err
		}
		start := prefix
		if bytes.Compare(after, prefix) > 0 {
			start = after
		}
		arena := make([]byte, 0, room+room/16)
		c := b.Cursor()
		for k, framed := c.Seek(start); k != nil && bytes.HasPrefix(k, prefix); k, framed = c.Next() {
			if after != nil && bytes.Compare(k, after) <= 0 {
				continue
			}
			if len(found) == scanEntries || len(arena) >= scanBytes {
				more = true
				return nil
			}
			value, err := unframe(t, k, framed)
			at := len(arena)
			arena = append(append(arena, k...), value...)
			e := scanned{err: err}
			e.Key = arena[at : at+len(k) : at+len(k)]
			if err == nil {
				e.Value = arena[at+len(k) : len(arena) : len(arena)]
			}
			found = append(found, e)
		}
		return nil
	})
	return found, more, err
}
