package campaign

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/intake"
	"kycbatch/internal/sandbox"
)

// TestHoldIsKeptByOthers: whoever finds out what became of a held campaign's request sends no second one for it.
func TestHoldIsKeptByOthers(t *testing.T) {
	late := sandbox.Faults{LateBy: 3 * time.Hour, Rules: []sandbox.Rule{{Route: sandbox.RouteCreate, Class: sandbox.TimeoutLate, Nth: []int{1}}}}
	for how, finds := range map[string]func(d *desk, hold func(*Config)){
		"another campaign": func(d *desk, _ func(*Config)) {
			d.give("summer", rows(0, 1)...)
			d.create("summer")
		},
		"a run that excludes the row": func(d *desk, hold func(*Config)) {
			list := filepath.Join(d.dir, "exclude")
			require.NoError(d.t, os.WriteFile(list, []byte("customer0@example.com\n"), 0o600))
			x, err := intake.LoadExclusions(list)
			require.NoError(d.t, err)
			d.create("spring", hold, func(c *Config) { c.Exclude = x })
		},
	} {
		t.Run(how, func(t *testing.T) {
			inBubble(t, late, func(t *testing.T, d *desk) {
				hold := func(c *Config) { c.Settings = &Settings{Hold: true} }
				d.give("spring", rows(0, 1)...)
				d.create("spring", hold, func(c *Config) { c.MaxDuration = time.Minute }) // in doubt
				finds(d, hold)
				d.counts(d.create("spring"), map[Outcome]int{OutcomeUndecided: 1})
				require.Equal(t, 1, d.posts())
			})
		})
	}
}

// TestHoldAfterAnOrphan: an orphan that was found before hold came is left to a person.
func TestHoldAfterAnOrphan(t *testing.T) {
	faults := sandbox.Faults{Rules: []sandbox.Rule{
		{Route: sandbox.RouteCreate, Class: sandbox.ResetAfter, Nth: []int{1}}, {Route: sandbox.RouteRevoke, Class: sandbox.ErrorBefore},
	}}
	inBubble(t, faults, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 1)...)
		d.create("spring", d.redirect("spring"))
		require.NoError(t, d.api.SetFaults(sandbox.Faults{}))
		before := d.revokes()
		s := d.create("spring", d.redirect("spring"), func(c *Config) { c.Settings.Hold = true })
		d.counts(s, map[Outcome]int{OutcomeUndecided: 1})
		require.Equal(t, []int{before, 1}, []int{d.revokes(), d.posts()})
	})
}
