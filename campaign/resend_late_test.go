package campaign

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

// TestRetryLeavesInTimeForTheCooldown: a resend worked, and its answer and its process were lost. However slow the disk is when the
// next process retries: what leaves arrives within the cooldown of the first, even if it is as late as the settle time allows.
func TestRetryLeavesInTimeForTheCooldown(t *testing.T) {
	retries := 0
	for _, pause := range []time.Duration{10 * time.Minute, 19 * time.Minute, 19*time.Minute + 15*time.Second, 19*time.Minute + 25*time.Second} {
		for _, slow := range []time.Duration{0, 20 * time.Second, 55 * time.Second} {
			inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
				retries += d.retryBehindASlowDisk(pause, slow)
				_, resends, _ := d.mails("MA_000")
				require.Equal(t, 1, resends, "two mails of one due reminder: retry after %s, fence of %s", pause, slow)
			})
		}
	}
	require.NotZero(t, retries, "none was early enough to leave")
	t.Logf("0 of %d retries: a second mail", retries)
}

// retryBehindASlowDisk sends a resend whose answer and process are lost, lets another process find out later, whose fence takes its
// time and whose POSTs work as late as they can, and says how many these were.
func (d *desk) retryBehindASlowDisk(pause, slow time.Duration) int {
	isResend := func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/resend") }
	d.give("spring", rows(0, 1)...)
	d.create("spring", long)
	time.Sleep(80 * time.Hour)
	ctx, cancel := context.WithCancel(d.t.Context())
	d.through(func(r *http.Request, api http.RoundTripper) (*http.Response, error) {
		answer, err := api.RoundTrip(r)
		if isResend(r) {
			cancel()
			return nil, http.ErrServerClosed
		}
		return answer, err
	})
	_, err := Resend(ctx, d.cfg, Policy{}, "spring")
	require.NoError(d.t, err)
	require.True(d.t, d.record("MA_000").Resend.Underway())

	time.Sleep(pause)
	var retries atomic.Int64
	d.through(func(r *http.Request, api http.RoundTripper) (*http.Response, error) {
		if !isResend(r) {
			return api.RoundTrip(r)
		}
		retries.Add(1)
		late := r.WithContext(context.Background())
		time.AfterFunc(DefaultSettle-time.Second, func() {
			if answer, err := api.RoundTrip(late); err == nil {
				_ = answer.Body.Close()
			}
		})
		return nil, http.ErrServerClosed
	})
	fences := 0
	d.cfg.Ledger = &Ledger{slowFence{d.file, func() {
		if fences++; fences == 1 {
			time.Sleep(slow)
		}
	}}}
	_, err = Resend(d.t.Context(), d.cfg, Policy{}, "spring")
	require.NoError(d.t, err)
	time.Sleep(DefaultSettle)
	return int(retries.Load())
}

// TestPolicyStillHoldsBehindASlowDisk: what was due when its turn came is not any more when it could leave, for the mail might arrive
// after its link has expired.
func TestPolicyStillHoldsBehindASlowDisk(t *testing.T) {
	for slow, want := range map[time.Duration]ResendOutcome{0: ResendSent, 55 * time.Second: ResendNotDue} {
		inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
			d.give("spring", rows(0, 1)...)
			d.create("spring")
			time.Sleep(time.Until(d.record("MA_000").Session.Expires.Add(-DefaultSettle - DefaultTimeout - 30*time.Second)))
			d.cfg.Ledger = &Ledger{slowFence{d.file, func() { time.Sleep(slow) }}}
			require.Equal(t, map[ResendOutcome]int{want: 1}, d.resend("spring", Policy{}).Counts)
			rec := d.record("MA_000")
			require.False(t, rec.Resend.Underway())
			_, resends, _ := d.mails("MA_000")
			require.Equal(t, rec.Resend.Sent, resends)
		})
	}
}
