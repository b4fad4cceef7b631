package checkpoint

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// caught runs fn and turns a panic into a *CorruptError. bbolt panics on pages
// that it does not expect, and reading its mapping faults where the file was
// cut or the disk cannot be read: a fault is a panic only while SetPanicOnFault is on,
// and otherwise ends the process.
func caught(fn func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = &CorruptError{Reason: fmt.Sprintf("reading it failed (%v)", p)}
		}
	}()
	return fn()
}

// guard runs fn, which calls bbolt. After one panic bbolt may hold its locks, so
// nothing is asked of it any more.
func (l *Ledger) guard(what string, fn func() error) error {
	if w := l.wrecked.Load(); w != nil {
		return w
	}
	panicked := true
	err := caught(func() error {
		err := fn()
		panicked = false
		return err
	})
	switch corrupt := (*CorruptError)(nil); {
	case panicked && errors.As(err, &corrupt):
		corrupt.Reason = what + ": " + corrupt.Reason
		l.wrecked.CompareAndSwap(nil, corrupt)
	case errors.Is(err, berrors.ErrDatabaseNotOpen):
		return ErrClosed
	}
	return err
}

func (l *Ledger) view(what string, fn func(*bbolt.Tx) error) error {
	return l.guard(what, func() error { return l.db.View(fn) })
}

// update commits fn. The transaction's id is kept as known to be durable.
func (l *Ledger) update(what string, fn func(*bbolt.Tx) error) error {
	var id int
	err := l.guard(what, func() error {
		return l.db.Update(func(tx *bbolt.Tx) error {
			id = tx.ID()
			return fn(tx)
		})
	})
	if err != nil {
		return asFull(err)
	}
	l.txid.Store(uint64(id))
	return nil
}

// canceled is ctx.Err with the word for what was not done.
func canceled(ctx context.Context, what string) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%s: %w", what, context.Cause(ctx))
	}
	return nil
}
