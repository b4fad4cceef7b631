package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
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

// isLeftOver says whether a killed nightly left the file: the name that a backup was written under, or the one kept free for it.
func isLeftOver(info fs.FileInfo) bool {
	name := info.Name()
	return strings.HasPrefix(name, ".nightly-") && strings.HasSuffix(name, ".new") || isBackup(nightlyBackup, name) && info.Size() == 0
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
	b := backupJSON{Path: filepath.Join(dir, time.Now().UTC().Format(nightlyBackup)), Removed: []string{}}
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

// tidy keeps the newest so many backups of nightly. What a killed process left of one goes too: while we hold the ledger, nobody
// else writes there under such a name.
func (b *backupJSON) tidy(dir string, keep int) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		info, err := e.Info()
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return err
		case info.Mode().IsRegular() && isLeftOver(info):
			if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	removed, kept, err := keepNewest(dir, nightlyBackup, keep)
	b.Removed, b.Kept = append(b.Removed, removed...), kept
	return err
}
