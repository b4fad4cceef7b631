package campaign

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/checkpoint"
	"kycbatch/internal/sandbox"
	"kycbatch/ratelimit"
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

// TestRestoredUnderARun: a backup that is put in the place of the ledger while a run is on ends that run before its next
// request. The run that opens the backup waits out what can be under way, and catches nobody's session half-way.
func TestRestoredUnderARun(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 1500)...)
		first := d.cfg
		first.Brake = ratelimit.New(2)
		copied := filepath.Join(d.dir, "copy.db")
		require.NoError(t, d.file.Backup(copied))
		ended := make(chan Summary, 1)
		go func() {
			s, _ := Create(t.Context(), first, "spring")
			ended <- s
		}()
		time.Sleep(time.Minute)
		require.NoError(t, os.Rename(copied, LedgerPath(d.dir)))
		posts := d.posts()
		held := d.file
		d.openLedger()
		d.cfg.Brake = ratelimit.New(2)
		d.counts(d.create("spring"), map[Outcome]int{OutcomeCreated: 1500 - posts, OutcomeAdopted: posts})
		s := <-ended
		require.Equal(t, HaltLedger, s.Halt)
		require.ErrorIs(t, s.Cause, checkpoint.ErrReplaced)
		require.NoError(t, held.Close())
		require.Equal(t, 1500, d.posts())
		d.unharmed()
	})
}
