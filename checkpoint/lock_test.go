package checkpoint

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTheLockNamesItsHolder(t *testing.T) {
	path := aPath(t)
	o := quick()
	o.Holder = "create campaign spring"
	o.Now = func() time.Time { return time.Date(2026, 5, 6, 7, 8, 9, 0, time.UTC) }
	l := created(t, path, o)

	for _, open := range []func(string, Options) (*Ledger, error){Open, OpenReadOnly} {
		_, err := open(path, quick())
		var locked *LockedError
		require.ErrorAs(t, err, &locked)
		host, _ := os.Hostname()
		require.Equal(t, &LockedError{Path: path, Holder: Holder{
			PID: os.Getpid(), Host: host, What: "create campaign spring", Since: o.Now(),
		}}, locked)
		require.ErrorContains(t, err, path)
		require.ErrorContains(t, err, `("create campaign spring") since 2026-05-06T07:08:09Z`)
	}
	require.NoError(t, l.Close())
	opened(t, path, quick())
}

// What a killed process left in the holder file is nobody.
func TestAHolderIsBelievedOnlyWhileTheLockIsHeld(t *testing.T) {
	path := aPath(t)
	l := created(t, path, quick())
	left := read(t, beside(path, "holder"))
	require.NoError(t, l.Close())
	require.NoError(t, os.WriteFile(beside(path, "holder"), left, 0o600))

	r, err := OpenReadOnly(path, quick())
	require.NoError(t, err)
	_, err = Open(path, quick())
	var locked *LockedError
	require.ErrorAs(t, err, &locked)
	require.Equal(t, Holder{What: "reading"}, locked.Holder)
	require.NoError(t, r.Close())

	o := quick()
	o.Holder = "the next one"
	opened(t, path, o)
	_, err = Open(path, quick())
	require.ErrorAs(t, err, &locked)
	require.Equal(t, "the next one", locked.Holder.What)

	require.NoError(t, os.WriteFile(beside(path, "holder"), []byte("{"), 0o600))
	_, err = Open(path, quick())
	require.ErrorContains(t, err, "another process")
}

// A file that is put in the place of the ledger while its lock is waited for is
// the one that is opened.
func TestTheLockIsOnTheFileThatThePathNames(t *testing.T) {
	path := aPath(t)
	old := created(t, path, quick())
	backup := path + ".bak"
	write(t, old, "k", "v")
	require.NoError(t, old.Backup(backup))

	started := make(chan struct{})
	got := make(chan *Ledger)
	go func() {
		defer close(got)
		o := quick()
		o.LockTimeout = time.Minute
		f, err := os.OpenFile(path, os.O_RDWR, 0) // the file as it is before the exchange
		if err != nil {
			t.Error(err)
			return
		}
		defer f.Close()
		close(started)
		l, err := Open(path, o)
		if err != nil {
			t.Error(err)
			return
		}
		got <- l
	}()
	<-started
	require.NoError(t, os.Rename(backup, path))
	require.NoError(t, old.Close())
	l := <-got
	require.NotNil(t, l)
	defer l.Close()
	same, err := names(path, l.file)
	require.NoError(t, err)
	require.True(t, same)
	_, suspect := l.Suspect()
	require.True(t, suspect)
}

func TestOpenLockedBeginsAgainWhenTheFileIsExchanged(t *testing.T) {
	path := aPath(t)
	require.NoError(t, os.WriteFile(path, []byte("old"), 0o600))
	f, err := openLocked(path, path, os.O_RDWR, false, 0)
	require.NoError(t, err)
	waiting := make(chan *os.File)
	go func() {
		defer close(waiting)
		g, err := openLocked(path, path, os.O_RDWR, false, time.Minute)
		if err != nil {
			t.Error(err)
			return
		}
		waiting <- g
	}()
	require.NoError(t, os.WriteFile(path+".2", []byte("new"), 0o600))
	require.NoError(t, os.Rename(path+".2", path))
	require.NoError(t, f.Close())
	g := <-waiting
	require.NotNil(t, g)
	defer g.Close()
	content := make([]byte, 3)
	_, err = g.ReadAt(content, 0)
	require.NoError(t, err)
	require.Equal(t, "new", string(content))
}

// The lock is on a file. Where another one is put in its place, another process can open that one: then the first
// acknowledges nothing more, lets no POST leave, and keeps its hands off what is the other's.
func TestALedgerThatWasReplacedStops(t *testing.T) {
	for what, replace := range map[string]func(path, backup string) error{
		"replaced": func(path, backup string) error { return os.Rename(backup, path) },
		"removed":  func(path, _ string) error { return os.Remove(path) },
		"moved":    func(path, _ string) error { return os.Rename(path, path+".old") },
	} {
		for _, first := range []string{"fence", "put"} {
			path := aPath(t)
			l, err := Create(path, atNoon())
			require.NoError(t, err)
			require.NoError(t, l.Fence(noon()))
			backup := path + ".bak"
			require.NoError(t, l.Backup(backup))
			require.NoError(t, replace(path, backup), what)
			var other *Ledger
			if what == "replaced" {
				other = opened(t, path, atNoon())
			}
			fence, holder := read(t, beside(path, "fence")), read(t, beside(path, "holder"))

			if first == "fence" {
				for err == nil { // a question of just now may still serve
					err = l.Fence(noon())
				}
			} else {
				err = l.Put(t.Context(), Write{Records, []byte("k"), []byte("v")})
			}
			require.ErrorIs(t, err, ErrBroken, what)
			require.ErrorIs(t, err, ErrReplaced, what)
			require.ErrorIs(t, l.Fence(noon()), ErrReplaced)
			require.ErrorIs(t, l.Put(t.Context(), Write{Records, []byte("k"), []byte("v")}), ErrReplaced)
			require.NoError(t, l.Close())
			if other != nil {
				require.Equal(t, fence, read(t, beside(path, "fence")))
				require.Equal(t, holder, read(t, beside(path, "holder")))
				require.NoError(t, other.Fence(noon().Add(time.Hour)))
			}
		}
	}
}

// A raw copy that is put back under a process looks level with the fence of then. What was committed since is known from
// the fence all the same, once that process has ended.
func TestARawCopyPutBackUnderAProcessIsSuspect(t *testing.T) {
	path := aPath(t)
	l, err := Create(path, atNoon())
	require.NoError(t, err)
	require.NoError(t, l.Fence(noon()))
	require.NoError(t, os.WriteFile(path+".raw", read(t, path), 0o600))
	write(t, l, "k", "v")
	require.NoError(t, os.Rename(path+".raw", path))
	require.NoError(t, l.Close())
	_, suspect := suspicion(t, path)
	require.True(t, suspect)
}
