package control

import (
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// reached says whether somebody listens at the socket of dir.
func reached(t *testing.T, dir string) bool {
	t.Helper()
	c, err := dial(t.Context(), dir)
	if err != nil {
		return false
	}
	require.NoError(t, c.Close())
	return true
}

// stale leaves a socket at path that nobody listens at, as a killed process does.
func stale(t *testing.T, path string) {
	t.Helper()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	require.NoError(t, err)
	l.SetUnlinkOnClose(false)
	require.NoError(t, l.Close())
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var found []string
	for _, e := range entries {
		found = append(found, e.Name())
	}
	return found
}

// The socket is its owner's alone, there is nothing beside it, and it goes with its listener.
func TestListen(t *testing.T) {
	dir := t.TempDir()
	l, err := Listen(dir)
	require.NoError(t, err)
	info, err := os.Lstat(filepath.Join(dir, "control.sock"))
	require.NoError(t, err)
	require.Equal(t, fs.ModeSocket|0o600, info.Mode())
	require.Equal(t, []string{"control.sock"}, names(t, dir))
	require.True(t, reached(t, dir))
	require.NoError(t, l.Close())
	require.NoError(t, l.Close(), "once more")
	require.Empty(t, names(t, dir))
	require.False(t, reached(t, dir))
}

// A path that no socket address can hold is reached through its folder.
func TestListenLongPath(t *testing.T) {
	if _, err := os.Stat(descriptor); err != nil {
		t.Skipf("this system has no %s, so long paths are refused here: %v", descriptor, err)
	}
	dir := t.TempDir()
	for range 5 {
		dir = filepath.Join(dir, strings.Repeat("long", 20))
	}
	require.NoError(t, os.MkdirAll(dir, 0o700))
	before := descriptors(t)
	l, err := Listen(dir)
	require.NoError(t, err)
	require.True(t, reached(t, dir))
	require.NoError(t, l.Close())
	require.Empty(t, names(t, dir))
	require.Equal(t, before, descriptors(t), "no folder stays open")
}

func descriptors(t *testing.T) int {
	t.Helper()
	return len(names(t, descriptor))
}

// What a killed process left is replaced: its socket, and what it had of one.
func TestListenAfterACrash(t *testing.T) {
	dir := t.TempDir()
	stale(t, filepath.Join(dir, socketName))
	require.NoError(t, os.Mkdir(filepath.Join(dir, unfinished), 0o700))
	stale(t, filepath.Join(dir, unfinished, socketName))
	require.False(t, reached(t, dir))
	l, err := Listen(dir)
	require.NoError(t, err)
	require.True(t, reached(t, dir))
	require.NoError(t, l.Close())
	require.Empty(t, names(t, dir))
}

// What is not ours stays as it is.
func TestListenTouchesNothingElse(t *testing.T) {
	for name, put := range map[string]func(t *testing.T, path string){
		"a file":   func(t *testing.T, path string) { require.NoError(t, os.WriteFile(path, []byte("mine"), 0o600)) },
		"a folder": func(t *testing.T, path string) { require.NoError(t, os.Mkdir(path, 0o700)) },
		"a link":   func(t *testing.T, path string) { require.NoError(t, os.Symlink("nowhere", path)) },
		"a socket that somebody listens at": func(t *testing.T, path string) {
			l, err := net.Listen("unix", path)
			require.NoError(t, err)
			t.Cleanup(func() { _ = l.Close() })
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, socketName)
			put(t, path)
			before, err := os.Lstat(path)
			require.NoError(t, err)
			_, err = Listen(dir)
			require.ErrorIs(t, err, ErrOccupied)
			require.ErrorContains(t, err, path)
			after, err := os.Lstat(path)
			require.NoError(t, err)
			require.True(t, os.SameFile(before, after))
			require.Equal(t, []string{socketName}, names(t, dir))
		})
	}
	dir := t.TempDir()
	kept := filepath.Join(dir, unfinished, "kept")
	require.NoError(t, os.MkdirAll(kept, 0o700))
	_, err := Listen(dir)
	require.Error(t, err, "the folder is somebody's")
	require.DirExists(t, kept)
}

// A listener that is closed late leaves the socket of the next one alone.
func TestCloseLeavesTheNextSocket(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, socketName)
	first, err := Listen(dir)
	require.NoError(t, err)
	require.NoError(t, os.Remove(path))
	second, err := Listen(dir)
	require.NoError(t, err)
	require.NoError(t, first.Close())
	require.True(t, reached(t, dir))
	require.NoError(t, second.Close())
}
