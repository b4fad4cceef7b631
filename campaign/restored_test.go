package campaign

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

// TestRestoredLedgerEndsNothing: a ledger that has forgotten a session can't know that its link was lost.
func TestRestoredLedgerEndsNothing(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 3)...)
		backup := filepath.Join(d.dir, "copy.db")
		require.NoError(t, d.file.Backup(backup))
		d.create("spring", d.redirect("spring"))
		require.NoError(t, os.Remove(filepath.Join(ResultsDir(d.dir, "spring"), LinksFile))) // moved to where it is used
		require.NoError(t, d.file.Close())
		require.NoError(t, os.Rename(backup, LedgerPath(d.dir)))
		d.openLedger()
		d.counts(d.create("spring", d.redirect("spring")), map[Outcome]int{OutcomeUndecided: 3})
		require.Zero(t, d.revokes())
		require.Equal(t, 3, d.posts())
	})
}
