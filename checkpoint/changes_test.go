package checkpoint

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"
)

// The count goes up with each commit that writes to the table, by whomever, and with nothing else.
func TestChanges(t *testing.T) {
	path := aPath(t)
	l := created(t, path, quick())
	now := func() (both [2]uint64) {
		for i, table := range []Table{Rows, Records} {
			var err error
			both[i], err = l.Changes(table)
			require.NoError(t, err)
		}
		return both
	}
	put := func(w ...Write) { require.NoError(t, l.Put(t.Context(), w...)) }
	a, b := []byte("a"), []byte("b")

	require.Equal(t, [2]uint64{0, 0}, now())
	put(Write{Records, a, b}, Write{Trail, a, b}, Write{Records, b, b})
	require.Equal(t, [2]uint64{0, 1}, now())
	put(Write{Settings, a, b}, Write{Accounts, a, b}, Write{Campaigns, a, b}, Write{Trail, b, b})
	require.Equal(t, [2]uint64{0, 1}, now())
	put(Write{Rows, a, b}, Write{Records, a, nil})
	require.Equal(t, [2]uint64{1, 2}, now())

	require.NoError(t, l.Close())
	copied := path + ".copy"
	require.NoError(t, os.WriteFile(copied, read(t, path), 0o600))
	l = opened(t, path, quick())
	require.Equal(t, [2]uint64{1, 2}, now(), "opened again")
	put(Write{Rows, b, b})
	require.Equal(t, [2]uint64{2, 2}, now())
	require.NoError(t, l.Close())
	require.NoError(t, Compact(path, quick()))
	l = opened(t, path, quick())
	require.Equal(t, [2]uint64{2, 2}, now(), "compacted")
	require.NoError(t, l.Close())
	require.NoError(t, os.Rename(copied, path))
	l = opened(t, path, quick())
	require.Equal(t, [2]uint64{1, 2}, now(), "put back")

	_, err := l.Changes(Trail)
	require.ErrorContains(t, err, "not counted")
}

// A version that doesn't count has written to the ledger, or may have: nothing that was worked out before holds.
func TestChangesByAnEarlierVersion(t *testing.T) {
	path := aPath(t)
	l := created(t, path, quick())
	write(t, l, "a", "b")
	before, err := l.Changes(Records)
	require.NoError(t, err)
	h := l.header
	h.Counted = 0 // it knows no such field
	require.NoError(t, l.update("write a header", h.write))
	require.NoError(t, l.Close())
	for range 2 {
		l = opened(t, path, quick())
		after, err := l.Changes(Records)
		require.NoError(t, err)
		require.Equal(t, before+1, after, "once")
		require.NoError(t, l.Close())
	}
}

// A count that is damaged is found before the ledger is used, as a damaged value is.
func TestChangesAreProved(t *testing.T) {
	path := aPath(t)
	l := created(t, path, quick())
	write(t, l, "a", "b")
	require.NoError(t, l.update("damage a count", func(tx *bbolt.Tx) error {
		b, err := bucket(tx, headerTable)
		require.NoError(t, err)
		framed := append([]byte{}, b.Get(changesKey(Records))...)
		framed[len(framed)-1] ^= 1
		return b.Put(changesKey(Records), framed)
	}))
	_, err := l.Changes(Records)
	require.ErrorIs(t, err, ErrDamaged)
	require.NoError(t, l.shut())
	_, err = Open(path, quick())
	require.ErrorIs(t, err, ErrDamaged)
}
