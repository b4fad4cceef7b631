package checkpoint

import (
	"encoding/binary"
	"fmt"

	"go.etcd.io/bbolt"
)

// counted says whether the commits that change a table are counted: of those from which much follows that takes long to find out.
func counted(t Table) bool { return t == Rows || t == Records }

// changesKey is where the count lies, beside the header. It is framed like any value: it must not be wrong either.
func changesKey(t Table) []byte { return []byte("changes of " + string(t)) }

// Changes is how many commits have written to Rows, or to Records, since the ledger was made. While it stays the same, so does
// every entry of the table, in this process and in every later one: what was worked out of them still holds. It is written by the very commits that it
// counts, and goes back with them where the ledger is put back. Of another table it is an error.
func (l *Ledger) Changes(t Table) (n uint64, err error) {
	if !counted(t) {
		return 0, fmt.Errorf("changes: of table %q they are not counted", t)
	}
	err = l.view("changes", func(tx *bbolt.Tx) error {
		b, err := bucket(tx, headerTable)
		if err == nil {
			n, err = changes(b, t)
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("changes of ledger %s: %w", l.path, err)
	}
	return n, nil
}

func changes(b *bbolt.Bucket, t Table) (uint64, error) {
	framed := b.Get(changesKey(t))
	if framed == nil {
		return 0, nil
	}
	v, err := unframe(headerTable, changesKey(t), framed)
	switch {
	case err != nil:
		return 0, err
	case len(v) != 8:
		return 0, &CorruptError{Table: headerTable, Key: changesKey(t), Reason: "it is no count"}
	}
	return binary.BigEndian.Uint64(v), nil
}

// countChange notes that a commit writes to a table.
func countChange(tx *bbolt.Tx, t Table) error {
	if !counted(t) {
		return nil
	}
	b, err := bucket(tx, headerTable)
	if err != nil {
		return err
	}
	n, err := changes(b, t)
	if err != nil {
		return err
	}
	key := changesKey(t)
	return b.Put(key, frame(headerTable, key, binary.BigEndian.AppendUint64(nil, n+1)))
}
