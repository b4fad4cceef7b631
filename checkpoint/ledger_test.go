package checkpoint

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestPutIsThereAfterReopening(t *testing.T) {
	path := aPath(t)
	l := created(t, path, Options{Identity: us()})
	write(t, l, "a", "1")
	write(t, l, "b", "2")
	require.NoError(t, l.Put(t.Context(),
		Write{Records, []byte("a"), nil},
		Write{Records, []byte("c"), []byte{}},
		Write{Trail, []byte("b"), []byte("other table")}))
	id := l.ID()
	require.Len(t, id, 16)
	require.NoError(t, l.Close())

	l = opened(t, path, Options{Identity: us()})
	require.Equal(t, id, l.ID())
	require.Equal(t, us(), l.Identity())
	require.Equal(t, map[Table]map[string]string{
		Records: {"b": "2", "c": ""},
		Trail:   {"b": "other table"},
	}, contents(t, l))
	_, suspect := l.Suspect()
	require.False(t, suspect)
}

func TestGet(t *testing.T) {
	l := created(t, aPath(t), quick())
	write(t, l, "empty", "")
	write(t, l, "a", "1"+strings.Repeat("0", 2000)) // too long for a table within the root's page

	absent, err := l.Get(Records, []byte("none"))
	require.NoError(t, err)
	require.Nil(t, absent)
	empty, err := l.Get(Records, []byte("empty"))
	require.NoError(t, err)
	require.Equal(t, []byte{}, empty)

	a, err := l.Get(Records, []byte("a"))
	require.NoError(t, err)
	a[0] = 'x'
	again, err := l.Get(Records, []byte("a"))
	require.NoError(t, err)
	require.Equal(t, "10", string(again[:2]), "Get must return a copy")

	_, err = l.Get("sessions", []byte("a"))
	require.ErrorContains(t, err, `no table "sessions"`)
	_, err = l.Get(headerTable, []byte("a"))
	require.ErrorContains(t, err, "no table", "the header is nobody's table")
}

func TestPutRefusesWhatCanNotBeStored(t *testing.T) {
	l := created(t, aPath(t), quick())
	for name, w := range map[string]Write{
		"unknown table": {"sessions", []byte("k"), []byte("v")},
		"header":        {headerTable, []byte(headerKey), []byte("v")},
		"empty key":     {Records, nil, []byte("v")},
		"long key":      {Records, bytes.Repeat([]byte("k"), maxKey+1), []byte("v")},
		"long value":    {Records, []byte("k"), make([]byte, maxValue+1)},
	} {
		err := l.Put(t.Context(), Write{Records, []byte("good"), []byte("v")}, w)
		require.Error(t, err, name)
		require.NotErrorIs(t, err, ErrBroken, name)
	}
	require.Empty(t, contents(t, l), "a refused Put writes nothing")
	require.NoError(t, l.Put(t.Context()))
	require.NoError(t, l.Put(t.Context(), Write{Records, bytes.Repeat([]byte("k"), maxKey), []byte("v")}))
	require.Equal(t, Stats{Commits: 1, Puts: 1, Writes: 1, Bytes: maxKey + 1}, l.Stats())
}

func TestPutLooksAtItsContextFirst(t *testing.T) {
	l := created(t, aPath(t), quick())
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(fs.ErrPermission)
	require.ErrorIs(t, l.Put(ctx, Write{Records, []byte("k"), []byte("v")}), fs.ErrPermission)
	require.Empty(t, contents(t, l))
}

func TestTheLastWriteOfAKeyCounts(t *testing.T) {
	l := created(t, aPath(t), quick())
	k := []byte("k")
	require.NoError(t, l.Put(t.Context(), Write{Records, k, []byte("1")}, Write{Records, k, nil}, Write{Records, k, []byte("3")}))
	require.Equal(t, "3", contents(t, l)[Records]["k"])
	require.NoError(t, l.Put(t.Context(), Write{Records, k, []byte("4")}, Write{Records, k, nil}))
	require.Empty(t, contents(t, l))
	var many []Write
	for i := range 100 {
		many = append(many, Write{Records, k, fmt.Append(nil, i)}, Write{Records, []byte{byte(i)}, k})
	}
	require.NoError(t, l.Put(t.Context(), many...))
	require.Equal(t, "99", contents(t, l)[Records]["k"])
}

