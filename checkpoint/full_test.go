package checkpoint

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// On a full disk the Put fails with ErrFull, and so does every later one; what
// was acknowledged is there.
func TestFullDisk(t *testing.T) {
	for _, callers := range []int{1, 8} {
		path := aPath(t)
		o := quick()
		o.MaxSize = 256 << 10
		l, err := Create(path, o)
		require.NoError(t, err)
		var acked atomic.Int64
		var all sync.WaitGroup
		for c := range callers {
			all.Go(func() {
				for i := 0; ; i++ {
					err := l.Put(t.Context(), Write{Records, fmt.Appendf(nil, "%d/%06d", c, i), make([]byte, 1000)})
					if err != nil {
						if !errors.Is(err, ErrFull) || !errors.Is(err, ErrBroken) {
							t.Error(err)
						}
						return
					}
					acked.Add(1)
				}
			})
		}
		all.Wait()
		require.Greater(t, acked.Load(), int64(20))
		require.ErrorIs(t, l.Put(t.Context(), Write{Records, []byte("0/000000"), nil}), ErrFull)
		require.ErrorIs(t, l.Fence(l.o.Now()), ErrFull, "no POST may leave")
		require.Len(t, contents(t, l)[Records], int(acked.Load()), "reading goes on")
		require.NoError(t, l.Close())
		f, err := readFence(path)
		require.NoError(t, err)
		require.False(t, f.Clean)

		l = opened(t, path, quick())
		_, suspect := l.Suspect()
		require.False(t, suspect)
		require.Len(t, contents(t, l)[Records], int(acked.Load()))
		write(t, l, "k", "v")
	}
}

func TestCreateOnAFullDiskLeavesNothing(t *testing.T) {
	path := aPath(t)
	o := quick()
	o.MaxSize = 16 << 10
	_, err := Create(path, o)
	require.ErrorIs(t, err, ErrFull)
	left, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestErrorsOfAFullDisk(t *testing.T) {
	for _, errno := range []error{syscall.ENOSPC, syscall.EDQUOT} {
		err := asFull(fmt.Errorf("write: %w", &os.PathError{Op: "write", Err: errno}))
		require.ErrorIs(t, err, ErrFull)
		require.ErrorIs(t, err, errno)
	}
	require.NotErrorIs(t, asFull(syscall.EIO), ErrFull)
	require.NoError(t, asFull(nil))
}

// After any commit error nothing more is written, by anyone.
func TestACommitErrorStays(t *testing.T) {
	path := aPath(t)
	l, err := Create(path, quick())
	require.NoError(t, err)
	write(t, l, "k", "v")
	require.NoError(t, l.file.Close())
	first := l.Put(t.Context(), Write{Records, []byte("k"), []byte("w")})
	require.ErrorIs(t, first, ErrBroken)
	require.ErrorIs(t, first, os.ErrClosed)
	require.NotErrorIs(t, first, ErrFull)
	require.Equal(t, first, l.Put(t.Context(), Write{Records, []byte("k"), []byte("w")}))
	require.Equal(t, first, l.Fence(l.o.Now()))
	require.Error(t, l.Close())

	l = opened(t, path, quick())
	require.Equal(t, "v", contents(t, l)[Records]["k"])
}
