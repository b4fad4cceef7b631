package checkpoint

import (
	"errors"
	"syscall"
)

// A recording is what one life of the child did to its directory, as the kernel saw it.
type recording struct {
	events []event
	killed bool
	exit   int // the child's exit status, where it was not killed
}

// An event is the beginning or the end of a call. Other threads' calls may lie in between.
type event struct {
	*call
	end bool
}

// A call is one system call. Paths are relative to the directory.
type call struct {
	name   string      // the kernel's; "say" for a line on standard output
	file   *descriptor // that it works on; for openat, what it opened
	from   *descriptor // of copy_file_range
	path   string
	to     string // of renameat
	data   []byte // written or said
	offset int64  // of pwrite64; the size of ftruncate
	flags  int    // of openat, unlinkat
	ended  bool
	result int64 // negative: an errno
}

// done reports whether the call was carried out.
func (c *call) done() bool { return c.ended && c.result >= 0 }

// touches is the path that the call is about.
func (c *call) touches() string {
	if c.path == "" && c.file != nil {
		return c.file.path
	}
	return c.path + c.to
}

// A descriptor is one opening of a file.
type descriptor struct {
	path     string // at its opening
	node     *node  // in the model of the disk
	position int64
}

// A fault is what happens in place of a call. The zero value: the call is done.
type fault struct {
	kill  bool
	errno syscall.Errno
}

// errNoTrace: this machine does not let a test trace its child.
var errNoTrace = errors.New("no child can be traced here")