func TestScanBounds(t *testing.T) {
	l := created(t, aPath(t), quick())
	var w []Write
	for i := range 2000 { // several pages of entries
		w = append(w, Write{Rows, fmt.Appendf(nil, "a/%04d", i), []byte("v")})
	}
	w = append(w, Write{Rows, []byte("a"), []byte("v")}, Write{Rows, []byte("b/0000"), []byte("v")},
		Write{Rows, []byte("big"), make([]byte, 2*scanBytes)}, Write{Rows, []byte("c"), []byte("v")})
	require.NoError(t, l.Put(t.Context(), w...))

	keys := func(prefix, after string) (keys []string) {
		last := ""
		for e, err := range l.Scan(Rows, []byte(prefix), []byte(after)) {
			require.NoError(t, err)
			require.Less(t, last, string(e.Key), "ascending, each once")
			last = string(e.Key)
			keys = append(keys, last)
		}
		return keys
	}
	require.Len(t, keys("", ""), 2004)
	require.Len(t, keys("a/", ""), 2000)
	require.Len(t, keys("a/", "a/0999"), 1000)
	require.Len(t, keys("a/", "0"), 2000, "after before the prefix")
	require.Empty(t, keys("a/", "b"))
	require.Equal(t, []string{"b/0000", "big", "c"}, keys("", "a/1999"))
	require.Empty(t, keys("z", ""))

	page, more, err := l.scanPage(Rows, nil, nil, nil)
	require.NoError(t, err)
	require.True(t, more)
	require.Len(t, page, scanEntries, "a transaction is short")
	page, more, err = l.scanPage(Rows, nil, []byte("b/0000"), page)
	require.NoError(t, err)
	require.True(t, more)
	require.Len(t, page, 1, "also where the values are large")

	n := 0
	for range l.Scan(Rows, nil, nil) {
		if n++; n == 600 {
			break
		}
	}
	require.Equal(t, 600, n)
	for _, err := range l.Scan("sessions", nil, nil) {
		require.ErrorContains(t, err, "no table")
	}
}

func TestLast(t *testing.T) {
	l := created(t, aPath(t), quick())
	_, ok, err := l.Last(Trail)
	require.NoError(t, err)
	require.False(t, ok, "an empty table has none")

	require.NoError(t, l.Put(t.Context(), Write{Trail, []byte("b"), []byte("newest")}, Write{Trail, []byte("a"), []byte("v")}))
	e, ok, err := l.Last(Trail)
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, Entry{[]byte("b"), []byte("newest")}, e)

	require.NoError(t, l.Put(t.Context(), Write{Trail, []byte("b"), nil}))
	e, _, err = l.Last(Trail)
	require.NoError(t, err)
	require.Equal(t, "a", string(e.Key), "a deleted one is not there")

	_, _, err = l.Last("no such table")
	require.Error(t, err)
}

func TestPutWithinAScan(t *testing.T) {
	l := created(t, aPath(t), quick())
	fillRecords(t, l, 1500)
	seen := 0
	for e, err := range l.Scan(Records, nil, nil) {
		require.NoError(t, err)
		require.NoError(t, l.Put(t.Context(), Write{Records, e.Key, nil}, Write{Trail, e.Key, make([]byte, 500)}))
		seen++
	}
	require.Equal(t, 1500, seen)
	require.Len(t, contents(t, l)[Trail], 1500)
}

func TestClosed(t *testing.T) {
	path := aPath(t)
	l := created(t, path, quick())
	write(t, l, "k", "v")
	require.NoError(t, l.Close())
	require.NoError(t, l.Close(), "a second Close is harmless")

	require.ErrorIs(t, l.Put(t.Context(), Write{Records, []byte("k"), []byte("v")}), ErrClosed)
	_, err := l.Get(Records, []byte("k"))
	require.ErrorIs(t, err, ErrClosed)
	for _, err := range l.Scan(Records, nil, nil) {
		require.ErrorIs(t, err, ErrClosed)
	}
	require.ErrorIs(t, l.Fence(time.Now().Add(time.Hour)), ErrClosed)
	require.ErrorIs(t, l.Verify(t.Context()), ErrClosed)
	require.ErrorIs(t, l.Backup(path+".bak"), ErrClosed)
	require.NoFileExists(t, path+".bak")
}

func TestReadOnly(t *testing.T) {
	path := aPath(t)
	l := created(t, path, quick())
	write(t, l, "k", "v")
	require.NoError(t, l.Close())
	before, fenceBefore := read(t, path), read(t, beside(path, "fence"))

	r, err := OpenReadOnly(path, Options{}) // no identity: nothing to compare
	require.NoError(t, err)
	second, err := OpenReadOnly(path, quick())
	require.NoError(t, err)
	require.Equal(t, "v", contents(t, r)[Records]["k"])
	require.ErrorIs(t, r.Put(t.Context(), Write{Records, []byte("k"), []byte("v")}), ErrReadOnly)
	require.ErrorIs(t, r.Fence(time.Now()), ErrReadOnly)
	require.ErrorIs(t, r.Cleared(), ErrReadOnly)
	require.NoError(t, r.Verify(t.Context()))
	require.NoError(t, r.Backup(path+".bak"))
	require.NoError(t, r.Close())
	require.ErrorIs(t, r.Verify(t.Context()), ErrClosed)
	require.NoError(t, second.Close())

	require.Equal(t, before, read(t, path))
	require.Equal(t, fenceBefore, read(t, beside(path, "fence")))
	_, err = OpenReadOnly(path, Options{Identity: Identity{Partner: "PA_other"}})
	require.ErrorIs(t, err, ErrIdentity)
}

