package checkpoint

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"go.etcd.io/bbolt"
)

// Create makes a new ledger at path, and its directory, and opens it. Where a
// file is at path it fails with fs.ErrExist; where only a fence remains, of a
// lost ledger, with ErrFenceWithoutLedger. The ledger appears complete or not at
// all.
func Create(path string, o Options) (*Ledger, error) {
	return create(path, o.withDefaults(), migrations())
}

// Open opens the ledger at path for reading and writing. It holds the run lock
// until Close, and fails with a *LockedError where another process has it.
// Before anything is changed the whole file is checked. The other errors are
// ErrMissing, the kinds of ErrUnusable, ErrLinked, ErrNewer, ErrIdentity and ErrFull.
//
// Look at Suspect before sending anything.
func Open(path string, o Options) (*Ledger, error) {
	return open(path, o.withDefaults(), false, migrations())
}

// OpenReadOnly opens the ledger at path for reading, beside other readers, while
// no process has it open for writing. Nothing is written, neither the ledger nor
// its fence. Of the file only the structure is checked: a damaged value is a
// *CorruptError when it is read, so that the others can be saved. A ledger of an
// older schema is ErrOlder.
func OpenReadOnly(path string, o Options) (*Ledger, error) {
	return open(path, o.withDefaults(), true, migrations())
}

// complete refuses an identity with an empty field.
func (i Identity) complete() error {
	if i.API == "" || i.Partner == "" {
		return errors.New("a ledger needs an API address and a partner id")
	}
	return nil
}

// create builds the ledger in a file of a fixed name, whose lock keeps other
// creators away and becomes the run lock once the file is renamed.
func create(path string, o Options, m []migration) (_ *Ledger, err error) {
	if err := o.Identity.complete(); err != nil {
		return nil, fmt.Errorf("create ledger %s: %w", path, err)
	}
	if err := makeDir(filepath.Dir(path), !o.NoSync); err != nil {
		return nil, fmt.Errorf("create ledger: %w", asFull(err))
	}
	if err := absent(path); err != nil {
		return nil, err
	}
	temp := unfinished(path)
	f, err := openLocked(temp, path, os.O_RDWR|os.O_CREATE, false, o.LockTimeout)
	if err != nil {
		return nil, createError(path, err)
	}
	l := newLedger(path, o, f, false)
	created := false
	defer func() {
		if err != nil {
			if !created {
				err = errors.Join(err, os.Remove(temp)) // while we have its lock
			}
			err = errors.Join(err, l.release())
		}
	}()
	if err := absent(path); err != nil {
		return nil, err
	}
	if err := noFenceLeft(path); err != nil {
		return nil, err
	}
	h := newHeader(o, schemaOf(m))
	if err := l.initialize(h); err != nil {
		return nil, createError(path, err)
	}
	if err := writeFence(path, fence{Ledger: h.ID, Clean: true}, !o.NoSync); err != nil {
		return nil, createError(path, err)
	}
	if err := rename(temp, path, !o.NoSync); err != nil {
		return nil, createError(path, err)
	}
	created = true
	if err := l.begin(h, nil, fence{}); err != nil {
		return nil, createError(path, err)
	}
	return l, nil
}

func createError(path string, err error) error {
	var locked *LockedError
	if errors.As(err, &locked) {
		return err
	}
	return fmt.Errorf("create ledger %s: %w", path, asFull(err))
}

func absent(path string) error {
	_, err := os.Lstat(path)
	switch {
	case err == nil:
		return fmt.Errorf("create ledger %s: %w: open it instead", path, fs.ErrExist)
	case errors.Is(err, fs.ErrNotExist):
		return nil
	}
	return fmt.Errorf("create ledger %s: %w", path, err)
}

// initialize fills the empty or unfinished file of a new ledger.
func (l *Ledger) initialize(h header) error {
	if err := l.file.Truncate(0); err != nil {
		return err
	}
	if err := l.file.Chmod(0o600); err != nil {
		return err
	}
	if err := l.mount(); err != nil {
		return err
	}
	err := l.update("create", func(tx *bbolt.Tx) error {
		for _, t := range append(tables(), headerTable) {
			if _, err := tx.CreateBucket([]byte(t)); err != nil {
				return err
			}
		}
		return h.write(tx)
	})
	if err != nil || l.o.NoSync {
		return err
	}
	return l.file.Sync()
}

func newLedger(path string, o Options, f *os.File, readOnly bool) *Ledger {
	is, _ := f.Stat() // nil where it fails: no file is the same, so it is taken for replaced
	l := &Ledger{path: path, place: path, o: o, readOnly: readOnly, file: f, is: is, opened: time.Now()}
	l.queue.wake, l.queue.ended = make(chan struct{}, 1), make(chan struct{})
	l.fence.path, l.fence.sync = path, !o.NoSync
	l.close = sync.OnceValue(l.shut)
	return l
}

// mount gives the open and locked file to bbolt.
func (l *Ledger) mount() error {
	return l.guard("open", func() error {
		db, err := bbolt.Open(l.path, 0o600, &bbolt.Options{
			OpenFile:        func(string, int, os.FileMode) (*os.File, error) { return l.file, nil },
			Timeout:         l.o.LockTimeout, // the lock is ours already; 0 would be for ever
			PageSize:        pageSize,
			ReadOnly:        l.readOnly,
			PreLoadFreelist: true, // else Verify would load it beside other readers
			NoSync:          l.o.NoSync,
			MaxSize:         l.o.MaxSize,
			NoStatistics:    true,
		})
		if err == nil {
			l.db = db
		}
		return err
	})
}

