package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"
)

// writeNewFile writes a file that a flag names, whole or not at all, mode 0600. A file that is there already stays: it may be
// an input, or hold what somebody has written since. An error of write is returned as it is.
func writeNewFile(flag, path string, write func(io.Writer) error) (err error) {
	// An empty file takes the name, which a rename alone would take from another file too.
	taken, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return failed(exitUsage, "name another file: nothing is written over one that is there", "%s %s: it is there already", flag, path)
	}
	if err != nil {
		return failed(exitUsage, "", "%s: %w", flag, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(path))
		}
	}()
	if err := taken.Close(); err != nil {
		return fmt.Errorf("%s: %w", flag, err)
	}
	out, err := renameio.NewPendingFile(path, renameio.WithTempDir(filepath.Dir(path)), renameio.WithStaticPermissions(0o600))
	if err != nil {
		return fmt.Errorf("%s: %w", flag, err)
	}
	defer func() { _ = out.Cleanup() }() // nothing to do after the rename
	if err := write(out); err != nil {
		return err
	}
	if err := out.CloseAtomicallyReplace(); err != nil {
		return fmt.Errorf("%s: %w", flag, err)
	}
	return nil
}
