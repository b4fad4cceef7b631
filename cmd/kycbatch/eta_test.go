package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"kycbatch/campaign"
)

// At the rate of requests that a plan needs, a run of 300 rows is 600 requests and a few for the audit.
func TestEstimate(t *testing.T) {
	plan := campaign.Plan{Rows: 300, Mails: 300}
	require.Equal(t, 121*time.Second, estimate(plan, 5, string(campaign.GuardEach)))
	require.Equal(t, 61*time.Second, estimate(plan, 5, string(campaign.GuardSweep)))
	require.Zero(t, estimate(plan, 0, string(campaign.GuardEach)), "without a rate there is nothing to reckon with")
	require.Zero(t, estimate(campaign.Plan{Rows: 300}, 5, string(campaign.GuardEach)))
	require.Equal(t, 3*time.Second, estimate(campaign.Plan{Rows: 1000, Mails: 5}, 5, string(campaign.GuardEach)), "five are audited one by one")
}

func TestETA(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := view{
			rows: rapid.IntRange(1, 10000).Draw(t, "rows"), rate: rapid.Float64Range(0.1, 1000).Draw(t, "rate"),
			workers: rapid.IntRange(1, 64).Draw(t, "workers"), settle: time.Duration(rapid.IntRange(1, 600).Draw(t, "settle")) * time.Second,
			paused: time.Duration(rapid.IntRange(0, 60).Draw(t, "paused")) * time.Second,
			held:   time.Duration(rapid.IntRange(0, 60).Draw(t, "held")) * time.Second,
		}
		v.work = rapid.IntRange(0, v.rows).Draw(t, "work")
		v.fed = rapid.IntRange(0, v.rows).Draw(t, "fed")
		v.created = rapid.IntRange(0, v.fed).Draw(t, "created")
		v.waiting = rapid.IntRange(0, v.fed-v.created).Draw(t, "waiting")
		d, ok := v.eta()
		require.True(t, ok)
		require.GreaterOrEqual(t, d, v.paused+v.held)
		if v.waiting > 0 {
			require.GreaterOrEqual(t, d, v.settle, "what waits keeps the run")
		}
		more := v
		more.created, more.work = v.created, v.work+1
		later, _ := more.eta()
		require.GreaterOrEqual(t, later, d, "more work is never quicker")
		faster := v
		faster.rate *= 2
		sooner, _ := faster.eta()
		require.LessOrEqual(t, sooner, d)
		v.rate = 0
		_, ok = v.eta()
		require.False(t, ok)
	})
	audit := view{auditing: true, rows: 1000, toAudit: 1000, audited: 990, rate: 5}
	d, _ := audit.eta()
	require.Equal(t, 2*time.Second, d)
	resend := view{work: 40, toResend: 40, resent: 10, rate: 5, fed: 1000}
	d, _ = resend.eta()
	require.Equal(t, 12*time.Second, d, "a look and a mail each, and no audit")
	require.Equal(t, "10 of 40 reminders, 5.0/s, about 12 s left", howFar(resend.pass(), time.Now()))
}

// What is expected is never above what the brake allows, and follows an API that is slower, but not an idle pass.
func TestSpeed(t *testing.T) {
	var s speed
	require.InDelta(t, 50, s.expect(0, 50, true, time.Second), 0)
	for range 60 {
		s.expect(10, 50, false, time.Second)
	}
	require.InDelta(t, 10, s.expect(10, 50, false, time.Second), 1)
	require.InDelta(t, 10, s.expect(0, 50, true, time.Hour), 1)
	require.InDelta(t, 5, s.expect(10, 5, false, time.Second), 0)
	var unlimited speed
	require.Zero(t, unlimited.expect(0, 0, true, time.Second))
	require.Positive(t, unlimited.expect(400, 0, false, time.Second))
}
