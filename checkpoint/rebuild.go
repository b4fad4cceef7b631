package checkpoint

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"go.etcd.io/bbolt"
)

// Errors of a rebuild.
const (
	// ErrSound: the ledger that was to be rebuilt can be opened. It was not changed.
	ErrSound kind = "the ledger is whole"
	// ErrDisturbed: somebody else has written the ledger's fence since the rebuild began.
	ErrDisturbed kind = "another run is still at work with this ledger"
)

// Remains is what is known of a ledger that is lost or can't be used.
type Remains struct {
	Damage error     // why it is no usable ledger: ErrMissing, or a kind of ErrUnusable
	IDs    []string  // that its fence and its header have; more than one where they contradict each other, none where neither can be read
	Until  time.Time // wall clock: POSTs may be under way until then; zero: nobody knows
	Clean  bool      // by its fence, the last run came to an orderly end: none of its POSTs is under way
}

// A Rebuilding is a new ledger that is being written beside the path of one that is lost or damaged, and takes its place at
// the end. It holds the run lock. Close it; until Install has returned nil everything at the path is as it was.
type Rebuilding struct {
	path, temp string
	ledger     *Ledger
	old        *os.File // the damaged file, locked; nil: there is none
	remains    Remains
	fence      fence // as found; zero where none could be read
	generation uint64
	began      time.Time
	installed  bool
	stopped    bool
}

// Rebuild begins a new, empty ledger for the place of the one at path. It fails with ErrSound where that one can be
// opened, and with ErrIdentity where it, or what can be read of it, belongs to another API or partner; the other errors are those of Open.
func Rebuild(path string, o Options) (_ *Rebuilding, err error) {
	o = o.withDefaults()
	if err := o.Identity.complete(); err != nil {
		return nil, fmt.Errorf("rebuild ledger %s: %w", path, err)
	}
	if err := makeDir(filepath.Dir(path), !o.NoSync); err != nil {
		return nil, fmt.Errorf("rebuild ledger: %w", asFull(err))
	}
	r := &Rebuilding{path: path, temp: unfinished(path), began: o.Now()}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.Close())
		}
	}()
	if err := r.examine(o); err != nil {
		return nil, err
	}
	if err := r.readFence(); err != nil {
		return nil, err
	}
	f, err := openLocked(r.temp, path, os.O_RDWR|os.O_CREATE, false, o.LockTimeout)
	if err != nil {
		return nil, rebuildError(path, err)
	}
	r.ledger = newLedger(path, o, f, false)
	r.ledger.lies = r.temp
	r.stopped = true // until there is a committer
	h := newHeader(o, schemaOf(migrations()))
	if err := r.ledger.initialize(h); err != nil {
		return nil, rebuildError(path, err)
	}
	r.ledger.adopt(h, nil)
	writeHolder(path, o)
	go r.ledger.commitLoop()
	r.stopped = false
	return r, nil
}

func rebuildError(path string, err error) error {
	var locked *LockedError
	if err == nil || errors.As(err, &locked) {
		return err
	}
	return fmt.Errorf("rebuild ledger %s: %w", path, asFull(err))
}

// examine locks what is at the path, makes sure that it is no usable ledger, and takes from it what can be read.
func (r *Rebuilding) examine(o Options) error {
	info, err := os.Lstat(r.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		r.remains.Damage = ErrMissing
		return nil
	case err != nil:
		return rebuildError(r.path, err)
	case !info.Mode().IsRegular():
		return rebuildError(r.path, fmt.Errorf("%w, nor any file: move it away", ErrForeign))
	}
	if r.old, err = openLocked(r.path, r.path, os.O_RDWR, false, o.LockTimeout); err != nil {
		return rebuildError(r.path, err)
	}
	_, h, damage := examineFile(context.Background(), r.old, true, schemaOf(migrations()))
	switch {
	case damage == nil:
		if err := h.fits(r.path, o.Identity, true); err != nil {
			return err
		}
		return rebuildError(r.path, fmt.Errorf("%w: it needs no rebuilding, and nothing was changed", ErrSound))
	case !errors.Is(damage, ErrUnusable):
		return rebuildError(r.path, damage)
	}
	r.remains.Damage = damage
	h, found, err := salvageHeader(r.old, info.Size())
	if err != nil || !found {
		return rebuildError(r.path, err)
	}
	r.remains.IDs, r.generation = []string{h.ID}, h.Generation
	if h.Suspicion != nil {
		r.remains.Until = h.Suspicion.Until
	}
	return h.fits(r.path, o.Identity, true)
}

