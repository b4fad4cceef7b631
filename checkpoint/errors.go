package checkpoint

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"time"

	berrors "go.etcd.io/bbolt/errors"
)

// A kind is a sentinel error of this package: a constant, so that nobody can
// change it.
type kind string

func (k kind) Error() string { return string(k) }

// Is makes ErrMissing a fs.ErrNotExist, and the four ways in which a file is no
// ledger ErrUnusable.
func (k kind) Is(target error) bool {
	switch k {
	case ErrMissing:
		return target == fs.ErrNotExist
	case ErrEmpty, ErrForeign, ErrTruncated, ErrDamaged:
		return target == ErrUnusable
	}
	return false
}

// Errors of opening and creating. Each comes wrapped in a sentence that names
// the path and what to do next.
const (
	// ErrMissing: there is no ledger at the path. It is a fs.ErrNotExist.
	ErrMissing kind = "there is no ledger"
	// ErrUnusable is what ErrEmpty, ErrForeign, ErrTruncated and ErrDamaged
	// have in common: the file is there and is not a whole ledger. It was not changed.
	ErrUnusable kind = "not a usable ledger"
	// ErrEmpty: the file has no bytes. bbolt would take it for a new ledger.
	ErrEmpty kind = "the file is empty"
	// ErrForeign: the file is something else than a ledger of this program.
	ErrForeign kind = "the file is not a kycbatch ledger"
	// ErrTruncated: the end of the file is missing.
	ErrTruncated kind = "the file is cut off"
	// ErrDamaged: the content of the file contradicts itself.
	ErrDamaged kind = "the file is damaged"
	// ErrLinked: the path is a link, or the file has another name too.
	ErrLinked kind = "the ledger is a link"
	// ErrNewer: a newer version of this program wrote the ledger.
	ErrNewer kind = "the ledger was written by a newer version of this program"
	// ErrOlder: the ledger needs a migration, which OpenReadOnly does not do.
	ErrOlder kind = "the ledger was written by an older version of this program"
	// ErrIdentity: the ledger belongs to another API address or partner.
	ErrIdentity kind = "the ledger belongs to another API address or partner"
	// ErrFenceWithoutLedger: a fence file shows that a ledger was here and is gone.
	ErrFenceWithoutLedger kind = "a ledger was here and is gone"
)

// Errors of an open ledger.
const (
	// ErrBroken: a commit failed earlier, so the state of the file is unknown. Nothing more
	// is written; Close and Open again.
	ErrBroken kind = "the ledger stopped after an error"
	// ErrReplaced: another file is at the path, or none. It comes with ErrBroken.
	ErrReplaced kind = "the file was moved, replaced or removed"
	// ErrFull: the disk, a quota or Options.MaxSize is used up.
	ErrFull kind = "the disk is full"
	// ErrClosed: the ledger was closed.
	ErrClosed kind = "the ledger is closed"
	// ErrReadOnly: the ledger was opened by OpenReadOnly.
	ErrReadOnly kind = "the ledger is open for reading only"
)

// A LockedError says that another process holds the ledger.
type LockedError struct {
	Path   string
	Holder Holder // zero where the holder is unknown
}

func (e *LockedError) Error() string {
	who := "another process"
	if e.Holder.PID != 0 {
		who = fmt.Sprintf("process %d on %s", e.Holder.PID, e.Holder.Host)
	}
	if e.Holder.What != "" {
		who += fmt.Sprintf(" (%q)", e.Holder.What)
	}
	if !e.Holder.Since.IsZero() {
		who += " since " + e.Holder.Since.Format(time.RFC3339)
	}
	return fmt.Sprintf("ledger %s is in use by %s: wait for it to end, or stop it", e.Path, who)
}

// A CorruptError says that a part of the ledger is not what was written. It is
// an ErrDamaged.
type CorruptError struct {
	Table  Table  // empty: not within a table
	Key    []byte // nil: not one key
	Reason string
}

func (e *CorruptError) Error() string {
	where := "the ledger"
	if e.Table != "" {
		where = fmt.Sprintf("table %s", e.Table)
	}
	if e.Key != nil {
		where += fmt.Sprintf(", key %q", e.Key)
	}
	return fmt.Sprintf("%s is damaged: %s: restore a backup", where, e.Reason)
}

// Is makes a CorruptError an ErrDamaged and an ErrUnusable.
func (e *CorruptError) Is(target error) bool {
	return target == ErrDamaged || target == ErrUnusable
}

// asFull adds ErrFull to an error that comes from a full disk.
func asFull(err error) error {
	if err == nil || errors.Is(err, ErrFull) {
		return err
	}
	for _, full := range []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG, berrors.ErrMaxSizeReached} {
		// bbolt wraps nothing when the file cannot grow: there its text is all that is left of the errno.
		if errors.Is(err, full) || strings.HasSuffix(err.Error(), ": "+full.Error()) {
			return fmt.Errorf("%w: free some space and run again: %w", ErrFull, err)
		}
	}
	return err
}
