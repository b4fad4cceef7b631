package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

const (
	spaceDoubtful = 1 << 30   // bytes; a million rows are some 74 MiB of ledger, and as much again for a backup
	spaceWrong    = 100 << 20 // sending stops where the next intent could not be written
)

// fileSystem is what the kernel says of the place of a folder.
type fileSystem struct {
	known    bool
	name     string
	network  bool   // its locks and syncs are promises of another machine
	volatile bool   // gone with the machine or the container
	free     uint64 // bytes that this user may write
}

// examineDir looks at the data directory, at what is in it, and at the disk under it.
func examineDir(dir string) []finding {
	const check = "data directory"
	info, err := os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		above := nearestAbove(dir)
		if err := mayWrite(above); err != nil {
			return []finding{wrong(check, err)}
		}
		return append([]finding{well(check, "%s is not there yet; the first create makes it", dir)}, examineDisk(fileSystemOf(above))...)
	}
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is no folder", dir)
	}
	if err != nil {
		return []finding{wrong(check, failed(exitUsage, "name another --data-dir", "%w", err))}
	}
	if err := mayWrite(dir); err != nil {
		return []finding{wrong(check, err)}
	}
	found := []finding{well(check, "%s is this user's alone", dir)}
	switch mode := info.Mode().Perm(); {
	case ownerOf(info) != os.Geteuid():
		found[0] = doubtful(check, "let one user own it and run every campaign", "%s belongs to another user", dir)
	case mode&0o077 != 0:
		found[0] = doubtful(check, "chmod 700 "+quoted(dir), "%s holds customers' data and is open to other users (mode %04o)", dir, mode)
	}
	found = append(found, examineModes(dir)...)
	return append(found, examineDisk(fileSystemOf(dir))...)
}

// examineModes names the files of the data directory that are not this user's alone.
func examineModes(dir string) []finding {
	const check = "files"
	entries, err := os.ReadDir(dir)
	if err != nil {
		return []finding{wrong(check, failed(exitUsage, "", "%w", err))}
	}
	var found []finding
	for _, e := range entries {
		info, err := e.Info()
		path := filepath.Join(dir, e.Name())
		switch {
		case err != nil || info.Mode().Type() == fs.ModeSymlink: // gone since, or judged where it leads
		case ownerOf(info) != os.Geteuid():
			found = append(found, doubtful(check, "let one user own them all", "%s belongs to another user", path))
		case info.Mode().Perm()&0o077 != 0:
			found = append(found, doubtful(check, "chmod go= "+quoted(path), "%s is open to other users (mode %04o)", path, info.Mode().Perm()))
		}
	}
	if len(found) == 0 {
		found = append(found, well(check, "%s in the data directory, this user's alone", things(len(entries), "file")))
	}
	return found
}

// nearestAbove is the folder in which the first missing part of a path would be made.
func nearestAbove(path string) string {
	for {
		above := filepath.Dir(path)
		if _, err := os.Stat(above); err == nil || above == path {
			return above
		}
		path = above
	}
}

func mayWrite(dir string) error {
	const write, search = 2, 1
	if err := syscall.Access(dir, write|search); err != nil {
		return failed(exitUsage, "name another --data-dir, or give this user the right", "this user cannot write into %s: %w", dir, err)
	}
	return nil
}

// examineDisk judges a place for the ledger, which needs locks and syncs that can be relied on.
func examineDisk(at fileSystem) []finding {
	const kind, space = "file system", "disk space"
	if !at.known {
		return []finding{doubtful(kind, "see to it that it is a local disk, with space left", "unknown on this system, and its space too")}
	}
	found := []finding{well(kind, "%s", at.name)}
	switch {
	case at.network:
		found[0] = wrong(kind, failed(exitUsage, "put the data directory on a local disk",
			"%s: over a network, locks and syncs cannot be relied on, and the ledger needs both", at.name))
	case at.volatile:
		found[0] = doubtful(kind, "put the data directory where it stays: without its ledger, a next run does not know what was sent",
			"%s: what is in it is gone with the machine or the container", at.name)
	case at.name == "":
		found[0] = doubtful(kind, "see to it that it is a local disk", "not one that this program knows")
	}
	free := fmt.Sprintf("%s MiB free", count(int(min(at.free>>20, 1<<40))))
	switch {
	case at.free < spaceWrong:
		return append(found, wrong(space, failed(exitAgain, "make room", "%s", free)))
	case at.free < spaceDoubtful:
		return append(found, doubtful(space, "make room", "%s", free))
	}
	return append(found, well(space, "%s", free))
}
