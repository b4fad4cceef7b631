package control

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
)

const (
	shelfFolder = "snapshots"
	copyPrefix  = "reader-" // a folder for each reader
	copyName    = "ledger.db"

	// openedWithin is how long a copy is kept for its reader to open it. A reader takes its name away once it is
	// open, so what is older was left by a reader that crashed.
	openedWithin = time.Minute
)

// shelf is the folder in a data directory where copies of the ledger wait for their readers.
type shelf struct {
	dir string
	mu  sync.Mutex // one copy at a time
}

func newShelf(dataDir string) *shelf { return &shelf{dir: filepath.Join(dataDir, shelfFolder)} }

// put has a copy written into a folder of its own, and gives the folder's name. A reader that has left by the time it
// is its turn gets none.
func (s *shelf) put(ctx context.Context, write func(path string) error) (name string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	if err := s.clear(openedWithin); err != nil {
		return "", err
	}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return "", fmt.Errorf("make the folder for snapshots: %w", err)
	}
	folder, err := os.MkdirTemp(s.dir, copyPrefix+"*") // mode 0700
	if err != nil {
		return "", fmt.Errorf("make the folder for a snapshot: %w", err)
	}
	if err := write(filepath.Join(folder, copyName)); err != nil {
		return "", errors.Join(err, os.RemoveAll(folder))
	}
	return filepath.Base(folder), nil
}

// clear removes the copies that are at least so old, and the folder itself where nothing is left in it. Folders of
// other names are not ours.
func (s *shelf) clear(older time.Duration) error {
	// Through a link, what is removed would be somebody else's.
	if info, err := os.Lstat(s.dir); err == nil && !info.IsDir() {
		return fmt.Errorf("%s is no folder: move it away", s.dir)
	}
	entries, err := os.ReadDir(s.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	left := len(entries)
	for _, e := range entries {
		ours, _ := filepath.Match(copyPrefix+"*", e.Name())
		info, gone := e.Info()
		if !ours || !e.IsDir() || gone == nil && time.Since(info.ModTime()) < older {
			continue
		}
		err = errors.Join(err, os.RemoveAll(filepath.Join(s.dir, e.Name())))
		left--
	}
	if err == nil && left == 0 {
		err = os.Remove(s.dir)
	}
	if err != nil {
		return fmt.Errorf("remove earlier snapshots: %w", err)
	}
	return nil
}