func TestModes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data", "ledger.db")
	l := created(t, path, quick())
	require.NoError(t, l.Backup(path+".bak"))
	dir, err := os.Stat(filepath.Dir(path))
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o700), dir.Mode().Perm())
	files, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	var names []string
	for _, f := range files {
		info, err := f.Info()
		require.NoError(t, err)
		require.Equal(t, fs.FileMode(0o600), info.Mode().Perm(), f.Name())
		names = append(names, f.Name())
	}
	require.Equal(t, []string{"ledger.db", "ledger.db.bak", "ledger.fence", "ledger.holder"}, names)
	require.NoError(t, l.Close())
	require.NoFileExists(t, beside(path, "holder"))
}

func TestCreateTakesNoFileThatIsThere(t *testing.T) {
	path := aPath(t)
	require.NoError(t, os.WriteFile(path, []byte("mine"), 0o600))
	_, err := Create(path, quick())
	require.ErrorIs(t, err, fs.ErrExist)
	require.Equal(t, "mine", string(read(t, path)))

	for _, incomplete := range []Identity{{}, {API: "x"}, {Partner: "x"}} {
		_, err = Create(aPath(t), Options{Identity: incomplete})
		require.ErrorContains(t, err, "needs an API address and a partner id")
		_, err = Open(path, Options{Identity: incomplete})
		require.ErrorContains(t, err, "needs an API address and a partner id")
	}
}

// Of many concurrent creators one wins; the others find its ledger, or its lock.
func TestOneOfManyCreatorsWins(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "ledger.db")
	var all sync.WaitGroup
	won := make(chan *Ledger, 16)
	lost := make(chan error, 16)
	for range 16 {
		all.Go(func() {
			l, err := Create(path, quick())
			if err != nil {
				lost <- err
				return
			}
			won <- l
		})
	}
	all.Wait()
	close(won)
	close(lost)
	require.Len(t, won, 1)
	for err := range lost {
		var locked *LockedError
		if !isLocked(err, &locked) {
			require.ErrorIs(t, err, fs.ErrExist)
		}
	}
	l := <-won
	write(t, l, "k", "v")
	require.NoError(t, l.Verify(t.Context()))
	require.NoError(t, l.Close())
	l = opened(t, path, quick())
	_, suspect := l.Suspect()
	require.False(t, suspect)
	left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".*"))
	require.NoError(t, err)
	require.Empty(t, left)
}

// What a Create left that was killed does not trouble the next one.
func TestCreateAfterAKilledCreate(t *testing.T) {
	path := aPath(t)
	require.NoError(t, os.WriteFile(unfinished(path), bytes.Repeat([]byte("half"), 5000), 0o644))
	require.NoError(t, writeFence(path, fence{Ledger: "0123456789abcdef", Clean: true}, false))
	l := created(t, path, quick())
	_, suspect := l.Suspect()
	require.False(t, suspect)
	require.NoFileExists(t, unfinished(path))
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o600), info.Mode().Perm())
}

// The ledger runs in a bubble of virtual time, and its waiting for the lock too.
func TestInABubble(t *testing.T) {
	path := aPath(t)
	synctest.Test(t, func(t *testing.T) {
		o := quick()
		o.LockTimeout = time.Minute
		l, err := Create(path, o)
		require.NoError(t, err)
		defer l.Close()
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() {
				time.Sleep(time.Duration(i%5) * time.Minute)
				key := fmt.Appendf(nil, "k%d", i)
				if err := l.Put(t.Context(), Write{Records, key, key}); err != nil {
					t.Error(err)
				}
				if v, err := l.Get(Records, key); err != nil || !bytes.Equal(v, key) {
					t.Error(v, err)
				}
			})
		}
		all.Wait()
		require.Len(t, contents(t, l)[Records], 20)

		start := time.Now()
		_, err = Open(path, o)
		var locked *LockedError
		require.ErrorAs(t, err, &locked)
		require.GreaterOrEqual(t, time.Since(start), time.Minute)
	})
}

// No error names more of a partner's id than six characters.
func TestIdentity(t *testing.T) {
	path := aPath(t)
	require.NoError(t, created(t, path, quick()).Close())
	for _, other := range []Identity{
		{API: us().API, Partner: "PA_9999999999"},
		{API: "https://other.example", Partner: us().Partner},
		{API: us().API, Partner: "PA_9"},
	} {
		_, err := Open(path, Options{Identity: other})
		require.ErrorIs(t, err, ErrIdentity)
		require.ErrorContains(t, err, us().API)
		require.ErrorContains(t, err, other.API)
		require.ErrorContains(t, err, "PA_012…")
		require.NotContains(t, err.Error(), "PA_0123")
		require.NotContains(t, err.Error(), "PA_9999")
		require.False(t, strings.Contains(err.Error(), "PA_9 ") || strings.Contains(err.Error(), "PA_9:"))
	}
}
