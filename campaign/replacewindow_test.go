package campaign

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
	"kycbatch/ratelimit"
)

// untilTime sleeps until a time of the bubble's next day, in UTC.
func untilTime(hour, minute, second int) {
	tomorrow := time.Now().UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
	at := time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute + time.Duration(second)*time.Second
	time.Sleep(time.Until(tomorrow.Add(at)))
}

func byDay(t *testing.T, wait bool) func(*Config) {
	w, err := ParseWindow("09:00-19:00")
	require.NoError(t, err)
	return func(c *Config) { c.Budget = Budget{Window: w, Zone: time.UTC, Wait: wait} }
}

// TestReplaceEndsNothingThatItCanNotFollowUp: whenever an order begins before its window closes, whoever's session is ended has another
// one by then.
func TestReplaceEndsNothingThatItCanNotFollowUp(t *testing.T) {
	replaced, left := 0, 0
	for start := range 20 {
		inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
			d.give("spring", rows(0, 20)...)
			d.create("spring")
			plan := d.plan(Order{})
			untilTime(18, 55, 7*start)
			d.cfg.Brake = ratelimit.New(10.0 / 60)
			for account, end := range d.carryOut(plan, byDay(t, false)) {
				if end == OrderOpen {
					left++
					require.Equal(t, "email_sent", d.newest(account).Status, "start %d s later: no session until the next window", 7*start)
				} else {
					replaced++
					require.Equal(t, OrderReplaced, end)
				}
			}
			d.unharmed()
		})
	}
	require.NotZero(t, replaced)
	require.NotZero(t, left)
	t.Logf("0 of %d orders that a window cut short: the customer has no session", left)
}

// TestReplaceWaitsForTheNextWindow: who may not begin any more waits for the window, and asks nobody meanwhile.
func TestReplaceWaitsForTheNextWindow(t *testing.T) {
	inSpring(t, func(t *testing.T, d *desk) {
		plan := d.plan(Order{})
		untilTime(18, 58, 10) // time for a mail, and not for what comes before it
		d.cfg.Brake = ratelimit.New(1)
		lists := d.api.Journal().Total(sandbox.RouteList)
		for account, end := range d.carryOut(plan, byDay(t, true)) {
			require.Equal(t, OrderReplaced, end, account)
			require.Equal(t, 9, d.newest(account).Created.Hour())
		}
		require.LessOrEqual(t, d.api.Journal().Total(sandbox.RouteList)-lists, 4*6, "a look before the window, one after it, one after the DELETE, the audit")
		d.unharmed()
	})
}

// TestPlaceIsKeptFromTheDeleteToThePost: nobody else can have it in between, and a new one is not taken on top.
func TestPlaceIsKeptFromTheDeleteToThePost(t *testing.T) {
	a := &allowance{Budget: Budget{DailyCap: 2, Zone: time.UTC}, reach: reachOf(DefaultTimeout)}
	noon := time.Date(2000, 1, 1, 12, 0, 0, 0, time.UTC)
	ours, ok := a.take(place{}, noon, 3*a.reach)
	require.True(t, ok)
	_, ok = a.take(place{}, noon.Add(time.Second), a.reach)
	require.True(t, ok)
	_, ok = a.take(place{}, noon.Add(time.Minute), a.reach)
	require.False(t, ok, "the cap is used up …")
	_, ok = a.take(place{taken: true, at: ours}, noon.Add(time.Minute), a.reach)
	require.True(t, ok, "… and ours is kept")
	require.Len(t, a.taken, 2)
	_, ok = a.take(place{}, noon.Add(time.Minute), a.reach)
	require.False(t, ok)
}
