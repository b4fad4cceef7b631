package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"kycbatch/campaign"
)

// backupFolder is where copies of the ledger go that nobody sent elsewhere, in the data directory.
const backupFolder = "backups"

const backupLong = `Write a consistent, verified copy of the ledger to PATH (default: <data-dir>/backups/ledger-<UTC time>.db).

A copy that is put in the place of the ledger knows nothing of what was sent after it was made: the next run notices,
waits until that has settled, and lets the API say what is there.

`

func newBackup(p *program) *cobra.Command {
	return &cobra.Command{
		Use:     "backup [PATH]",
		Short:   "Copy the ledger",
		Long:    backupLong + exitHelp,
		Example: "  kycbatch backup\n  kycbatch backup /mnt/safe/kyc-ledger.db",
		Args:    cobra.MaximumNArgs(1),
		RunE:    p.does(p.backup),
	}
}

// backup is the command. A copy needs no credentials, so the ledger is only read; a run that holds it makes us a copy
// to copy.
func (p *program) backup(ctx context.Context, args []string) (code int, err error) {
	s, err := p.read(ctx, campaign.LedgerIdentity{})
	if err != nil {
		return 0, err
	}
	defer closing(s.close, &err)
	path := filepath.Join(s.dir, backupFolder, "ledger-"+time.Now().UTC().Format("20060102T150405Z")+".db")
	if len(args) > 0 {
		path = args[0]
	} else if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return 0, fmt.Errorf("make the folder for backups: %w", err)
	}
	if err := s.file.Backup(path); err != nil {
		if errors.Is(err, fs.ErrExist) || errors.Is(err, fs.ErrNotExist) {
			return 0, failed(exitUsage, "name a file that is not there yet, in a folder that is", "%w", err)
		}
		return 0, err
	}
	if p.options.output == formatJSON {
		return exitDone, p.print(struct {
			Schema string `json:"schema"`
			Path   string `json:"path"`
		}{"kycbatch/backup/1", path})
	}
	fmt.Fprintln(p.out, path)
	return exitDone, nil
}
