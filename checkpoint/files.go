package checkpoint

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// beside returns the path of a file that belongs to the ledger at path:
// ledger.db and "fence" give ledger.fence.
func beside(path, ext string) string {
	return strings.TrimSuffix(path, filepath.Ext(path)) + "." + ext
}

// unfinished returns the name under which path is written before it is renamed.
// It is fixed, so that what a killed process left is overwritten and not added to;
// whoever uses it holds the run lock.
func unfinished(path string) string {
	return filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".new")
}

// maxSmall is more than any of the files beside a ledger has.
const maxSmall = 64 << 10

// readSmall reads a file beside the ledger, at most its first 64 KiB. What is no
// plain file is read as one that makes no sense, a pipe is not waited for, and a folder is
// an error.
func readSmall(path string) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	var b []byte
	info, err := f.Stat()
	switch {
	case err == nil && info.IsDir(): // which no rename writes over
		err = &fs.PathError{Op: "read", Path: path, Err: syscall.EISDIR}
	case err == nil && info.Mode().IsRegular():
		b, err = io.ReadAll(io.LimitReader(f, maxSmall))
	}
	return b, errors.Join(err, f.Close())
}

// replace writes path as a whole or not at all, mode 0600; with sync it is durable
// when replace returns, the directory entry included.
func replace(path string, content []byte, sync bool) (err error) {
	temp := unfinished(path)
	if err := os.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil && sync {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	return rename(temp, path, sync)
}

func rename(from, to string, sync bool) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	if !sync {
		return nil
	}
	return syncDir(filepath.Dir(to))
}

// syncDir makes the names in dir durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if err = errors.Join(err, d.Close()); err != nil {
		return fmt.Errorf("sync directory: %w", err)
	}
	return nil
}

// makeDir makes dir, mode 0700, and what is missing above it; with sync, durably. One after the other, and the last one that
// was there counts as just made: who made it may have been killed before its name was durable.
func makeDir(dir string, sync bool) error {
	var missing []string
	for dir = filepath.Clean(dir); ; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err == nil && !info.IsDir() {
			return &fs.PathError{Op: "mkdir", Path: dir, Err: syscall.ENOTDIR}
		}
		if err == nil {
			break
		}
		if !errors.Is(err, fs.ErrNotExist) || dir == filepath.Dir(dir) {
			return err
		}
		missing = append(missing, dir)
	}
	if err := syncName(dir, sync); err != nil {
		return err
	}
	for _, dir := range slices.Backward(missing) {
		if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		if err := syncName(dir, sync); err != nil {
			return err
		}
	}
	return nil
}

// syncName makes the name of a directory durable, as far as the one that holds it lets us: it may be another
// user's (systemd's /var/lib/private), or of a file system that syncs no directories.
func syncName(dir string, sync bool) error {
	if !sync {
		return nil
	}
	err := syncDir(filepath.Dir(dir))
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	return err
}
