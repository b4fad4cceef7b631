package campaign

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

// A link is durable before the ledger says created. These are the stories of runs that end in between.

func TestKilledBetweenLinkAndLedger(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 1)...)
		d.dies("spring", Created, d.redirect("spring"))
		require.Equal(t, Started, d.record("MA_000").State)
		session := d.api.Sessions("MA_000")[0].ID
		require.Equal(t, map[string]string{"MA_000": session}, d.linksOf("spring"), "kept for what the next run finds")

		s := d.create("spring", d.redirect("spring"))
		d.counts(s, map[Outcome]int{OutcomeAdopted: 1})
		require.Equal(t, []int{1, 0, 0}, []int{s.Links, s.LinksLost, s.Orphans})
		require.Equal(t, []int{1, 0}, []int{d.posts(), d.revokes()})
		require.Equal(t, map[string]string{"MA_000": session}, d.linksOf("spring"))
	})
}

// TestLinkOfAnotherCampaign: the account is in two files, and the run of the other one meets the session first.
// Its link is in the first one's file, so it is no orphan.
func TestLinkOfAnotherCampaign(t *testing.T) {
	for what, flow := range map[string]func(*desk) func(*Config){
		"redirect flow": func(d *desk) func(*Config) { return d.redirect("summer") },
		"email flow": func(d *desk) func(*Config) {
			return func(c *Config) { c.Dir = ResultsDir(d.dir, "summer") }
		},
	} {
		t.Run(what, func(t *testing.T) {
			inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
				d.give("spring", rows(0, 1)...)
				d.dies("spring", Created, d.redirect("spring"))
				session := d.api.Sessions("MA_000")[0].ID
				d.give("summer", rows(0, 2)...)
				d.create("summer", flow(d))
				rec := d.record("MA_000")
				require.Equal(t, []any{Created, session}, []any{rec.State, rec.Session.ID})
				require.Zero(t, d.revokes())
				require.Len(t, d.api.Sessions("MA_000"), 1)
				d.create("spring", d.redirect("spring"))
				require.Equal(t, session, d.linksOf("spring")["MA_000"])
			})
		})
	}
}

// TestUnreadableLinksEndNothing: where nobody knows whether a link is lost, no session is an orphan.
func TestUnreadableLinksEndNothing(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 1)...)
		d.dies("spring", Created, d.redirect("spring"))
		path := filepath.Join(ResultsDir(d.dir, "spring"), LinksFile)
		kept := read(t, path)
		require.NoError(t, os.WriteFile(path, []byte("a note\n"), 0o600))
		d.give("summer", rows(0, 1)...)
		s := d.create("summer", d.redirect("summer"))
		require.Equal(t, HaltLinks, s.Halt)
		require.ErrorContains(t, s.Cause, "read links.csv of campaign spring: it is not a file of links")
		require.Equal(t, Started, d.record("MA_000").State)
		require.Zero(t, d.revokes())

		require.NoError(t, os.WriteFile(path, []byte(kept), 0o600))
		d.counts(d.create("summer", d.redirect("summer")), map[Outcome]int{OutcomeAlready: 1})
		require.Zero(t, d.revokes())
	})
}
