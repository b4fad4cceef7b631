package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// The names of our backups, as layouts of their time: only files that are named so are ever removed, each kind by the command that
// made it. In the order of their names they are in that of their times.
const (
	nightlyBackup = "nightly-20060102T150405.000Z.db"
	byHandBackup  = "ledger-20060102T150405Z.db"
)

// isBackup says whether a file is named like the backups of that layout.
func isBackup(layout, name string) bool {
	_, err := time.Parse(layout, name)
	return err == nil
}

// keepNewest removes all but the newest so many backups of a layout. It is called when the newest is there, which was verified before it
// got its name. It returns the paths that it removed and how many are left; also where it failed.
func keepNewest(dir, layout string, keep int) (removed []string, kept int, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, 0, err
	}
	var ours []string
	for _, e := range entries {
		if isBackup(layout, e.Name()) && e.Type().IsRegular() {
			info, err := e.Info()
			switch {
			case errors.Is(err, fs.ErrNotExist):
				continue
			case err != nil:
				return nil, 0, err
			case info.Size() == 0: // a name that another process keeps for what it is writing
				continue
			}
			ours = append(ours, filepath.Join(dir, e.Name()))
		}
	}
	slices.Sort(ours)
	kept = len(ours)
	for _, path := range ours[:max(0, len(ours)-keep)] {
		if err := os.Remove(path); err != nil {
			return removed, kept, err
		}
		removed, kept = append(removed, path), kept-1
	}
	return removed, kept, nil
}
