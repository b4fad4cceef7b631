package sandbox

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// A rehearsal's world has the addresses of a real file: it is its owner's alone, and written nowhere else.
func TestTheWorldIsWrittenNowhereElse(t *testing.T) {
	for what, plant := range map[string]func(path, elsewhere string) error{
		"a link":      func(path, elsewhere string) error { return os.Symlink(elsewhere, path) },
		"a hard link": func(path, elsewhere string) error { return os.Link(elsewhere, path) },
		"a pipe":      func(path, _ string) error { return syscall.Mkfifo(path, 0o666) },
	} {
		dir := t.TempDir()
		path, elsewhere := filepath.Join(dir, "world"), filepath.Join(dir, "theirs")
		require.NoError(t, os.WriteFile(elsewhere, nil, 0o644))
		require.NoError(t, plant(path, elsewhere))
		_, err := New(Config{World: path})
		require.ErrorContains(t, err, "world", what)
		info, err := os.Stat(elsewhere)
		require.NoError(t, err)
		require.Zero(t, info.Size(), what)
		require.Equal(t, os.FileMode(0o644), info.Mode(), what)
	}
	path := filepath.Join(t.TempDir(), "world")
	require.NoError(t, os.WriteFile(path, nil, 0o644))
	s, err := New(Config{World: path})
	require.NoError(t, err)
	require.NoError(t, s.Close())
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode())
}
