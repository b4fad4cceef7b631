package campaign

import (
	"context"
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

// TestNoDeleteLeavesOnAnOldLook: the machine sleeps while a replacement waits for its turn, in which the monotonic clock stands
// still. Virtual time has one clock, so here the wall clock is ahead of it by hand.
func TestNoDeleteLeavesOnAnOldLook(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 1)...)
		d.create("spring")
		id := d.record("MA_000").Session.ID
		r, err := newRun(t.Context(), d.cfg, "spring")
		require.NoError(t, err)
		ctx, cancel := r.begin(t.Context())
		defer cancel()
		j := &job{account: Account{Record: d.record("MA_000")}, request: Request{Email: "a@example.com"}}
		j.account.End = Ending{Session: id, Why: why}
		j.account.fresh, j.action = r.now(), Action{Kind: Revoke}
		j.clock = wall().Add(-r.now()).Add(-3 * time.Hour) // as look sets it, three hours of sleep ago
		require.NoError(t, d.api.Set(id, "in_progress"))   // meanwhile the customer has begun
		r.cfg.Brake = ratelimit.New(1)
		require.Equal(t, Answer{Kind: AnswerUnsent}, r.revoke(ctx, j))
		require.Zero(t, d.revokes())
		require.Equal(t, "in_progress", d.newest("MA_000").Status)

		j.clock = wall().Add(-r.now()) // a look after it would let it leave
		began := time.Now()
		require.Equal(t, AnswerEnded, r.revoke(ctx, j).Kind)
		require.Equal(t, began, time.Now(), "what is overdue took no turn of the door")
		require.Equal(t, 1, d.revokes())
	})
}

// TestNoDeleteLeavesBehindTheDoor: a customer begins while the DELETE of the own session is held up behind the door.
func TestNoDeleteLeavesBehindTheDoor(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 1)...)
		d.create("spring")
		plan := d.plan(Order{Accounts: []string{"MA_000"}})
		d.cfg.Brake = ratelimit.New(1)
		before := d.newest("MA_000").ID
		lists := 0
		d.through(func(r *http.Request, api http.RoundTripper) (*http.Response, error) {
			answer, err := api.RoundTrip(r)
			if lists++; lists == 1 && isList(r) { // after the look others take the door for a while
				for range 90 {
					go func() { _ = d.cfg.Brake.Leave(context.Background()) }()
				}
				time.AfterFunc(61*time.Second, func() { _ = d.api.Set(before, "in_progress") })
			}
			return answer, err
		})
		require.Equal(t, map[string]OrderEnd{"MA_000": OrderCalledOff}, d.carryOut(plan))
		require.Zero(t, d.revokes())
		require.Equal(t, "in_progress", d.newest("MA_000").Status)
	})
}
