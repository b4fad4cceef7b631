package campaign

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

// What a session is judged by when its end hangs on the time: a Date that is weeks ahead takes nobody's session.
func TestOneOddDateRevokesNobodyAtTheGuard(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 1)...)
		theirs := d.api.Stranger("MA_000")
		d.oddDates(1, 1, 40*24*time.Hour)
		d.create("spring")
		v, _ := d.api.Session(theirs)
		require.Equal(t, "email_sent", v.Status, "a live session was revoked")
		require.Zero(t, d.posts())
	})
}

func TestOneOddDateRevokesNobodyAfterASweep(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 40)...)
		for n := range 40 {
			d.api.Stranger(fmt.Sprintf("MA_%03d", n))
		}
		d.oddDates(1, 1, 40*24*time.Hour)
		d.create("spring", func(c *Config) { c.Guard = GuardSweep })
		require.Zero(t, d.posts(), "live sessions were revoked, and nobody was told")
	})
}

func TestOddDatesOrderNothing(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 1)...)
		d.create("spring")
		id := d.record("MA_000").Session.ID
		d.oddDates(1, 3, 40*24*time.Hour)
		plan := d.plan(Order{Statuses: []string{StatusExpired}})
		d.oddDates(1, 2, 40*24*time.Hour)
		d.carryOut(plan)
		v, _ := d.api.Session(id)
		require.Equal(t, "email_sent", v.Status, "a live session was revoked")
		require.Equal(t, 1, d.posts(), "a second mail")
	})
}

// An order that was planned by a wrong clock has nothing to end: its account is what it was.
func TestOrderPlannedByAWrongClock(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 1)...)
		d.create("spring")
		d.oddDates(1, 3, 40*24*time.Hour)
		plan := d.plan(Order{Accounts: []string{"MA_000"}})
		require.Len(t, plan.Takes, 1)
		d.through(straight)
		d.carryOut(plan)
		for range 3 {
			time.Sleep(time.Hour)
			d.resume("spring")
			d.create("spring")
		}
		require.NotEqual(t, Pending, d.record("MA_000").Current(), "the row never ends, and nobody is told why")
	})
}
