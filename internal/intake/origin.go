package intake

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
)

const (
	defaultMaxBytes = 1 << 30
	hardMaxBytes    = 1<<32 - 1 // line numbers are kept in 32 bits
)

// origin is where the bytes of a file come from, once for each pass.
type origin struct {
	name    string   // in errors
	path    string   // of a file
	spooled *os.File // what came through a pipe; nil for a file. It is the Spool's
}

// raw is one pass over the bytes of a file. Close it.
type raw struct {
	*io.SectionReader // a byte more than the limit at most: a file may grow while it is read
	name              string
	size              int64 // when it was opened
	limit             int64
	close             func()
}

// open opens a regular file of at most limit bytes, or what was spooled.
func (o origin) open(limit int64) (*raw, error) {
	if o.spooled != nil {
		info, err := o.spooled.Stat()
		if err != nil {
			return nil, &FileError{Path: o.name, Reason: "cannot be read again", Err: bare(err)}
		}
		return newRaw(o.name, o.spooled, info.Size(), limit, func() {}), nil
	}
	// Asked before opening: to open a named pipe would wait for its writer.
	info, err := os.Stat(o.path)
	if err != nil {
		return nil, &FileError{Path: o.name, Reason: openReason(err), Err: bare(err)}
	}
	switch {
	case info.IsDir():
		return nil, &FileError{Path: o.name, Reason: "is a directory: give the CSV file in it"}
	case !info.Mode().IsRegular():
		return nil, &FileError{Path: o.name, Reason: "is not a regular file, and it must be read twice: save it as a file first, or pipe it in with - as the file"}
	case info.Size() > limit:
		return nil, &FileError{Path: o.name, Reason: tooLarge(limit)}
	}
	file, err := os.Open(o.path)
	if err != nil {
		return nil, &FileError{Path: o.name, Reason: openReason(err), Err: bare(err)}
	}
	return newRaw(o.name, file, info.Size(), limit, func() { _ = file.Close() }), nil // opened for reading: nothing can be lost
}

func newRaw(name string, file *os.File, size, limit int64, end func()) *raw {
	return &raw{SectionReader: io.NewSectionReader(file, 0, limit+1), name: name, size: size, limit: limit, close: end}
}

// over returns the refusal of a file that has grown past its limit while it was read, else "".
func (r *raw) over() string {
	if at, err := r.Seek(0, io.SeekCurrent); err == nil && at > r.limit {
		return tooLarge(r.limit)
	}
	return ""
}

func openReason(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "does not exist: check the path"
	case errors.Is(err, fs.ErrPermission):
		return "may not be read by this user: check its permissions"
	case errors.Is(err, syscall.ELOOP):
		return "is a link that leads back to itself: give the file that is meant"
	}
	return "cannot be opened: " + bare(err).Error()
}

func tooLarge(limit int64) string {
	return fmt.Sprintf("is larger than the limit of %d bytes: split it into several files", limit)
}

// bare drops the path that an *fs.PathError repeats.
func bare(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}
