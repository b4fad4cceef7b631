package checkpoint

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"
)

func TestBackup(t *testing.T) {
	path := aPath(t)
	l := created(t, path, atNoon())
	write(t, l, "k", "then")
	backup := filepath.Join(t.TempDir(), "copy.db")
	require.NoError(t, l.Backup(backup))
	require.ErrorIs(t, l.Backup(backup), fs.ErrExist)
	require.ErrorIs(t, l.Backup(filepath.Join(t.TempDir(), "none", "copy.db")), fs.ErrNotExist)
	write(t, l, "k", "now")

	r, err := OpenReadOnly(backup, atNoon())
	require.NoError(t, err)
	require.Equal(t, l.ID(), r.ID())
	require.Equal(t, "then", contents(t, r)[Records]["k"])
	require.NoError(t, r.Verify(t.Context()))
	require.NoError(t, r.Close())
	left, err := os.ReadDir(filepath.Dir(backup))
	require.NoError(t, err)
	require.Len(t, left, 1)

	// In the place of the original it is suspect, even within the same generation
	// and with a fence that knows nothing newer, and whichever of its meta pages is lost.
	killed := state{file: read(t, backup), fence: read(t, beside(path, "fence"))}
	restored := killed.put(t)
	s, suspect := suspicion(t, restored)
	require.True(t, suspect)
	require.Equal(t, "it is a copy, made at 2026-01-02T12:00:00Z", s.Reason)
	c := opened(t, restored, atNoon())
	require.NoError(t, c.Cleared())
	require.NoError(t, c.Close())
	_, suspect = suspicion(t, restored)
	require.False(t, suspect, "it is the ledger now, and no copy any more")
	for page := range 2 {
		r := bytes.NewReader(flipped(killed.file, (page*pageSize+pageHead+48)*8))
		_, h, err := examine(t.Context(), r, r.Size(), true, anySchema)
		require.NoError(t, err)
		require.NotNil(t, h.Copied)
	}
}

// Copies made while others put are whole: each Put is in them altogether or not at all.
func TestBackupWhileOthersPut(t *testing.T) {
	l := created(t, aPath(t), quick())
	dir := t.TempDir()
	done := make(chan struct{})
	var all sync.WaitGroup
	for c := range 4 {
		all.Go(func() {
			for i := uint32(0); ; i++ {
				select {
				case <-done:
					return
				default:
				}
				k := binary.BigEndian.AppendUint32([]byte{byte(c)}, i%500)
				v := binary.BigEndian.AppendUint32(nil, i)
				if err := l.Put(t.Context(), Write{Records, k, v}, Write{Rows, k, v}); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for i := range 10 {
		path := filepath.Join(dir, fmt.Sprintf("%d.db", i))
		if err := l.Backup(path); err != nil {
			t.Error(err)
			break
		}
		r, err := OpenReadOnly(path, quick())
		require.NoError(t, err)
		values := contents(t, r)
		require.Equal(t, values[Records], values[Rows])
		require.NoError(t, r.Close())
	}
	close(done)
	all.Wait()
}

// step is a migration that adds one value, and must run once.
func step(key string) migration {
	return func(tx *bbolt.Tx) error {
		if tx.Bucket([]byte(Settings)).Get([]byte(key)) != nil {
			return errors.New("the step ran before")
		}
		return tx.Bucket([]byte(Settings)).Put([]byte(key), frame(Settings, []byte(key), []byte("migrated")))
	}
}

func TestMigration(t *testing.T) {
	path := aPath(t)
	l := created(t, path, atNoon())
	write(t, l, "k", "v")
	require.NoError(t, l.Close())

	_, err := open(path, atNoon(), true, []migration{step("2")})
	require.ErrorIs(t, err, ErrOlder)

	failed := errors.New("no")
	before := contentsAt(t, path)
	_, err = open(path, atNoon(), false, []migration{step("2"), func(*bbolt.Tx) error { return failed }})
	require.ErrorIs(t, err, failed)
	require.ErrorContains(t, err, "schema 3")
	require.Equal(t, before, contentsAt(t, path), "all steps or none")

	for schema, steps := range [][]migration{{step("2")}, {step("2"), step("3"), step("4")}} {
		l, err = open(path, atNoon(), false, steps)
		require.NoError(t, err)
		require.Equal(t, "v", contents(t, l)[Records]["k"])
		require.Len(t, contents(t, l)[Settings], []int{1, 3}[schema])
		_, suspect := l.Suspect()
		require.False(t, suspect)
		require.NoError(t, l.Close())
	}
	sound := read(t, path)
	_, err = Open(path, atNoon())
	require.ErrorIs(t, err, ErrNewer)
	require.NotErrorIs(t, err, ErrUnusable)
	_, err = OpenReadOnly(path, atNoon())
	require.ErrorIs(t, err, ErrNewer)
	require.Equal(t, sound, read(t, path), "a newer ledger is not touched")

	backups, err := filepath.Glob(path + ".*.bak")
	require.NoError(t, err)
	require.Equal(t, []string{
		path + ".v1.20260102T120000Z.2.bak", path + ".v1.20260102T120000Z.bak", path + ".v2.20260102T120000Z.bak",
	}, backups)
	for i, b := range backups {
		r, err := open(b, Options{}.withDefaults(), true, make([]migration, []int{0, 0, 1}[i]))
		require.NoError(t, err)
		require.Len(t, contents(t, r)[Settings], []int{0, 0, 1}[i])
		require.NoError(t, r.Close())
	}
}

func contentsAt(t *testing.T, path string) map[Table]map[string]string {
	t.Helper()
	r, err := OpenReadOnly(path, quick())
	require.NoError(t, err)
	defer r.Close()
	return contents(t, r)
}