func open(path string, o Options, readOnly bool, m []migration) (_ *Ledger, err error) {
	if !readOnly {
		if err := o.Identity.complete(); err != nil {
			return nil, fmt.Errorf("open ledger %s: %w", path, err)
		}
	}
	f, err := openExisting(path, o, readOnly)
	if err != nil {
		return nil, err
	}
	l := newLedger(path, o, f, readOnly)
	defer func() {
		if err != nil {
			err = errors.Join(err, l.release())
		}
	}()
	img, h, err := examineFile(context.Background(), f, !readOnly, schemaOf(m))
	if err != nil {
		return nil, openError(path, err)
	}
	if err := h.fits(path, o.Identity, !readOnly); err != nil {
		return nil, err
	}
	if readOnly && h.Schema < schemaOf(m) {
		return nil, fmt.Errorf("ledger %s: %w: a command that writes will bring it up to date", path, ErrOlder)
	}
	found, fenceErr := readFence(path)
	if !readOnly {
		if err := mayReplace(path, fenceErr); err != nil {
			return nil, err
		}
	}
	suspicion := judge(h, img, found, fenceErr, o.Now()).and(h.Suspicion)
	if err := l.mount(); err != nil {
		return nil, openError(path, err)
	}
	if readOnly {
		l.adopt(h, suspicion)
		return l, nil
	}
	if err := l.settle(); err != nil {
		return nil, openError(path, err)
	}
	if err := l.file.Chmod(0o600); err != nil { // a copy that was put here may have had another mode
		return nil, fmt.Errorf("open ledger %s: make it this user's alone: %w", path, err)
	}
	if h, err = l.migrate(h, m); err != nil {
		return nil, openError(path, err)
	}
	if err := l.begin(h, suspicion, found); err != nil {
		return nil, openError(path, err)
	}
	return l, nil
}

func openExisting(path string, o Options, readOnly bool) (*os.File, error) {
	info, err := os.Lstat(path)
	if err == nil && info.Mode().Type() == fs.ModeSymlink {
		return nil, fmt.Errorf("open ledger %s: %w: its fence lies beside the file itself; name the data directory that it is in", path, ErrLinked)
	}
	if err == nil && !info.Mode().IsRegular() {
		return nil, openError(path, ErrForeign)
	}
	flag := os.O_RDWR
	if readOnly {
		flag = os.O_RDONLY
	}
	f, err := openLocked(path, path, flag, readOnly, o.LockTimeout)
	if errors.Is(err, fs.ErrNotExist) {
		if lost := noFenceLeft(path); lost != nil {
			return nil, fmt.Errorf("%w: %w", ErrMissing, lost)
		}
		return nil, fmt.Errorf("%w at %s: create one, or name the data directory that has it", ErrMissing, path)
	}
	return f, err
}

// openError wraps an error in the sentence that an operator needs.
func openError(path string, err error) error {
	var advice string
	switch corrupt := (*CorruptError)(nil); {
	case errors.As(err, &corrupt):
		advice = "; nothing was changed"
	case errors.Is(err, ErrUnusable):
		advice = ": nothing was changed; restore a backup (a new ledger would know nothing of what was already sent)"
	case errors.Is(err, ErrNewer):
		advice = ": use that version"
	}
	return fmt.Errorf("open ledger %s: %w%s", path, asFull(err), advice)
}

// settle makes durable what the file holds, and that it has the ledger's name: the process before may have been killed before it did.
// Without, our first commit would write over pages that are free in what we have read and in use in what is on the disk, and a
// power cut would leave neither; or it could leave the fence that we are about to write, and no ledger.
func (l *Ledger) settle() error {
	if l.o.NoSync {
		return nil
	}
	if err := l.file.Sync(); err != nil {
		return err
	}
	return syncDir(filepath.Dir(l.path))
}

// begin makes the opening known, the ledger first, then the fence: see the
// package comment. From here on Puts are taken.
func (l *Ledger) begin(h header, s *Suspicion, found fence) error {
	counted := h.Counted == h.Generation
	h.Generation = max(h.Generation, found.Generation) + 1
	h.Copied, h.Suspicion, h.Counted = nil, s, h.Generation
	err := l.update("open", func(tx *bbolt.Tx) error {
		for _, t := range tables() {
			if _, err := bucket(tx, t); err != nil {
				return err
			}
		}
		if !counted { // nobody knows what was written
			for _, t := range tables() {
				if err := countChange(tx, t); err != nil {
					return err
				}
			}
		}
		return h.write(tx)
	})
	if err != nil {
		return err
	}
	next := fence{Ledger: h.ID, Generation: h.Generation, Until: found.Until, TxID: l.txid.Load()}
	if err := l.fence.set(next); err != nil {
		return err
	}
	l.adopt(h, s)
	writeHolder(l.path, l.o)
	go l.commitLoop()
	return nil
}

func (l *Ledger) adopt(h header, s *Suspicion) {
	l.header, l.id, l.identity = h, h.ID, h.identity()
	l.suspicion.Store(s)
}
