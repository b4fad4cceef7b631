package campaign

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

// TestResultsStay: results.csv is only written anew where it, or what belongs into it, may have changed; and it is right in any case.
func TestResultsStay(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 5)...)
		dir := ResultsDir(d.dir, "spring")
		path, rejected := filepath.Join(dir, ResultsFile), filepath.Join(dir, RejectedFile)
		write := func(dir string) Files {
			c, err := d.ledger.Campaign("spring")
			require.NoError(t, err)
			files, err := d.ledger.WriteResults(dir, c, 0, nil)
			require.NoError(t, err)
			return files
		}
		stays := func(want bool, why string) {
			t.Helper()
			before, err := os.Stat(path)
			if err != nil {
				before = nil
			}
			files := write(dir)
			after, err := os.Stat(path)
			require.NoError(t, err)
			require.Equal(t, want, before != nil && os.SameFile(before, after), why)
			there := read(t, path)
			fresh := write(t.TempDir())
			require.Equal(t, read(t, fresh.Results), there, why)
			require.Equal(t, []int{fresh.Rows, fresh.Mend}, []int{files.Rows, files.Mend})
			require.NoError(t, os.Remove(path))
			write(dir)
		}
		d.create("spring", func(c *Config) { c.Limit = 3 })
		stays(false, "the first")
		stays(false, "rows are open")
		d.create("spring")
		stays(false, "they are not any more")
		stays(true, "nothing was done since")
		d.create("spring")
		stays(true, "a rerun did nothing")
		require.NoError(t, os.WriteFile(rejected, []byte("an earlier run's"), 0o600))
		stays(true, "it is about results.csv")
		require.NoFileExists(t, rejected)

		edited := []byte(read(t, path))
		edited[len(edited)-2] ^= 1
		require.NoError(t, os.WriteFile(path, edited, 0o600))
		require.NoError(t, os.Chtimes(path, time.Time{}, time.Unix(1, 0)))
		stays(false, "somebody has edited it")
		require.NoError(t, os.Chmod(path, 0o644))
		stays(false, "everybody may read it")
		require.NoError(t, os.Remove(path))
		stays(false, "it is gone")
		stays(true, "nothing was done since")

		d.acts("MA_001", "opened")
		d.sync()
		stays(false, "a session was opened")
		require.Contains(t, read(t, path), "opened")
		d.create("spring")
		stays(false, "settled again")
		stays(true, "nothing was done since")
		d.acts("MA_002", "opened")
		d.sync()
		d.create("spring")
		stays(false, "another was, and the file was not written since")
		d.give("spring", rows(0, 6)...)
		stays(false, "a row came in")
	})
}
