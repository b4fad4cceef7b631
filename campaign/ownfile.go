package campaign

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// A data directory may be open to others (a volume of a container is, at first), who can put links and pipes under the names that
// we write to. Files that are written anew take the place of whatever has their name; those that are opened go through here.

// openOwn opens or makes a file to add to, mode 0600, whatever mode an earlier one had. A link is refused, and so is a file that has
// another name, and what is no plain file: what is written would be somewhere else too.
func openOwn(path string) (*os.File, error) {
	f, err := openPlain(path, os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && names(info) > 1 {
		err = fmt.Errorf("%s has another name, where it can be read and changed too; put a copy of it in its place", filepath.Base(path))
	}
	if err == nil {
		err = f.Chmod(0o600)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// openToRead opens a plain file, also through a link.
func openToRead(path string) (*os.File, error) { return openPlain(path, os.O_RDONLY) }

// openPlain never waits: a pipe that nobody writes to would let it.
func openPlain(path string, flag int) (*os.File, error) {
	noPlain := fmt.Errorf("%s is no plain file; move it away", filepath.Base(path))
	f, err := os.OpenFile(path, flag|syscall.O_NONBLOCK, 0o600)
	if errors.Is(err, syscall.ELOOP) || errors.Is(err, syscall.EISDIR) || errors.Is(err, syscall.ENXIO) {
		return nil, noPlain
	}
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = noPlain
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// names is how many names a file has.
func names(info os.FileInfo) uint64 {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(stat.Nlink)
	}
	return 1
}
