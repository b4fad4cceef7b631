package checkpoint

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// rebuilding is a rebuild that is abandoned after the test, unless it was ended.
func rebuilding(t *testing.T, path string) *Rebuilding {
	t.Helper()
	r, err := Rebuild(path, quick())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Close()) })
	return r
}

// damages are the ways in which a ledger comes to be no ledger; id says whether the file still tells whose it was.
func damages() map[string]struct {
	do   func(sound []byte) []byte // nil: the file is gone
	want error
	id   bool
} {
	type damage = struct {
		do   func([]byte) []byte
		want error
		id   bool
	}
	return map[string]damage{
		"gone":    {nil, ErrMissing, false},
		"emptied": {func([]byte) []byte { return []byte{} }, ErrEmpty, false},
		"zeroed":  {func(b []byte) []byte { return make([]byte, len(b)) }, ErrForeign, false},
		"cut":     {func(b []byte) []byte { return b[:pageSize] }, ErrTruncated, false},
		"the beginning overwritten": {func(b []byte) []byte {
			clear(b[:2*pageSize])
			return b
		}, ErrForeign, true},
		"a bit of a value": {func(b []byte) []byte {
			for i := range b {
				if string(b[i:min(len(b), i+5)]) == "value" {
					b[i] ^= 1
				}
			}
			return b
		}, ErrDamaged, true},
	}
}

// TestRebuild: whatever became of the file, a new one takes its place, and the old one stays beside it.
func TestRebuild(t *testing.T) {
	for name, damage := range damages() {
		for _, fenced := range []bool{true, false} {
			path := aPath(t)
			l := created(t, path, quick())
			write(t, l, "key", "value")
			until := time.Now().Add(time.Hour)
			require.NoError(t, l.Fence(until))
			require.NoError(t, l.Close())
			old := stateOf(t, path)
			var left []byte
			if damage.do == nil {
				require.NoError(t, os.Remove(path))
			} else {
				left = damage.do(read(t, path))
				require.NoError(t, os.WriteFile(path, left, 0o600))
			}
			if !fenced {
				require.NoError(t, os.Remove(beside(path, "fence")))
			}
			r := rebuilding(t, path)
			require.ErrorIs(t, r.Remains().Damage, damage.want, name)
			switch {
			case fenced || damage.id:
				require.Equal(t, []string{l.ID()}, r.Remains().IDs, name)
			default:
				require.Empty(t, r.Remains().IDs, name)
			}
			require.Equal(t, fenced, r.Remains().Until.After(until), name)
			require.Equal(t, fenced, r.Remains().Clean, name)
			write(t, r.Ledger(), "key", "new")
			if damage.do != nil {
				require.Equal(t, left, read(t, path), "%s: nothing is changed before it is installed", name)
			}
			kept, err := r.Install(context.Background(), l.ID())
			require.NoError(t, err, name)
			require.NoError(t, r.Close())
			if damage.do == nil {
				require.Empty(t, kept)
			} else {
				require.Equal(t, left, read(t, kept), name)
				require.Contains(t, kept, path+".damaged-20")
			}
			again := opened(t, path, quick())
			require.Equal(t, l.ID(), again.ID())
			require.Equal(t, "new", contents(t, again)[Records]["key"])
			_, suspect := again.Suspect()
			require.False(t, suspect, name)
			require.NoError(t, again.Close())
			require.NoFileExists(t, unfinished(path))
			require.NoFileExists(t, beside(path, "holder"))

			// The sound ledger from before, put back, is older than its fence.
			if fenced {
				require.NoError(t, os.WriteFile(path, old.file, 0o600))
				_, suspect = opened(t, path, quick()).Suspect()
				require.True(t, suspect, name)
			}
		}
	}
}

