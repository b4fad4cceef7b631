package main

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Only backups of that kind are counted and removed, the oldest first; whatever else lies there stays.
func TestKeepNewest(t *testing.T) {
	for keep := 1; keep < 7; keep++ {
		dir := t.TempDir()
		put := func(name, content string) {
			require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
		}
		at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
		var ours []string
		for i := range 5 {
			ours = append(ours, filepath.Join(dir, at.AddDate(0, i, 0).Format(byHandBackup)))
			put(filepath.Base(ours[i]), "copy")
		}
		others := []string{
			at.Format(nightlyBackup), "ledger-old.db", "ledger-20260102T030405Z.db.gz", "ledger.db", ".ledger-20260102T030405Z.db.1.new",
			"ledger-20259999T030405Z.db",
		}
		for _, name := range others {
			put(name, "precious")
		}
		put("ledger-20200101T000000Z.db", "") // kept free by another process for what it is writing
		require.NoError(t, os.Mkdir(filepath.Join(dir, "ledger-20200102T000000Z.db"), 0o700))
		removed, kept, err := keepNewest(dir, byHandBackup, keep)
		require.NoError(t, err)
		require.Equal(t, min(keep, 5), kept)
		require.Equal(t, fmt.Sprint(ours[:max(0, 5-keep)]), fmt.Sprint(removed))
		for _, path := range ours[max(0, 5-keep):] {
			require.FileExists(t, path)
		}
		for _, name := range append(others, "ledger-20200101T000000Z.db", "ledger-20200102T000000Z.db") {
			_, err := os.Stat(filepath.Join(dir, name))
			require.NoError(t, err, name)
		}
	}
}
