package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"

	"kycbatch/internal/intake"
)

// annotate writes the annotated copy of a file, whole or not at all, mode 0600. A file that is there already stays:
// it is the input, or a copy that somebody has begun to mend.
func (p *program) annotate(ctx context.Context, f *intake.File, path string) (err error) {
	// An empty file takes the name, which a rename alone would take from another file too.
	taken, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return failed(exitUsage, "name another file: it may hold what somebody has mended", "--annotate %s: it is there already", path)
	}
	if err != nil {
		return failed(exitUsage, "", "--annotate: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("--annotate: %w", err), os.Remove(path))
		}
	}()
	if err := taken.Close(); err != nil {
		return err
	}
	out, err := renameio.NewPendingFile(path, renameio.WithTempDir(filepath.Dir(path)), renameio.WithStaticPermissions(0o600))
	if err != nil {
		return err
	}
	defer func() { _ = out.Cleanup() }() // nothing to do after the rename
	if err := f.Annotate(ctx, out); err != nil {
		return err
	}
	if err := out.CloseAtomicallyReplace(); err != nil {
		return err
	}
	p.talk.say("Annotated copy: %s, %s, of which %s cannot be used as they are (see the column kyc_problem)",
		path, things(f.Rows, "row"), count(f.Invalid))
	return nil
}
