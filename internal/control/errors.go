package control

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net/url"
	"syscall"
)

// sentinel is an error to branch on: a constant, so that nobody can change it.
type sentinel string

func (s sentinel) Error() string { return string(s) }

// Errors of a [Client].
const (
	// ErrNobody: nothing answers at the socket. Nobody listens, or it went away before the answer was whole.
	ErrNobody sentinel = "nothing answers at its socket"
	// ErrSilent: the process is there, and gave no answer in time.
	ErrSilent sentinel = "it gives no answer"
)

// ErrOccupied is the error of [Listen] where something else has the socket's name. It was not touched.
const ErrOccupied sentinel = "something else has the name of the control socket"

// RefusedError is what the process said in place of an answer. Its text is the process's own.
type RefusedError struct{ Text string }

func (e *RefusedError) Error() string { return e.Text }

// told gives an error of net/http the meaning that callers branch on. ctx is the call's own, with its time limit.
func told(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	for _, gone := range []error{fs.ErrNotExist, syscall.ECONNREFUSED, syscall.ECONNRESET, syscall.EPIPE, io.EOF, io.ErrUnexpectedEOF} {
		if errors.Is(err, gone) {
			return ErrNobody
		}
	}
	if errors.Is(err, syscall.EAGAIN) { // so many have called that even the kernel keeps no more of them
		return ErrSilent
	}
	if outer := (*url.Error)(nil); errors.As(err, &outer) { // its text has an address that is none
		return outer.Err
	}
	return err
}
