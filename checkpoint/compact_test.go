package checkpoint

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const planted = "planted.person@zeta.example"

// overwritten is a ledger in whose free pages there are bytes that its values do not have any more.
func overwritten(t *testing.T, path string, o Options) {
	t.Helper()
	l, err := Create(path, o)
	require.NoError(t, err)
	for i := range 300 {
		write(t, l, fmt.Sprintf("%04d", i), strings.Repeat(planted, 20))
	}
	for i := range 300 {
		write(t, l, fmt.Sprintf("%04d", i), fmt.Sprint("kept ", i))
	}
	require.NoError(t, l.Close())
	require.True(t, bytes.Contains(read(t, path), []byte(planted)), "free pages keep what was in them")
}

// Everything is as it was, the file is smaller, and what was overwritten is nowhere in it. The fence goes with the new file: it
// is not suspect, and an older copy in its place still is.
func TestCompact(t *testing.T) {
	path := aPath(t)
	overwritten(t, path, quick())
	older := read(t, path)
	l := opened(t, path, quick())
	id, want := l.ID(), contents(t, l)
	require.NoError(t, l.Close())

	require.NoError(t, Compact(path, quick()))

	now := read(t, path)
	require.False(t, bytes.Contains(now, []byte(planted)))
	require.NoFileExists(t, beside(path, "holder"), "the new file counts as the ledger that is closed")
	require.Less(t, len(now), len(older)/4)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	l = opened(t, path, quick())
	_, suspect := l.Suspect()
	require.False(t, suspect)
	require.Equal(t, id, l.ID())
	require.Equal(t, want, contents(t, l))
	write(t, l, "0000", "goes on")
	require.NoError(t, l.Fence(time.Now()))
	require.NoError(t, l.Close())
	left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".*"))
	require.NoError(t, err)
	require.Empty(t, left)

	require.NoError(t, os.WriteFile(path, now, 0o600))
	l = opened(t, path, quick())
	_, suspect = l.Suspect()
	require.True(t, suspect, "the fence says that more was written than the file has")
}

// A suspicion outlives it: nobody has waited it out.
func TestCompactKeepsASuspicion(t *testing.T) {
	path := aPath(t)
	overwritten(t, path, quick())
	require.NoError(t, os.Remove(beside(path, "fence")))
	require.NoError(t, Compact(path, quick()))
	_, suspect := opened(t, path, quick()).Suspect()
	require.True(t, suspect)
}

// Where there is no room, or somebody has the ledger, it stays as it is.
func TestCompactRefused(t *testing.T) {
	path := aPath(t)
	overwritten(t, path, quick())
	l := opened(t, path, quick())
	want := contents(t, l)
	var locked *LockedError
	require.True(t, isLocked(Compact(path, quick()), &locked))
	require.NoError(t, l.Close())

	blocked := filepath.Join(filepath.Dir(path), ".ledger.db.new")
	require.NoError(t, os.Mkdir(blocked, 0o700))
	require.Error(t, Compact(path, quick()))
	require.NoError(t, os.Remove(blocked))
	l = opened(t, path, quick())
	_, suspect := l.Suspect()
	require.False(t, suspect)
	require.Equal(t, want, contents(t, l))
}

// The new file has fewer transactions behind it than the fence knew of. Killed right after it was renamed, it is not suspect.
func TestCompactKilledBeforeItsFence(t *testing.T) {
	path := aPath(t)
	overwritten(t, path, quick())
	l, err := Open(path, quick())
	require.NoError(t, err)
	c, err := l.compacted()
	require.NoError(t, err)
	require.Less(t, c.txid.Load(), l.txid.Load())
	require.NoError(t, l.giveWayTo(c))
	require.NoError(t, l.queue.stop())
	require.NoError(t, l.release())
	require.NoError(t, c.release())

	s, suspect := opened(t, path, quick()).Suspect()
	require.False(t, suspect, s.Reason)
}
