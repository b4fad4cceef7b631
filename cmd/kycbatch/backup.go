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
waits until that has settled, and lets the API say what is there. Where there is no copy, recover makes a ledger anew.

With --keep N, and without PATH, the oldest copies that this command made there go, until N are left; nothing is
removed before the new one is written and verified. Those of nightly have --keep-backups.

`

// backupOptions are the flags of backup.
type backupOptions struct {
	keep int // 0: all
}

func newBackup(p *program) *cobra.Command {
	var o backupOptions
	cmd := &cobra.Command{
		Use:     "backup [PATH]",
		Short:   "Copy the ledger",
		Long:    backupLong + exitHelp,
		Example: "  kycbatch backup\n  kycbatch backup --keep 30\n  kycbatch backup /mnt/safe/kyc-ledger.db",
		Args:    cobra.MaximumNArgs(1),
		PreRunE: p.checks(func() error {
			if p.given["keep"] && o.keep < 1 {
				return failed(exitUsage, "", "--keep %d: keep one at least", o.keep)
			}
			return nil
		}),
	}
	cmd.RunE = p.does(func(ctx context.Context, args []string) (int, error) { return p.backup(ctx, o, args) })
	cmd.Flags().IntVar(&o.keep, "keep", 0, "how many copies of this command to keep in <data-dir>/backups; the oldest go (default: all)")
	meansItsOwn(cmd.Flags(), "keep") // columns, to purge
	return cmd
}

// backup is the command. A copy needs no credentials, so the ledger is only read; a run that holds it makes us a copy
// to copy.
func (p *program) backup(ctx context.Context, o backupOptions, args []string) (code int, err error) {
	if o.keep > 0 && len(args) > 0 {
		return 0, failed(exitUsage, "leave PATH out, or remove old copies there yourself", "--keep is for copies in the data directory, not for %s", args[0])
	}
	s, err := p.read(ctx, campaign.LedgerIdentity{})
	if err != nil {
		return 0, err
	}
	defer closing(s.close, &err)
	path := filepath.Join(s.dir, backupFolder, time.Now().UTC().Format(byHandBackup))
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
	removed := []string{}
	if o.keep > 0 {
		gone, _, err := keepNewest(filepath.Dir(path), byHandBackup, o.keep)
		if removed = append(removed, gone...); err != nil { // the copy is made
			p.talk.complain(fmt.Errorf("remove old backups: %w", err))
			code = exitAgain
		}
	}
	if p.options.output == formatJSON {
		return code, p.print(struct {
			Schema  string   `json:"schema"`
			Path    string   `json:"path"`
			Removed []string `json:"removed"` // paths of older ones
		}{"kycbatch/backup/1", path, removed})
	}
	fmt.Fprintln(p.out, path)
	if n := len(removed); n > 0 {
		p.talk.say("%s removed", things(n, "older backup"))
	}
	return code, nil
}
