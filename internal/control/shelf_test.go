package control

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// writes is a Desk.Snapshot that makes a copy of one line.
func writes(path string) error { return os.WriteFile(path, []byte("a ledger"), 0o600) }

// A reader has its copy for itself, reads on when its name is gone, and leaves nothing behind.
func TestSnapshot(t *testing.T) {
	d := plainDesk()
	var writing gauge
	d.Snapshot = func(path string) error {
		defer writing.enter()()
		return writes(path)
	}
	_, dir := serve(t, d)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			var f *os.File
			err := NewClient(dir).Snapshot(t.Context(), func(folder string) (err error) {
				info, err := os.Stat(folder)
				if err == nil && info.Mode().Perm() != 0o700 {
					err = fmt.Errorf("mode %o", info.Mode())
				}
				if err == nil {
					f, err = os.Open(filepath.Join(folder, "ledger.db"))
				}
				return err
			})
			if err != nil {
				t.Error(err)
				return
			}
			defer f.Close()
			text, err := io.ReadAll(f)
			if err != nil || string(text) != "a ledger" {
				t.Error(string(text), err)
			}
		})
	}
	all.Wait()
	require.Empty(t, names(t, filepath.Join(dir, "snapshots")))
	require.EqualValues(t, 1, writing.most.Load(), "one at a time")

	broken := errors.New("not a ledger of mine")
	require.ErrorIs(t, NewClient(dir).Snapshot(t.Context(), func(string) error { return broken }), broken)
	require.Empty(t, names(t, filepath.Join(dir, "snapshots")))
}

// Copies that crashed readers left are removed when a server begins, when it ends, and a minute later when another
// copy is made. Nothing else is.
func TestAbandonedCopies(t *testing.T) {
	dir := t.TempDir()
	s := newShelf(dir)
	require.NoError(t, s.clear(0), "no folder yet")
	put := func() string {
		name, err := s.put(t.Context(), writes)
		require.NoError(t, err)
		return filepath.Join(s.dir, name)
	}
	old, young := put(), put()
	past := time.Now().Add(-openedWithin - time.Second)
	require.NoError(t, os.Chtimes(old, past, past))
	third := put()
	require.NoDirExists(t, old)
	require.DirExists(t, young)
	require.NoError(t, s.clear(0))
	require.NoDirExists(t, third)
	require.NoDirExists(t, s.dir)

	mine, file := filepath.Join(s.dir, "mine"), filepath.Join(s.dir, copyPrefix+"notes.txt")
	require.NoError(t, os.MkdirAll(mine, 0o700))
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	left := put()
	l, err := Listen(dir)
	require.NoError(t, err)
	server := Serve(l, dir, plainDesk())
	require.NoDirExists(t, left)
	left = put()
	require.NoError(t, server.Close())
	require.NoDirExists(t, left)
	require.DirExists(t, mine)
	require.FileExists(t, file)
}

// A copy that could not be written, or whose reader left, leaves nothing.
func TestSnapshotFails(t *testing.T) {
	s := newShelf(t.TempDir())
	full := errors.New("the disk is full")
	_, err := s.put(t.Context(), func(path string) error { return errors.Join(writes(path), full) })
	require.ErrorIs(t, err, full)
	require.Empty(t, names(t, s.dir))

	ctx := t.Context()
	server, dir := serve(t, plainDesk())
	server.cancel()
	var refused *RefusedError
	require.ErrorAs(t, NewClient(dir).Snapshot(ctx, nil), &refused)
	require.NoDirExists(t, filepath.Join(dir, shelfFolder))
}

// A name that leads out of the folder is not followed, and nothing is removed.
func TestSnapshotElsewhere(t *testing.T) {
	dir := t.TempDir()
	victim := filepath.Join(dir, "campaigns")
	require.NoError(t, os.MkdirAll(filepath.Join(dir, shelfFolder), 0o700))
	require.NoError(t, os.Mkdir(victim, 0o700))
	for _, name := range []string{"../campaigns", "..", ".", "", "/etc", "a/b", "reader-1/../../campaigns"} {
		l, err := Listen(dir)
		require.NoError(t, err)
		liar := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprintf(w, "{%q:%q}", "name", name)
		})}
		liar.SetKeepAlivesEnabled(false)
		go func() { _ = liar.Serve(l) }()
		err = NewClient(dir).Snapshot(t.Context(), func(string) error { t.Error("opened", name); return nil })
		require.ErrorContains(t, err, "not in its folder", name)
		require.DirExists(t, victim)
		require.NoError(t, liar.Close())
	}
}

// Through a link in place of the folder, what is removed would be somebody else's.
func TestNothingIsRemovedThroughALink(t *testing.T) {
	dir, elsewhere := t.TempDir(), t.TempDir()
	theirs := filepath.Join(elsewhere, copyPrefix+"theirs")
	require.NoError(t, os.Mkdir(theirs, 0o700))
	require.NoError(t, os.Symlink(elsewhere, filepath.Join(dir, shelfFolder)))
	s := newShelf(dir)
	require.ErrorContains(t, s.clear(0), "is no folder")
	_, err := s.put(t.Context(), func(string) error { return nil })
	require.ErrorContains(t, err, "is no folder")
	require.DirExists(t, theirs)
}
