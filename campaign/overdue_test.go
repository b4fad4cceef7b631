package campaign

import (
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/checkpoint"
	"kycbatch/internal/sandbox"
	"kycbatch/ratelimit"
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

// TestNoPostLeavesOnAnOldLook: commits and fences that stall let all workers go at once, and the door spaces them again. Whoever
// is behind it for too long looks again.
func TestNoPostLeavesOnAnOldLook(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 60)...)
		d.create("spring", func(c *Config) { c.Limit = 1 })
		d.cfg.Brake, d.cfg.Workers = ratelimit.New(1), 30
		var mu sync.Mutex
		looked, oldest := map[string]time.Time{}, time.Duration(0)
		d.through(func(r *http.Request, api http.RoundTripper) (*http.Response, error) {
			mu.Lock()
			if isList(r) {
				looked[r.URL.Query().Get("account_auth_id")] = time.Now()
			} else if r.Method == http.MethodPost {
				oldest = max(oldest, time.Since(looked[accountOf(t, r)]))
			}
			mu.Unlock()
			return api.RoundTrip(r)
		})
		var fences atomic.Int64
		d.cfg.Ledger = &Ledger{slowFence{d.file, func() {
			if n := fences.Add(1); n > 1 && n < 40 {
				time.Sleep(25 * time.Second)
			}
		}}}
		before := d.api.Journal().Total(sandbox.AnyRoute)
		s := d.create("spring")
		d.counts(s, map[Outcome]int{OutcomeAlready: 1, OutcomeCreated: 59})
		require.Equal(t, s.Requests, d.api.Journal().Total(sandbox.AnyRoute)-before, "what was held back is no request")
		require.LessOrEqual(t, oldest, DefaultGuardAge)
		t.Logf("0 of %d POSTs: on a look that is too old; the oldest look was %s old", d.posts(), oldest)
	})
}

// TestNoMailLeavesBehindTheWindow is the same for the end of a window, and for what the fence says: that no POST is under way
// later than it names.
func TestNoMailLeavesBehindTheWindow(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 60)...)
		d.create("spring", func(c *Config) { c.Limit = 1 })
		w, err := ParseWindow("09:00-19:00")
		require.NoError(t, err)
		end := time.Date(2000, 1, 1, 19, 0, 0, 0, time.UTC)
		time.Sleep(time.Until(end.Add(-50 * time.Second)))
		d.cfg.Brake, d.cfg.Workers, d.cfg.Timeout = ratelimit.New(1), 30, time.Second
		var mu sync.Mutex
		var last, fenced time.Time
		stalled, unfenced := 0, 0
		d.through(func(r *http.Request, api http.RoundTripper) (*http.Response, error) {
			if r.Method == http.MethodPost {
				mu.Lock()
				last = time.Now()
				if last.Add(d.cfg.Timeout).After(fenced) {
					unfenced++
				}
				if last.After(end.Add(-6 * time.Second)) {
					stalled++
				}
				mu.Unlock()
			}
			return api.RoundTrip(r)
		})
		var fences atomic.Int64
		d.cfg.Ledger = &Ledger{namedFence{slowFence{d.file, func() { // after the first mail the disk stalls, until five seconds before the end
			if fences.Add(1) > 1 {
				time.Sleep(time.Until(end.Add(-5 * time.Second)))
			}
		}}, func(until time.Time) {
			mu.Lock()
			defer mu.Unlock()
			if until.After(fenced) {
				fenced = until
			}
		}}}
		d.create("spring", func(c *Config) { c.Budget = Budget{Window: w, Zone: time.UTC} })
		require.Zero(t, unfenced, "under way later than the fence names")
		require.NotZero(t, stalled, "some were let go in time")
		require.False(t, last.Add(d.cfg.Timeout).After(end), "last mail: %s", last)
	})
}

// namedFence tells what a fence was set to.
type namedFence struct {
	slowFence
	names func(time.Time)
}

func (s namedFence) Fence(until time.Time) error {
	err := s.slowFence.Fence(until)
	s.names(until)
	return err
}
