package checkpoint

import (
	"context"
	"errors"
	"fmt"
	"os"

	"go.etcd.io/bbolt"
)

// compactBytes is how much one transaction of a compaction copies at most, so that its memory stays small.
const compactBytes = 8 << 20

// Compact writes the ledger at path anew: a file without free pages, in which nothing is left of what was deleted or
// overwritten. It holds the run lock meanwhile, and needs as much room again on the disk. The errors are those of Open, and
// ErrFull.
//
// The new file is made under another name, verified, made durable and renamed: killed at any moment, there is the one file
// or the other, whole. The bytes of the old one lie where a deleted file's bytes lie, until the disk uses their place again.
func Compact(path string, o Options) error {
	l, err := Open(path, o)
	if err != nil {
		return err
	}
	c, err := l.compacted()
	if err == nil {
		err = l.giveWayTo(c)
	}
	if err != nil {
		err = fmt.Errorf("compact ledger %s: %w", path, asFull(err))
	}
	err = errors.Join(err, l.Close()) // writes the fence of the new file, while that one is locked
	if c != nil {
		err = errors.Join(err, c.release())
	}
	return err
}

// compacted makes the new file beside the old one. Its lock is that of its name now, and of the ledger's once it is renamed.
func (l *Ledger) compacted() (*Ledger, error) {
	temp := unfinished(l.path)
	f, err := openLocked(temp, l.path, os.O_RDWR|os.O_CREATE, false, l.o.LockTimeout)
	if err != nil {
		return nil, err
	}
	c := newLedger(temp, l.o, f, false)
	if err := l.copyTo(c); err != nil {
		return nil, errors.Join(err, os.Remove(temp), c.release())
	}
	return c, nil
}

// copyTo fills the empty or unfinished file of c, and makes it durable.
func (l *Ledger) copyTo(c *Ledger) error {
	if err := errors.Join(c.file.Truncate(0), c.file.Chmod(0o600)); err != nil {
		return err
	}
	if err := c.mount(); err != nil {
		return err
	}
	if err := l.guard("compact", func() error { return bbolt.Compact(c.db, l.db, compactBytes) }); err != nil {
		return err
	}
	err := c.view("compact", func(tx *bbolt.Tx) error {
		c.txid.Store(uint64(tx.ID()))
		return nil
	})
	if err == nil {
		err = c.verify(context.Background())
	}
	if err == nil && !l.o.NoSync {
		err = c.file.Sync()
	}
	return err
}

// giveWayTo puts the new file in the place of the ledger's. It counts its transactions from the beginning, so the fence
// forgets first how many there were, or the new file would look older than it is.
func (l *Ledger) giveWayTo(c *Ledger) (err error) {
	defer func() {
		if err != nil {
			_ = os.Remove(c.path) // it may have been renamed
		}
	}()
	l.fence.mu.Lock()
	f := l.fence.now
	f.TxID = 0
	err = l.fence.set(f)
	l.fence.mu.Unlock()
	if err != nil {
		return err
	}
	l.txid.Store(c.txid.Load())
	l.heir = c.is
	return rename(c.path, l.path, !l.o.NoSync)
}