// TestRebuildRefuses: a sound ledger, another's ledger, one that somebody has open.
func TestRebuildRefuses(t *testing.T) {
	path := aPath(t)
	l := created(t, path, quick())
	_, err := Rebuild(path, quick())
	var locked *LockedError
	require.ErrorAs(t, err, &locked)
	write(t, l, "key", "value")
	require.NoError(t, l.Close())
	sound := read(t, path)
	_, err = Rebuild(path, quick())
	require.ErrorIs(t, err, ErrSound)
	another := quick()
	another.Identity.Partner = "PA_ANOTHER"
	_, err = Rebuild(path, another)
	require.ErrorIs(t, err, ErrIdentity)
	require.Equal(t, sound, read(t, path))

	clear(sound[:2*pageSize]) // the header can still be read
	require.NoError(t, os.WriteFile(path, sound, 0o600))
	_, err = Rebuild(path, another)
	require.ErrorIs(t, err, ErrIdentity)
	r := rebuilding(t, path)
	_, err = Rebuild(path, quick())
	require.ErrorAs(t, err, &locked)
	_, err = r.Install(context.Background(), "no id")
	require.Error(t, err)
	require.NoError(t, r.Close())
	require.Equal(t, sound, read(t, path))
	require.NoFileExists(t, unfinished(path))
}

// TestRebuildBesideALiveRun: a process whose file was removed under it writes the fence, and nothing else tells of it.
func TestRebuildBesideALiveRun(t *testing.T) {
	path := aPath(t)
	l, err := Create(path, quick())
	require.NoError(t, err)
	defer l.Close() // with an error: it has noticed that it was taken away
	require.NoError(t, os.Remove(path))
	r := rebuilding(t, path)
	require.NoError(t, r.Alone())
	require.False(t, r.Remains().Clean)
	require.ErrorIs(t, l.Fence(time.Now().Add(time.Hour)), ErrReplaced)
	require.NoError(t, r.Alone())
	before, err := readFence(path)
	require.NoError(t, err)
	before.Until = time.Now().Add(time.Hour)
	require.NoError(t, writeFence(path, before, false)) // one that has not noticed yet
	require.ErrorIs(t, r.Alone(), ErrDisturbed)
	_, err = r.Install(context.Background(), l.ID())
	require.ErrorIs(t, err, ErrDisturbed)
	require.NoError(t, r.Close())
	require.NoFileExists(t, path)
}

// TestRebuildKilled: whatever a killed rebuild leaves is refused by Open and Create, and can be rebuilt.
func TestRebuildKilled(t *testing.T) {
	for name, back := range map[string]func(t *testing.T, path, kept string){
		"before the fence": func(t *testing.T, path, kept string) {
			require.NoError(t, os.Rename(path, unfinished(path)))
			require.NoError(t, os.Rename(kept, path))
			require.NoError(t, os.Remove(beside(path, "fence")))
		},
		"before the damaged file is set aside": func(t *testing.T, path, kept string) {
			require.NoError(t, os.Rename(path, unfinished(path)))
			require.NoError(t, os.Rename(kept, path))
		},
		"before the new file has its name": func(t *testing.T, path, _ string) { require.NoError(t, os.Rename(path, unfinished(path))) },
	} {
		path := aPath(t)
		l := created(t, path, quick())
		write(t, l, "key", "value")
		require.NoError(t, l.Close())
		sound := read(t, path)
		clear(sound[:2*pageSize])
		require.NoError(t, os.WriteFile(path, sound, 0o600))
		r := rebuilding(t, path)
		kept, err := r.Install(context.Background(), l.ID())
		require.NoError(t, err)
		require.NoError(t, r.Close())
		back(t, path, kept)

		_, err = Open(path, quick())
		require.Error(t, err, name)
		_, err = Create(path, quick())
		require.Error(t, err, name)
		again := rebuilding(t, path)
		require.Equal(t, []string{l.ID()}, again.Remains().IDs, name)
		_, err = again.Install(context.Background(), l.ID())
		require.NoError(t, err, name)
		require.NoError(t, again.Close())
		require.Equal(t, l.ID(), opened(t, path, quick()).ID(), name)
		left, err := filepath.Glob(path + "*")
		require.NoError(t, err)
		require.Len(t, left, 2, "%s: the ledger and the damaged file", name)
	}
}

// TestRebuildOnAFullDisk leaves everything as it was.
func TestRebuildOnAFullDisk(t *testing.T) {
	path := aPath(t)
	o := quick()
	o.MaxSize = 64 << 10
	r, err := Rebuild(path, o)
	require.NoError(t, err)
	err = r.Ledger().Put(context.Background(), Write{Records, []byte("key"), make([]byte, 1<<20)})
	require.ErrorIs(t, err, ErrFull)
	_, err = r.Install(context.Background(), "")
	require.ErrorIs(t, err, ErrFull)
	require.NoError(t, r.Close())
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Empty(t, entries)
}
