package campaign

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

// capped is a budget of so many mails a day. The bubble's clock begins at midnight UTC.
func capped(n int, more ...func(*Budget)) func(*Config) {
	return func(c *Config) {
		c.Budget = Budget{DailyCap: n, Zone: time.UTC}
		for _, change := range more {
			change(&c.Budget)
		}
	}
}

func waits(b *Budget) { b.Wait = true }

// TestCapEndsTheRun: what has no place stays pending, what was sent is audited, and other campaigns and processes count too.
func TestCapEndsTheRun(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		midnight := time.Date(2000, 1, 2, 0, 0, 0, 0, time.UTC)
		d.give("spring", rows(0, 8)...)
		s := d.create("spring", capped(5))
		d.counts(s, map[Outcome]int{OutcomeCreated: 5, OutcomePending: 3})
		require.Empty(t, s.Halt)
		require.Zero(t, s.Unaudited)
		require.Equal(t, &Closed{"the daily cap of 5 is used up", midnight}, s.Closed)

		d.give("summer", rows(8, 10)...)
		requests := d.api.Journal().Total(sandbox.AnyRoute)
		s = d.create("summer", capped(5))
		d.counts(s, map[Outcome]int{OutcomePending: 2})
		require.NotNil(t, s.Closed)
		require.Equal(t, requests, d.api.Journal().Total(sandbox.AnyRoute), "nobody is looked up in vain")
		d.counts(d.create("summer", capped(6)), map[Outcome]int{OutcomeCreated: 1, OutcomePending: 1})

		time.Sleep(24 * time.Hour)
		s = d.create("spring", capped(5))
		d.counts(s, map[Outcome]int{OutcomeCreated: 3, OutcomeAlready: 5})
		require.Nil(t, s.Closed, "there was a place for all")
	})
}

// TestClosedWindowStillFindsOut: what is in doubt is found out, and what was sent is audited, while no mail may leave.
func TestClosedWindowStillFindsOut(t *testing.T) {
	faults := sandbox.Faults{Rules: []sandbox.Rule{{Route: sandbox.RouteCreate, Class: sandbox.TimeoutEarly, Account: "MA_001"}}}
	inBubble(t, faults, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 2)...)
		s := d.create("spring", func(c *Config) { c.MaxDuration = time.Second })
		d.counts(s, map[Outcome]int{OutcomeCreated: 1, OutcomeInDoubt: 1})
		require.Equal(t, 1, s.Unaudited)

		d.give("spring", rows(0, 4)...)
		w, err := ParseWindow("09:00-19:00")
		require.NoError(t, err)
		s = d.create("spring", func(c *Config) { c.Budget = Budget{Window: w, Zone: time.UTC} })
		d.counts(s, map[Outcome]int{OutcomeAlready: 1, OutcomeAdopted: 1, OutcomePending: 2})
		require.Zero(t, s.Unaudited)
		require.Equal(t, &Closed{"the window is closed", time.Date(2000, 1, 1, 9, 0, 0, 0, time.UTC)}, s.Closed)
		require.Equal(t, 2, d.posts())
	})
}

// TestWaitGoesOn: one run over three days. Its limit and its refusals are those of the whole run.
func TestWaitGoesOn(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", append(rows(0, 14), "MA_NONE1,x@example.com,x")...)
		d.create("spring", func(c *Config) { c.Limit = 1 })
		s := d.create("spring", capped(5, waits), func(c *Config) { c.Limit, c.RetryRefused = 12, true })
		d.counts(s, map[Outcome]int{OutcomeAlready: 1, OutcomeCreated: 12, OutcomePending: 2})
		require.Zero(t, s.Unaudited)
		require.Nil(t, s.Closed)
		days := map[int]int{}
		for _, v := range d.api.Journal().Sessions {
			days[v.Created.Day()]++
		}
		require.Equal(t, map[int]int{1: 5, 2: 5, 3: 3}, days)
		refused := d.create("spring", capped(5, waits), func(c *Config) { c.RetryRefused = true })
		d.counts(refused, map[Outcome]int{OutcomeAlready: 13, OutcomeCreated: 1, OutcomeRefused: 1})
		looks := 0
		story, err := d.ledger.History("MA_NONE1")
		require.NoError(t, err)
		for _, e := range story.Entries {
			if e.Kind == KindRefused {
				looks++
			}
		}
		require.Equal(t, 1, looks)
	})
}

