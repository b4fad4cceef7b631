package campaign

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/checkpoint"
	"kycbatch/internal/sandbox"
)

// slowFence is a store whose fence takes its time.
type slowFence struct {
	*checkpoint.Ledger
	takes func()
}

func (s slowFence) Fence(until time.Time) error {
	s.takes()
	return s.Ledger.Fence(until)
}

// TestSlowFence: what is written down before a POST takes as long as the disk takes, and the look is too old by then.
func TestSlowFence(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 1)...)
		theirs, times := "", 0
		d.cfg.Ledger = &Ledger{slowFence{d.file, func() {
			if times++; times == 1 {
				time.Sleep(2 * time.Minute)
				theirs = d.api.Stranger("MA_000")
				time.Sleep(3 * time.Minute)
			}
		}}}
		d.counts(d.create("spring"), map[Outcome]int{OutcomeSkipped: 1})
		v, _ := d.api.Session(theirs)
		require.Equal(t, "email_sent", v.Status)
		require.Zero(t, d.posts())
	})
}

// TestSlowFenceAtTheEndOfAWindow is the same for a window that closes meanwhile.
func TestSlowFenceAtTheEndOfAWindow(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 1)...)
		time.Sleep(18*time.Hour + 57*time.Minute)
		d.cfg.Ledger = &Ledger{slowFence{d.file, func() { time.Sleep(5 * time.Minute) }}}
		w, err := ParseWindow("09:00-19:00")
		require.NoError(t, err)
		d.create("spring", func(c *Config) { c.Budget = Budget{Window: w, Zone: time.UTC} })
		require.Zero(t, d.posts())
	})
}
