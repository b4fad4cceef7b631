package checkpoint

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"time"
)

// lockPoll is the pause between two tries for the run lock.
const lockPoll = 10 * time.Millisecond

// A Holder is the process that has a ledger open for writing.
type Holder struct {
	PID   int       `json:"pid"`
	Host  string    `json:"host"`
	What  string    `json:"what"`  // Options.Holder
	Since time.Time `json:"since"` // by its own clock
}

// openLocked opens the file that path names once the lock on it is had: the run
// lock, or with shared the readers' lock. ledger is the path to name in errors.
func openLocked(path, ledger string, flag int, shared bool, timeout time.Duration) (*os.File, error) {
	deadline := time.Now().Add(timeout)
	for {
		f, err := os.OpenFile(path, flag|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0o600)
		if errors.Is(err, syscall.ELOOP) {
			return nil, fmt.Errorf("%w: %s leads elsewhere; move it away", ErrLinked, path)
		}
		if err != nil {
			return nil, err
		}
		if err := alone(path, f, flag); err != nil {
			return nil, errors.Join(err, f.Close())
		}
		if err = lock(f, ledger, shared, deadline); err == nil {
			var current bool
			if current, err = names(path, f); current {
				return f, nil
			}
		}
		// The path may have been given to another file while we waited for the lock
		// of this one: then begin again.
		if err = errors.Join(err, f.Close()); err != nil {
			return nil, err
		}
	}
}

// alone refuses what is no plain file, and to write to one that has another name,
// where it would change unseen, and be what somebody takes for a backup.
func alone(path string, f *os.File, flag int) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%w: %s is no plain file", ErrForeign, path)
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok && stat.Nlink > 1 && flag&os.O_RDWR != 0 {
		return fmt.Errorf("%w: %s has another name; put a copy of it in its place", ErrLinked, path)
	}
	return nil
}

// names reports whether path still names the open file f.
func names(path string, f *os.File) (bool, error) {
	have, err := f.Stat()
	if err != nil {
		return false, err
	}
	want, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && os.SameFile(have, want), err
}

// inPlace fails with ErrReplaced where its place does not name the locked file any more. It is asked before each commit and
// each POST, so it takes one system call: what an open file is does not change.
func (l *Ledger) inPlace() error {
	asked := time.Since(l.opened)
	named, err := os.Stat(l.place)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	case os.SameFile(named, l.is), os.SameFile(named, l.heir):
		l.asked.Store(int64(asked))
		return nil
	}
	return fmt.Errorf("ledger %s: %w while it was in use: what was done since is not in the file that is there now; "+
		"stop all runs before a backup is restored", l.path, ErrReplaced)
}

// placeHolds is for how long the answer of inPlace serves a POST. Those whose intents share a commit leave together
// right after it, and a name may always change between the question and the sending.
const placeHolds = time.Millisecond

// justInPlace says whether inPlace was asked so lately that its answer holds.
func (l *Ledger) justInPlace() bool {
	asked := l.asked.Load()
	return asked != 0 && time.Since(l.opened)-time.Duration(asked) < placeHolds
}

func lock(f *os.File, ledger string, shared bool, deadline time.Time) error {
	how := syscall.LOCK_EX
	if shared {
		how = syscall.LOCK_SH
	}
	for {
		free, err := tryLock(f, how)
		switch {
		case err != nil:
			return fmt.Errorf("lock ledger %s: %w", ledger, err)
		case free:
			return nil
		case !time.Now().Before(deadline):
			return &LockedError{Path: ledger, Holder: findHolder(f, ledger)}
		}
		time.Sleep(lockPoll)
	}
}

func tryLock(f *os.File, how int) (bool, error) {
	for {
		switch err := syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB); {
		case err == nil:
			return true, nil
		case errors.Is(err, syscall.EWOULDBLOCK):
			return false, nil
		case !errors.Is(err, syscall.EINTR):
			return false, err
		}
	}
}

func unlock(f *os.File) error {
	conn, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	if err := conn.Control(func(fd uintptr) { failed = syscall.Flock(int(fd), syscall.LOCK_UN) }); err != nil {
		return err
	}
	return failed
}

// findHolder says who has the lock on f. Readers write no holder file, so where the
// shared lock can be had it is them, and the file is what a killed process left.
func findHolder(f *os.File, ledger string) Holder {
	if free, err := tryLock(f, syscall.LOCK_SH); free && err == nil {
		return Holder{What: "reading"}
	}
	var h Holder
	if b, err := readSmall(beside(ledger, "holder")); err != nil || json.Unmarshal(b, &h) != nil {
		return Holder{}
	}
	return h
}

// writeHolder says who we are. It is talk, not truth: that it could not be written
// must not stop a run, and what an earlier process left must not stay.
func writeHolder(path string, o Options) {
	host, _ := os.Hostname()
	h := Holder{PID: os.Getpid(), Host: host, What: o.Holder, Since: o.Now().UTC().Round(0)}
	b, err := json.Marshal(h)
	if err == nil {
		err = replace(beside(path, "holder"), b, false)
	}
	if err != nil {
		_ = removeHolder(path)
	}
}

func removeHolder(path string) error {
	if err := os.Remove(beside(path, "holder")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