// readFence takes from the fence what it knows.
func (r *Rebuilding) readFence() error {
	f, err := readFence(r.path)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, errFenceUnreadable):
		return nil
	case err != nil:
		return fmt.Errorf("read the fence of ledger %s: %w", r.path, err)
	}
	r.fence, r.generation, r.remains.Clean = f, max(r.generation, f.Generation), f.Clean
	if f.Until.After(r.remains.Until) {
		r.remains.Until = f.Until
	}
	if !slices.Contains(r.remains.IDs, f.Ledger) {
		r.remains.IDs = append([]string{f.Ledger}, r.remains.IDs...)
	}
	return nil
}

// Ledger is the new ledger, to be filled. Only Install and Close end it.
func (r *Rebuilding) Ledger() *Ledger { return r.ledger }

// Remains is what was found at the path.
func (r *Rebuilding) Remains() Remains { return r.remains }

// Alone fails with ErrDisturbed where the fence was written since the rebuild began: a process whose ledger was taken away from under it
// holds the lock of a file that has no name any more. It sends nothing from its next look at the path on, but may have been about to.
func (r *Rebuilding) Alone() error {
	f, err := readFence(r.path)
	switch {
	case err == nil && f == r.fence, err != nil && r.fence == fence{}:
		return nil
	case err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, errFenceUnreadable):
		return fmt.Errorf("read the fence of ledger %s: %w", r.path, err)
	}
	return fmt.Errorf("ledger %s: %w, as its fence file %s shows, which was written meanwhile: stop that run, and begin again",
		r.path, ErrDisturbed, beside(r.path, "fence"))
}

// CheckID refuses what no ledger has for an id.
func CheckID(id string) error {
	if !regexp.MustCompile(`^[0-9a-f]{16}$`).MatchString(id) {
		return fmt.Errorf("a ledger's id has 16 characters of 0-9 and a-f")
	}
	return nil
}

// Install verifies the new ledger, gives it the id ("" leaves its own, new one), and puts it in its place. A damaged file that is there is
// kept under the name that it returns. Nothing more can be put.
//
// Killed in between, there is the old state with a fence that fits either ledger, or the new one: a rebuild can be begun again.
func (r *Rebuilding) Install(ctx context.Context, id string) (damaged string, err error) {
	if damaged, err = r.install(ctx, id); err != nil {
		return "", rebuildError(r.path, err)
	}
	return damaged, nil
}

func (r *Rebuilding) install(ctx context.Context, id string) (damaged string, err error) {
	if err := r.stop(); err != nil {
		return "", err
	}
	l := r.ledger
	h := l.header
	if id != "" {
		if err := CheckID(id); err != nil {
			return "", err
		}
		h.ID = id
	}
	h.Generation = r.generation + 1
	if err := l.update("install", func(tx *bbolt.Tx) error { return h.write(tx) }); err != nil {
		return "", err
	}
	if err := l.verify(ctx); err != nil {
		return "", err
	}
	if !l.o.NoSync {
		if err := l.file.Sync(); err != nil {
			return "", err
		}
	}
	if err := r.Alone(); err != nil {
		return "", err
	}
	until := r.remains.Until
	if r.began.After(until) { // whoever begins again waits from here
		until = r.began
	}
	fits := fence{Ledger: h.ID, Generation: h.Generation, Until: until.UTC().Round(0), Clean: true}
	if err := writeFence(r.path, fits, !l.o.NoSync); err != nil {
		return "", err
	}
	r.fence = fits
	if r.old != nil {
		if damaged, err = r.setAside(); err != nil {
			return "", err
		}
	}
	if err := rename(r.temp, r.path, !l.o.NoSync); err != nil {
		return "", err
	}
	r.installed = true
	return damaged, nil
}

// setAside renames the damaged file to ledger.db.damaged-20260102T150405Z. A second one within the second gets a number.
func (r *Rebuilding) setAside() (string, error) {
	name := r.path + ".damaged-" + r.ledger.o.Now().UTC().Format("20060102T150405Z")
	for to, i := name, 2; ; to, i = fmt.Sprintf("%s.%d", name, i), i+1 {
		if _, err := os.Lstat(to); errors.Is(err, fs.ErrNotExist) {
			return to, rename(r.path, to, !r.ledger.o.NoSync)
		} else if err != nil {
			return "", err
		}
	}
}

// stop lets the committer end, once.
func (r *Rebuilding) stop() error {
	if r.stopped {
		return r.ledger.queue.failed()
	}
	r.stopped = true
	return r.ledger.queue.stop()
}

// Close lets go of everything. A ledger that was not installed is removed.
func (r *Rebuilding) Close() error {
	var errs []error
	if r.ledger != nil {
		_ = r.stop() // what broke a ledger that is removed is known to whoever put
		if !r.installed {
			errs = append(errs, os.Remove(r.temp)) // while we have its lock
		}
		errs = append(errs, removeHolder(r.path), r.ledger.release())
		r.ledger = nil
	}
	if r.old != nil {
		errs = append(errs, unlock(r.old), r.old.Close())
		r.old = nil
	}
	return errors.Join(errs...)
}
