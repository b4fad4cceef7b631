package intake

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
)

// Spool is what came through a pipe, kept in a temporary file because a file is read twice. Close it after the last
// pass over its [File].
type Spool struct {
	name string
	file *os.File
}

// NewSpool reads from to its end, at most limit bytes (0 = 1 GiB); more is refused with a [*FileError]. name is what
// errors call it. The temporary file has mode 0600 and is taken out of its folder at once, so that nothing stays
// behind, not even after a crash. At the end of the context it returns the cause, though a read that blocks may go on
// behind it.
func NewSpool(ctx context.Context, name string, from io.Reader, limit int64) (*Spool, error) {
	if limit == 0 {
		limit = defaultMaxBytes
	}
	file, err := os.CreateTemp("", "kycbatch-")
	if err != nil {
		return nil, fmt.Errorf("keep %s in a temporary file: %w", name, err)
	}
	s := &Spool{name: name, file: file}
	if err := os.Remove(file.Name()); err != nil {
		return nil, errors.Join(fmt.Errorf("keep %s in a temporary file: %w", name, err), s.Close())
	}
	type copied struct {
		n   int64
		err error
	}
	done := make(chan copied, 1)
	go func() {
		n, err := io.Copy(file, io.LimitReader(from, limit+1))
		done <- copied{n, err}
	}()
	select {
	case <-ctx.Done():
		err = fmt.Errorf("read %s: %w", name, context.Cause(ctx))
	case c := <-done:
		switch {
		case c.err != nil:
			err = &FileError{Path: name, Reason: "cannot be read to its end", Err: bare(c.err)}
		case c.n > limit:
			err = &FileError{Path: name, Reason: tooLarge(limit)}
		}
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Open is [Open] of what was spooled.
func (s *Spool) Open(ctx context.Context, o Options) (*File, error) {
	return open(ctx, origin{name: s.name, spooled: s.file}, o)
}

// Close lets go of the temporary file.
func (s *Spool) Close() error { return s.file.Close() }
