package checkpoint

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"go.etcd.io/bbolt"
)

// Backup writes a consistent copy to path, mode 0600, while Puts go on. It
// fails with fs.ErrExist where a file is there. The copy is made under another
// name, verified, made durable and then renamed. OpenReadOnly reads it where it
// is; put in the place of the original, it is Suspect when it is opened.
func (l *Ledger) Backup(path string) error {
	if err := l.backup(path); err != nil {
		return fmt.Errorf("back up ledger %s to %s: %w", l.path, path, asFull(err))
	}
	return nil
}

func (l *Ledger) backup(path string) (err error) {
	if err := reserve(path); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.new")
	if err != nil {
		return errors.Join(err, os.Remove(path))
	}
	temp := f.Name()
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(temp), os.Remove(path))
		}
	}()
	err = l.view("copy", func(tx *bbolt.Tx) error {
		_, err := tx.WriteTo(f)
		return err
	})
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := l.markCopy(temp); err != nil {
		return err
	}
	return rename(temp, path, !l.o.NoSync)
}

// reserve takes the name path with an empty file. Renaming alone would replace
// a file that is there; linking does not work on every medium that backups go to.
func reserve(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// markCopy opens the copy at path, marks it as one, and checks all of it.
func (l *Ledger) markCopy(path string) (err error) {
	f, err := os.OpenFile(path, os.O_RDWR|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return err
	}
	o := l.o
	o.MaxSize = 0 // the limit is the ledger's, not its copies'
	c := newLedger(path, o, f, false)
	defer func() { err = errors.Join(err, c.release()) }()
	_, h, err := examineFile(context.Background(), f, true, anySchema)
	if err != nil {
		return err
	}
	if err := c.mount(); err != nil {
		return err
	}
	now := o.Now().UTC().Round(0)
	h.Copied = &now
	// Twice: either meta page of the copy then leads to a marked header.
	for range 2 {
		if err := c.update("mark the copy", h.write); err != nil {
			return err
		}
	}
	if err := c.verify(context.Background()); err != nil {
		return err
	}
	if o.NoSync {
		return nil
	}
	return f.Sync()
}
