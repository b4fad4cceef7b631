package campaign

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
	"kycbatch/ratelimit"
)

// TestOutageInMidRun: the API is down for a while and comes back. The run pauses and goes on by itself, no row fails or is
// put aside, and little is asked meanwhile.
func TestOutageInMidRun(t *testing.T) {
	for _, outage := range []struct {
		class sandbox.Fault
		lasts time.Duration
		most  int // what was under way when it began, the first doubling pauses, and then a request each half minute
	}{
		{sandbox.ConnectRefused, 8 * time.Minute, 40}, {sandbox.TimeoutNone, 8 * time.Minute, 40}, {sandbox.ErrorBefore, 8 * time.Minute, 40},
		{sandbox.ResetBefore, 3 * time.Hour, 384}, {sandbox.Throttled, 30 * time.Minute, 200}, // which says itself that a second or three are enough
	} {
		inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
			d.cfg.Brake, d.cfg.Workers, d.cfg.Progress = ratelimit.New(5), 16, &Progress{}
			d.give("spring", rows(0, 300)...)
			var before, during int64
			var down, anybody bool
			time.AfterFunc(20*time.Second, func() {
				require.NoError(t, d.api.SetFaults(sandbox.Faults{Rules: []sandbox.Rule{{Route: sandbox.AnyRoute, Class: outage.class}}}))
				before = d.cfg.Progress.Requests.Load()
				time.Sleep(outage.lasts)
				down, anybody = d.cfg.Progress.Down.Load(), true
				during = d.cfg.Progress.Requests.Load() - before
				require.NoError(t, d.api.SetFaults(sandbox.Faults{}))
			})
			s := d.create("spring", func(c *Config) { c.MaxOutage = 4 * time.Hour })
			d.counts(s, map[Outcome]int{OutcomeCreated: 300})
			require.Zero(t, s.Unaudited)
			require.True(t, anybody && down, "it shows that the API is down")
			require.False(t, d.cfg.Progress.Down.Load())
			require.Zero(t, d.api.Journal().Verdict().SecondMails)
			t.Logf("%s for %s: %d requests were sent into the outage", outage.class, outage.lasts, during)
			require.LessOrEqual(t, during, int64(outage.most))
		})
	}
}

// TestOutageRightAfterTheFirstRow: that the first session can't be read back says nothing about the API's metadata.
func TestOutageRightAfterTheFirstRow(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.cfg.Brake = ratelimit.New(1) // a look, the POST, and then the canary's look
		d.give("spring", rows(0, 1)...)
		time.AfterFunc(1500*time.Millisecond, func() {
			require.Len(t, d.api.Sessions("MA_000"), 1)
			require.NoError(t, d.api.SetFaults(sandbox.Faults{Rules: []sandbox.Rule{
				{Route: sandbox.AnyRoute, Class: sandbox.ConnectRefused, Until: 30 * time.Minute},
				{Route: sandbox.RouteGet, Class: sandbox.NotFoundOnce}, // and a replica lags when it is back
			}}))
		})
		s := d.create("spring", func(c *Config) { c.MaxOutage = time.Hour })
		require.Empty(t, s.Halt)
		require.Greater(t, s.Elapsed, 30*time.Minute)
		d.counts(s, map[Outcome]int{OutcomeCreated: 1})
	})
}

// TestOutageThatLasts is the end of patience, and of little else.
func TestOutageThatLasts(t *testing.T) {
	down := sandbox.Faults{Rules: []sandbox.Rule{{Route: sandbox.AnyRoute, Class: sandbox.ConnectRefused}}}
	inBubble(t, down, func(t *testing.T, d *desk) {
		d.cfg.Brake, d.cfg.Workers = ratelimit.New(5), 16
		d.give("spring", rows(0, 300)...)
		began := time.Now()
		s := d.create("spring")
		require.Equal(t, HaltOutage, s.Halt)
		require.Greater(t, time.Since(began), DefaultMaxOutage)
		require.Less(t, time.Since(began), DefaultMaxOutage+time.Minute)
		d.counts(s, map[Outcome]int{OutcomePending: 300})
		require.Less(t, s.Requests, 40)
	})
}
