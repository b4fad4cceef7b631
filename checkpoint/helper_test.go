package checkpoint

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func us() Identity {
	return Identity{API: "https://api.example/partner", Partner: "PA_0123456789"}
}

func quick() Options {
	return Options{Identity: us(), NoSync: true, LockTimeout: time.Millisecond}
}

// aPath is the path of a ledger in a directory of its own.
func aPath(t testing.TB) string { return filepath.Join(t.TempDir(), "ledger.db") }

// created returns a new ledger, which is checked and closed after the test.
func created(t testing.TB, path string, o Options) *Ledger {
	t.Helper()
	l, err := Create(path, o)
	require.NoError(t, err)
	checkedAtEnd(t, l)
	return l
}

// opened is created for a ledger that is there.
func opened(t testing.TB, path string, o Options) *Ledger {
	t.Helper()
	l, err := Open(path, o)
	require.NoError(t, err)
	checkedAtEnd(t, l)
	return l
}

// checkedAtEnd verifies and closes l after the test, unless the test closed it.
func checkedAtEnd(t testing.TB, l *Ledger) {
	t.Cleanup(func() {
		if err := l.Verify(context.Background()); !errors.Is(err, ErrClosed) {
			require.NoError(t, err)
		}
		require.NoError(t, l.Close())
	})
}

// write puts one value of the table Records.
func write(t testing.TB, l *Ledger, key, value string) {
	t.Helper()
	require.NoError(t, l.Put(context.Background(), Write{Records, []byte(key), []byte(value)}))
}

// contents reads a whole ledger, by table and key.
func contents(t testing.TB, l *Ledger) map[Table]map[string]string {
	t.Helper()
	all := map[Table]map[string]string{}
	for _, table := range tables() {
		for e, err := range l.Scan(table, nil, nil) {
			require.NoError(t, err)
			if all[table] == nil {
				all[table] = map[string]string{}
			}
			all[table][string(e.Key)] = string(e.Value)
		}
	}
	return all
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	return b
}

func isLocked(err error, locked **LockedError) bool { return errors.As(err, locked) }
