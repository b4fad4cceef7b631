package checkpoint

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// What somebody may put under a name that a file of the ledger has, or will have. None of it is written through.
func obstacles() map[string]func(t *testing.T, path, elsewhere string) {
	return map[string]func(t *testing.T, path, elsewhere string){
		"a link":      func(t *testing.T, path, elsewhere string) { require.NoError(t, os.Symlink(elsewhere, path)) },
		"a hard link": func(t *testing.T, path, elsewhere string) { require.NoError(t, os.Link(elsewhere, path)) },
		"a pipe":      func(t *testing.T, path, _ string) { require.NoError(t, syscall.Mkfifo(path, 0o666)) },
		"an open file": func(t *testing.T, path, _ string) {
			require.NoError(t, os.WriteFile(path, []byte("{}"), 0o666))
			require.NoError(t, os.Chmod(path, 0o666))
		},
	}
}

// Whatever lies in the place of a file beside the ledger, or of its unfinished form: nothing is written somewhere else, nothing is
// waited for, and all that is there at the end is the owner's alone. Or nothing is begun, and it says what is in the way.
func TestNothingIsWrittenThroughWhatIsPlanted(t *testing.T) {
	for what, plant := range obstacles() {
		for _, name := range []string{"ledger.db", ".ledger.db.new", "ledger.fence", ".ledger.fence.new", "ledger.holder", ".ledger.holder.new"} {
			dir := t.TempDir()
			require.NoError(t, os.Chmod(dir, 0o777))
			path, at, elsewhere := filepath.Join(dir, "ledger.db"), filepath.Join(dir, name), filepath.Join(t.TempDir(), "theirs")
			require.NoError(t, os.WriteFile(elsewhere, []byte("theirs"), 0o666))
			plant(t, at, elsewhere)
			l, err := Create(path, quick())
			if err == nil {
				require.NoError(t, l.Put(t.Context(), Write{Table: Campaigns, Key: []byte("k"), Value: []byte("v")}))
				require.NoError(t, l.Close())
				l, err = Open(path, quick())
				require.NoError(t, err, "%s as %s", what, name)
				require.NoError(t, l.Close())
				private(t, dir, what, name)
			} else {
				require.NotEqual(t, ".ledger.holder.new", name, "talk is no reason not to run: %v", err)
				require.NotContains(t, err.Error(), "too many levels", "%s as %s", what, name)
			}
			text, err := os.ReadFile(elsewhere)
			require.NoError(t, err)
			require.Equal(t, "theirs", string(text), "%s as %s", what, name)
		}
	}
}

// private says that every file of a folder is its owner's alone, and a plain one.
func private(t *testing.T, dir string, about ...any) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, e := range entries {
		info, err := e.Info()
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode(), append([]any{e.Name()}, about...)...)
	}
}

// A ledger that is a link, or has another name, is not written: the other place would change unseen, and a "backup" made by
// linking would be none. It can still be read under its own name.
func TestALinkedLedgerIsRefused(t *testing.T) {
	path := aPath(t)
	l, err := Create(path, quick())
	require.NoError(t, err)
	require.NoError(t, l.Close())
	link := filepath.Join(t.TempDir(), "ledger.db")
	require.NoError(t, os.Symlink(path, link))
	before := read(t, path)
	_, err = Open(link, quick())
	require.ErrorIs(t, err, ErrLinked)
	_, err = OpenReadOnly(link, quick())
	require.ErrorIs(t, err, ErrLinked)
	require.ErrorContains(t, err, "name the data directory")

	require.NoError(t, os.Remove(link))
	require.NoError(t, os.Link(path, link))
	_, err = Open(path, quick())
	require.ErrorIs(t, err, ErrLinked)
	require.ErrorContains(t, err, "has another name")
	require.Equal(t, before, read(t, path))
	l, err = OpenReadOnly(path, quick())
	require.NoError(t, err)
	require.NoError(t, l.Close())
	require.NoError(t, os.Remove(link))
	l, err = Open(path, quick())
	require.NoError(t, err)
	require.NoError(t, l.Close())
}

// A ledger that was put back with a mode for everybody is its owner's alone again.
func TestAnOpenLedgerIsClosedToOthers(t *testing.T) {
	path := aPath(t)
	l, err := Create(path, quick())
	require.NoError(t, err)
	require.NoError(t, l.Close())
	require.NoError(t, os.Chmod(path, 0o644))
	l, err = Open(path, quick())
	require.NoError(t, err)
	require.NoError(t, l.Close())
	private(t, filepath.Dir(path))
}
