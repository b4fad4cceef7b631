package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"kycbatch/campaign"
)

// backupJSON is what nightly says of its backup.
type backupJSON struct {
	Path    string   `json:"path"`
	Bytes   int64    `json:"bytes"`
	Removed []string `json:"removed"` // paths of older ones
	Kept    int      `json:"kept"`    // this one among them
}

// ourBackup is the name of a backup that nightly made, as a layout of its time: only those are ever removed. In the order of
// their names, they are in that of their times.
const ourBackup = "nightly-20060102T150405.000Z.db"

func isOurBackup(name string) bool {
	_, err := time.Parse(ourBackup, name)
	return err == nil
}

// isLeftOver says whether a killed nightly left the file: the name that a backup was written under, or the one kept free for it.
func isLeftOver(info fs.FileInfo) bool {
	name := info.Name()
	return strings.HasPrefix(name, ".nightly-") && strings.HasSuffix(name, ".new") || isOurBackup(name) && info.Size() == 0
}

// backup copies the ledger, and removes the oldest copies of ours.
func (n *night) backup(context.Context) (partEnd, error) {
	s := n.store
	s.desk.does("backing up the ledger")
	dir := filepath.Join(s.dir, backupFolder)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return partEnd{}, fmt.Errorf("make the folder for backups: %w", err)
	}
	if err := roomForCopy(campaign.LedgerPath(s.dir)); err != nil {
		return partEnd{}, failed(exitAgain, "free some space, and see that there are backups elsewhere", "back up the ledger: %w", err)
	}
	b := backupJSON{Path: filepath.Join(dir, time.Now().UTC().Format(ourBackup)), Removed: []string{}}
	if err := s.file.Backup(b.Path); err != nil {
		return partEnd{}, err
	}
	info, err := os.Stat(b.Path)
	if err == nil {
		b.Bytes = info.Size()
		err = b.tidy(dir, n.o.keepBackups)
	}
	if err != nil {
		return partEnd{}, fmt.Errorf("tidy the backups: %w", err)
	}
	line := b.Path
	if older := len(b.Removed); older > 0 {
		line += fmt.Sprintf("; %s removed", things(older, "older one"))
	}
	return partEnd{line: line, result: b}, nil
}

// tidy keeps the newest so many backups of ours. What a killed process left of one goes too: while we hold the ledger, nobody
// else writes there under such a name.
func (b *backupJSON) tidy(dir string, keep int) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	var ours []string
	for _, e := range entries {
		info, err := e.Info()
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return err
		case !info.Mode().IsRegular():
		case isLeftOver(info):
			if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		case isOurBackup(e.Name()):
			ours = append(ours, filepath.Join(dir, e.Name()))
		}
	}
	slices.Sort(ours)
	old := ours[:max(0, len(ours)-keep)]
	b.Kept = len(ours) - len(old)
	for _, path := range old {
		if err := os.Remove(path); err != nil {
			return err
		}
		b.Removed = append(b.Removed, path)
	}
	return nil
}
