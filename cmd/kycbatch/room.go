package main

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// spareRoom is what must stay free beside a copy of the ledger, in bytes: a full disk would end the run that the
// reader only wants to look at.
const spareRoom = 64 << 20

// roomForCopy refuses a copy that the disk of the ledger has no room for. Where nobody can say, there is.
func roomForCopy(ledger string) error {
	info, err := os.Stat(ledger)
	if err != nil {
		return fmt.Errorf("find the size of the ledger: %w", err)
	}
	var disk syscall.Statfs_t
	if err := syscall.Statfs(filepath.Dir(ledger), &disk); err != nil {
		return nil
	}
	return roomFor(uint64(info.Size()), uint64(disk.Bavail)*uint64(disk.Bsize))
}

func roomFor(size, free uint64) error {
	if free >= spareRoom && free-spareRoom >= size {
		return nil
	}
	return fmt.Errorf("a copy of the ledger has %d MiB and the disk only %d MiB free, of which %d MiB are left to the run", size>>20, free>>20, spareRoom>>20)
}