// TestRefusedOnceARun: a run that waits over night doesn't ask again for what the API refused the day before.
func TestRefusedOnceARun(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", append([]string{"MA_NONE1,x@example.com,x"}, rows(0, 3)...)...)
		d.counts(d.create("spring", capped(1, waits), func(c *Config) { c.RetryRefused = true }),
			map[Outcome]int{OutcomeCreated: 3, OutcomeRefused: 1})
		story, err := d.ledger.History("MA_NONE1")
		require.NoError(t, err)
		require.Len(t, story.Entries, 1)
		story, err = d.ledger.History("MA_000")
		require.NoError(t, err)
		require.Len(t, story.Entries, 3, "what was audited on the first day is not audited on each")
	})
}

// TestWaitIsInterrupted: Ctrl-C ends the wait at once.
func TestWaitIsInterrupted(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 3)...)
		cfg := d.cfg
		capped(1, waits)(&cfg)
		cfg.Progress = &Progress{}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(5*time.Hour, func() {
			require.Equal(t, "waiting: the daily cap of 1 is used up", cfg.Progress.Phase())
			require.Equal(t, time.Date(2000, 1, 2, 0, 0, 0, 0, time.UTC), cfg.Progress.Resumes().UTC())
			cancel()
		})
		s, err := Create(ctx, cfg, "spring")
		require.NoError(t, err)
		require.Equal(t, HaltDrained, s.Halt)
		d.counts(s, map[Outcome]int{OutcomeCreated: 1, OutcomePending: 2})
		require.Equal(t, 5*time.Hour, s.Elapsed.Truncate(time.Minute))
		require.Zero(t, cfg.Progress.Resumes())
	})
}

// TestCanaryAfterAWait: an audit that came first proves nothing about what is created after it.
func TestCanaryAfterAWait(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 1)...)
		d.create("spring", func(c *Config) { c.mutant = noAudit })
		d.give("spring", rows(0, 30)...)
		trimmed := sandbox.Faults{Rules: []sandbox.Rule{{Route: sandbox.RouteGet, Class: sandbox.MetadataTrimmed}}}
		require.NoError(t, d.api.SetFaults(trimmed))
		w, err := ParseWindow("09:00-19:00")
		require.NoError(t, err)
		s := d.create("spring", func(c *Config) { c.Budget = Budget{Window: w, Zone: time.UTC, Wait: true}; c.AuditAll = true })
		require.Equal(t, HaltMetadata, s.Halt)
		require.Equal(t, 2, d.posts())
	})
}

// TestUnsentMailHasAnIntentOnEachDay: what is sent again on another day counts for that day, also for the next process.
func TestUnsentMailHasAnIntentOnEachDay(t *testing.T) {
	unreachable := sandbox.Faults{Rules: []sandbox.Rule{{Route: sandbox.RouteCreate, Class: sandbox.ConnectRefused, To: 11}}}
	inBubble(t, unreachable, func(t *testing.T, d *desk) {
		time.Sleep(24*time.Hour - 85*time.Second)
		d.give("spring", rows(0, 1)...)
		d.counts(d.create("spring", capped(1, waits)), map[Outcome]int{OutcomeCreated: 1})
		story, err := d.ledger.History("MA_000")
		require.NoError(t, err)
		created := d.api.Sessions("MA_000")[0].Created
		require.Equal(t, 2, created.Day())
		counted := false
		for _, e := range story.Entries {
			counted = counted || e.Mail && e.At.Day() == 2
		}
		require.True(t, counted, "%+v", story.Entries)
		d.give("summer", rows(1, 2)...)
		d.counts(d.create("summer", capped(1)), map[Outcome]int{OutcomePending: 1})
	})
}

// TestRunsAfterOneWithAClockAhead: the cap goes on to be that of each day, whatever was dated years ahead.
func TestRunsAfterOneWithAClockAhead(t *testing.T) {
	dir := t.TempDir()
	on := func(day int, story func(d *desk)) {
		synctest.Test(t, func(t *testing.T) {
			time.Sleep(time.Duration(day) * 24 * time.Hour)
			d := newDesk(t, sandbox.Faults{})
			require.NoError(t, d.file.Close())
			d.dir = dir
			d.openLedger()
			story(d)
			require.NoError(t, d.file.Close())
		})
	}
	on(1000, func(d *desk) {
		d.give("ahead", rows(0, 3)...)
		d.counts(d.create("ahead", capped(3)), map[Outcome]int{OutcomeCreated: 3})
	})
	on(1, func(d *desk) {
		d.give("spring", rows(10, 12)...)
		s := d.create("spring", capped(3))
		d.counts(s, map[Outcome]int{OutcomePending: 2})
		require.Contains(t, s.Closed.Why, "clock was set back")
	})
	for day := 2; day < 5; day++ {
		on(day, func(d *desk) {
			name := fmt.Sprintf("on-%d", day)
			d.give(name, rows(10*day, 10*day+4)...)
			d.counts(d.create(name, capped(3)), map[Outcome]int{OutcomeCreated: 3, OutcomePending: 1})
		})
	}
}
