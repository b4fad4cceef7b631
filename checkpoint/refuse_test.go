package checkpoint

import (
	"bytes"
	"io/fs"
	"math/rand/v2"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"
)

func TestMissing(t *testing.T) {
	path := aPath(t)
	for _, open := range []func(string, Options) (*Ledger, error){Open, OpenReadOnly} {
		_, err := open(path, quick())
		require.ErrorIs(t, err, ErrMissing)
		require.ErrorIs(t, err, fs.ErrNotExist)
		require.NotErrorIs(t, err, ErrUnusable)
		require.NotErrorIs(t, err, ErrFenceWithoutLedger)
		require.ErrorContains(t, err, path)
	}
	require.NoFileExists(t, path)
}

func TestALostLedgerIsNotReplaced(t *testing.T) {
	path := aPath(t)
	require.NoError(t, created(t, path, quick()).Close())
	require.NoError(t, os.Remove(path))
	for name, damage := range map[string]func(){
		"whole fence":   func() {},
		"damaged fence": func() { require.NoError(t, os.WriteFile(beside(path, "fence"), []byte("{}"), 0o600)) },
	} {
		damage()
		_, err := Create(path, quick())
		require.ErrorIs(t, err, ErrFenceWithoutLedger, name)
		require.ErrorContains(t, err, beside(path, "fence"))
		_, err = Open(path, quick())
		require.ErrorIs(t, err, ErrMissing, name)
		require.ErrorIs(t, err, ErrFenceWithoutLedger, name)
		require.NoFileExists(t, path)
		require.NoFileExists(t, unfinished(path))
	}
	require.NoError(t, os.Rename(beside(path, "fence"), path+".old"))
	created(t, path, quick())
}

// refused checks that neither way of opening takes the file, nor changes it.
func refused(t *testing.T, path string, want error) {
	t.Helper()
	before := read(t, path)
	for _, open := range []func(string, Options) (*Ledger, error){Open, OpenReadOnly} {
		_, err := open(path, quick())
		require.ErrorIs(t, err, want)
		require.ErrorIs(t, err, ErrUnusable)
		require.ErrorContains(t, err, path)
		require.ErrorContains(t, err, "nothing was changed")
	}
	require.Equal(t, before, read(t, path))
	_, err := Create(path, quick())
	require.ErrorIs(t, err, fs.ErrExist)
}

func TestEmptyFile(t *testing.T) {
	path := aPath(t)
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	refused(t, path, ErrEmpty)
}

func TestNoFile(t *testing.T) {
	path := aPath(t)
	require.NoError(t, os.Mkdir(path, 0o700))
	_, err := Open(path, quick())
	require.ErrorIs(t, err, ErrForeign)

	pipe := aPath(t)
	require.NoError(t, syscall.Mkfifo(pipe, 0o600)) // opening it would wait for ever
	_, err = OpenReadOnly(pipe, quick())
	require.ErrorIs(t, err, ErrForeign)
}

func TestForeignFiles(t *testing.T) {
	path := aPath(t)
	require.NoError(t, os.WriteFile(path, []byte("account_auth_id,customer_email\n"), 0o600))
	refused(t, path, ErrForeign)

	for _, pages := range []int{1024, pageSize, 16384} {
		path = aPath(t)
		db, err := bbolt.Open(path, 0o600, &bbolt.Options{PageSize: pages})
		require.NoError(t, err)
		require.NoError(t, db.Update(func(tx *bbolt.Tx) error {
			_, err := tx.CreateBucket([]byte("other"))
			return err
		}))
		require.NoError(t, db.Close())
		refused(t, path, ErrForeign)
	}
}

func TestRandomFiles(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	for range 100 {
		path := aPath(t)
		garbage := make([]byte, 1+random.IntN(40_000))
		for i := range garbage {
			garbage[i] = byte(random.Uint32())
		}
		require.NoError(t, os.WriteFile(path, garbage, 0o600))
		refused(t, path, ErrForeign)
	}
}

// Of a sound file with garbage from some point on, nothing is believed.
func TestSoundBeginningRandomEnd(t *testing.T) {
	random := rand.New(rand.NewPCG(2, 2))
	s := aSample(t)
	for range 100 {
		b := bytes.Clone(s.file)
		for i := random.IntN(s.used); i < len(b); i++ {
			b[i] = byte(random.Uint32())
		}
		if all, _, err := valuesOf(t, b); err == nil {
			require.Equal(t, sampleContents(), all, "only free pages or the rest of a page were overwritten")
			continue
		}
		refused(t, s.place(t, b), ErrUnusable)
	}
}

func TestTruncatedFiles(t *testing.T) {
	s := aSample(t)
	for size := 512; size < len(s.file); size += 512 {
		all, _, err := valuesOf(t, s.file[:size])
		if size < s.used {
			require.ErrorIs(t, err, ErrTruncated, "%d bytes", size)
		} else { // beyond the pages in use there is nothing to lose
			require.NoError(t, err, "%d bytes", size)
			require.Equal(t, sampleContents(), all)
		}
	}
	for _, size := range []int{512, pageSize, 2 * pageSize, s.used / 2, s.used - 1} {
		refused(t, s.place(t, s.file[:size]), ErrTruncated)
	}
	l := opened(t, s.place(t, s.file[:s.used]), quick())
	require.Equal(t, sampleContents(), contents(t, l))
	write(t, l, "k", "v")
}

// A file cut under an open ledger is a CorruptError, no bus error, and Close returns.
func TestCutWhileOpen(t *testing.T) {
	for _, size := range []int64{0, pageSize, 5 * pageSize} {
		path := aPath(t)
		l, err := Create(path, quick())
		require.NoError(t, err)
		fillRecords(t, l, 5000)
		require.NoError(t, os.Truncate(path, size))

		var corrupt *CorruptError
		for _, err = range l.Scan(Records, nil, nil) {
			if err != nil {
				break
			}
		}
		require.ErrorAs(t, err, &corrupt)
		err = l.Put(t.Context(), Write{Records, []byte("k"), []byte("v")})
		require.ErrorIs(t, err, ErrBroken)
		require.ErrorIs(t, err, ErrDamaged)
		require.ErrorIs(t, l.Fence(l.o.Now()), ErrDamaged)
		_ = l.Close()
		_, err = Open(path, quick())
		require.ErrorIs(t, err, ErrUnusable)
	}
}
