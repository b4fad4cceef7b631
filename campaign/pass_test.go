package campaign

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/checkpoint"
	"kycbatch/internal/intake"
	"kycbatch/internal/sandbox"
	"kycbatch/ratelimit"
)

func TestRerunSendsNothing(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 30)...)
		d.counts(d.create("spring"), map[Outcome]int{OutcomeCreated: 30})
		requests := d.api.Journal().Total(sandbox.AnyRoute)
		require.True(t, d.give("spring", rows(0, 30)...).Unchanged)
		again := d.create("spring")
		d.counts(again, map[Outcome]int{OutcomeAlready: 30})
		require.Zero(t, again.Requests)
		require.Equal(t, requests, d.api.Journal().Total(sandbox.AnyRoute))
	})
}

func TestChangedFile(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", "MA_A,a@example.com,x", "MA_B,b@example.com,x", "MA_C,c@example.com,x", "MA_D,d@example.com,x")
		d.counts(d.create("spring", func(c *Config) { c.Limit = 2 }), map[Outcome]int{OutcomeCreated: 2, OutcomePending: 2})

		// A was sent and is changed, B was sent and is gone, C is pending and changed, D is pending and gone, E is new.
		done := d.give("spring", "MA_E,e@example.com,x", "MA_C,new-c@example.com,x", "MA_A,new-a@example.com,x")
		require.Equal(t, 1, done.WithdrawnTotal)
		require.Equal(t, []int{5}, done.Withdrawn)
		again := d.give("spring", "MA_E,e@example.com,y", "MA_C,new-c@example.com,x", "MA_A,new-a@example.com,x")
		require.Zero(t, again.WithdrawnTotal, "withdrawn once")
		require.EqualValues(t, 3, done.Campaign.Rows)
		require.EqualValues(t, 2, done.Campaign.Kept)
		d.counts(d.create("spring"), map[Outcome]int{OutcomeCreated: 2, OutcomeConflict: 1})
		require.Equal(t, 4, d.posts(), "neither A again nor D at all")
		require.Empty(t, d.api.Sessions("MA_D"))
		require.Len(t, d.api.Sessions("MA_C"), 1)

		// Given back, D is pending again.
		d.give("spring", "MA_D,d@example.com,x")
		d.counts(d.create("spring"), map[Outcome]int{OutcomeCreated: 1})
		require.Zero(t, d.api.Journal().Verdict().SecondMails)
	})
}

// failingStore fails from the n-th Put on, as a process that was killed there.
type failingStore struct {
	*checkpoint.Ledger
	left int
}

var errKilled = errors.New("killed")

func (s *failingStore) Put(ctx context.Context, w ...checkpoint.Write) error {
	if s.left--; s.left < 0 {
		return errKilled
	}
	return s.Ledger.Put(ctx, w...)
}

// TestImportIsOneUnit cuts an import short at each of its commits: the earlier file stays in force, and the
// import can be done again.
func TestImportIsOneUnit(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		name := func(i int) string { return fmt.Sprintf("c%d", i) }
		done := false
		for puts := 0; !done; puts++ {
			n := name(puts)
			first := fmt.Sprintf("MA_%s,first@example.com,x", n)
			d.give(n, first)
			in := d.read(n, append(rows(puts*10000, puts*10000+importChunk), fmt.Sprintf("MA_%s,second@example.com,x", n))...)
			_, err := (&Ledger{&failingStore{d.file, puts}}).Import(t.Context(), n, in, "")
			done = err == nil
			c, errRead := d.ledger.Campaign(n)
			require.NoError(t, errRead)
			if done {
				require.EqualValues(t, 2, c.Import)
				break
			}
			require.ErrorIs(t, err, errKilled)
			if c.Import == 2 { // the switch was made, and only the cleaning was cut short
				continue
			}
			require.EqualValues(t, 1, c.Import)
			plan, err := MakePlan(t.Context(), PlanConfig{Ledger: d.ledger, Name: n})
			require.NoError(t, err)
			require.Equal(t, map[Outcome]int{OutcomePending: 1}, plan.Counts)
			require.EqualValues(t, importChunk+1, d.give(n, append(rows(puts*10000, puts*10000+importChunk), first)...).Campaign.Rows)
		}
	})
}

func TestNewCampaignCutShortIsNoCampaign(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		in := d.read("spring", rows(0, 3)...)
		_, err := (&Ledger{&failingStore{d.file, 1}}).Import(t.Context(), "spring", in, "")
		require.ErrorIs(t, err, errKilled)
		_, err = Create(t.Context(), d.cfg, "spring")
		require.ErrorIs(t, err, ErrNoCampaign)
		all, err := d.ledger.Campaigns()
		require.NoError(t, err)
		require.Empty(t, all)
		require.Zero(t, d.posts())
	})
}

func TestRefusedRowIsPendingAgainWhenMended(t *testing.T) {
	inBubble(t, sandbox.Faults{Rules: []sandbox.Rule{}}, func(t *testing.T, d *desk) {
		d.give("spring", "MA_A,a@example.com,x", "MA_NONE1,b@example.com,x")
		first := d.create("spring")
		d.counts(first, map[Outcome]int{OutcomeCreated: 1, OutcomeRefused: 1})
		d.counts(d.create("spring"), map[Outcome]int{OutcomeAlready: 1, OutcomeRefused: 1})

		requests := d.api.Journal().Total(sandbox.AnyRoute)
		retried := d.create("spring", func(c *Config) { c.RetryRefused = true })
		d.counts(retried, map[Outcome]int{OutcomeAlready: 1, OutcomeRefused: 1})
		require.Greater(t, d.api.Journal().Total(sandbox.AnyRoute), requests)

		d.give("spring", "MA_A,a@example.com,x", "MA_NONE1,other@example.com,x")
		plan, err := MakePlan(t.Context(), PlanConfig{Ledger: d.ledger, Name: "spring"})
		require.NoError(t, err)
		require.Equal(t, map[Outcome]int{OutcomeAlready: 1, OutcomePending: 1}, plan.Counts)
	})
}

func TestAccountInTwoCampaigns(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 3)...)
		d.create("spring")
		d.give("summer", rows(2, 5)...)
		d.counts(d.create("summer"), map[Outcome]int{OutcomeAlready: 1, OutcomeCreated: 2})

		// Ten days on, the sessions have expired: a later campaign opens a new round for them.
		time.Sleep(10 * 24 * time.Hour)
		d.give("autumn", rows(0, 3)...)
		d.counts(d.create("autumn"), map[Outcome]int{OutcomeCreated: 3})
		rec, _, err := d.ledger.Record("MA_000")
		require.NoError(t, err)
		require.Equal(t, 2, rec.Round)
		require.Nil(t, rec.Request, "what was sent is kept no longer than it may be sent again")
		require.Zero(t, d.api.Journal().Verdict().Accidents)
		d.counts(d.create("spring"), map[Outcome]int{OutcomeAlready: 3})
	})
}

func TestStrangerIsSkippedAndRemembered(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.api.Stranger("MA_001")
		completed := d.api.Stranger("MA_002")
		require.NoError(t, d.api.Set(completed, "kyc_completed"))
		d.give("spring", rows(0, 3)...)
		plan, err := MakePlan(t.Context(), PlanConfig{Ledger: d.ledger, Name: "spring", Client: d.cfg.Client, Brake: d.cfg.Brake})
		require.NoError(t, err)
		require.Equal(t, map[Outcome]int{OutcomePending: 1, OutcomeSkipped: 2}, plan.Counts)
		for _, guard := range []GuardMode{GuardEach, GuardSweep} {
			name := "with-" + string(guard)
			d.give(name, fmt.Sprintf("MA_%s,x@example.com,x", guard), "MA_001,y@example.com,x", "MA_002,z@example.com,x")
			d.counts(d.create(name, func(c *Config) { c.Guard = guard }), map[Outcome]int{OutcomeCreated: 1, OutcomeSkipped: 2})
			d.counts(d.create(name), map[Outcome]int{OutcomeAlready: 1, OutcomeSkipped: 2})
		}
		require.Equal(t, 2, d.posts())
	})
}

func TestExcludedAfterwards(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 3)...)
		list := filepath.Join(d.dir, "exclude")
		require.NoError(t, os.WriteFile(list, []byte("MA_000\nCUSTOMER2@example.com\n"), 0o600))
		x, err := intake.LoadExclusions(list)
		require.NoError(t, err)
		d.counts(d.create("spring", func(c *Config) { c.Exclude = x }), map[Outcome]int{OutcomeCreated: 1, OutcomeSkipped: 2})
		require.Equal(t, 1, d.posts())
	})
}

func TestTwentyRefusalsStopTheRun(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		var all []string
		for i := range 60 {
			all = append(all, fmt.Sprintf("MA_NONE%d,x%d@example.com,x", i, i))
		}
		d.give("spring", all...)
		s := d.create("spring")
		require.Equal(t, HaltRefusals, s.Halt)
		d.counts(s, map[Outcome]int{OutcomeRefused: 20, OutcomePending: 40})
	})
}

func TestCanaryStopsWhereMetadataIsLost(t *testing.T) {
	trimmed := sandbox.Faults{Rules: []sandbox.Rule{{Route: sandbox.RouteGet, Class: sandbox.MetadataTrimmed}}}
	inBubble(t, trimmed, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 30)...)
		s := d.create("spring")
		require.Equal(t, HaltMetadata, s.Halt)
		require.Equal(t, 1, d.posts(), "one row at a time until the attempt id was read back")
	})
}

func TestCanaryWaitsForALaggingReplica(t *testing.T) {
	lag := sandbox.Faults{Rules: []sandbox.Rule{{Route: sandbox.RouteGet, Class: sandbox.NotFoundOnce}}}
	inBubble(t, lag, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 3)...)
		d.counts(d.create("spring"), map[Outcome]int{OutcomeCreated: 3})
	})
}

func TestWrongCredentialsBlameNoRow(t *testing.T) {
	denied := sandbox.Faults{Rules: []sandbox.Rule{{Route: sandbox.RouteCreate, Class: sandbox.Unauthorized, From: 1, To: 1}}}
	inBubble(t, denied, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 5)...)
		s := d.create("spring")
		require.Equal(t, HaltCredentials, s.Halt)
		d.counts(s, map[Outcome]int{OutcomeInDoubt: 1, OutcomePending: 4})
		require.Zero(t, d.api.Journal().After401)
		require.NoError(t, d.api.SetFaults(sandbox.Faults{}))
		d.counts(d.create("spring"), map[Outcome]int{OutcomeCreated: 5})
		require.Zero(t, d.api.Journal().Verdict().SecondMails)
	})
}

func TestIncidentIsNamedUntilItWasTold(t *testing.T) {
	after := sandbox.Faults{Rules: []sandbox.Rule{{Route: sandbox.RouteCreate, Class: sandbox.StrangerAfter, Account: "MA_001"}}}
	inBubble(t, after, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 3)...)
		s := d.create("spring")
		require.Len(t, s.Incidents, 1)
		require.Equal(t, "MA_001", s.Incidents[0].Account)
		again := d.create("spring") // the first one died before it could say so
		require.Equal(t, s.Incidents, again.Incidents)
		require.NoError(t, d.ledger.Told(t.Context(), again))
		require.Empty(t, d.create("spring").Incidents)
		rec, _, err := d.ledger.Record("MA_001")
		require.NoError(t, err)
		require.NotEmpty(t, rec.Incident, "kept")
	})
}

// TestStrangerAtTheSameTimeIsNamed: a session that somebody else creates between our guard and our POST
// can't be saved, so it is told.
func TestStrangerAtTheSameTimeIsNamed(t *testing.T) {
	raced := sandbox.Faults{Rules: []sandbox.Rule{{Route: sandbox.RouteList, Class: sandbox.StrangerAfter, Account: "MA_001", To: 1}}}
	inBubble(t, raced, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 3)...)
		s := d.create("spring")
		d.counts(s, map[Outcome]int{OutcomeCreated: 3})
		require.Len(t, s.Incidents, 1)
		require.Contains(t, s.Incidents[0].What, "somebody else")
	})
}

// TestBrokenSweepStillShows: what a sweep showed before it broke off is there, whatever a staler look says.
func TestBrokenSweepStillShows(t *testing.T) {
	faults := sandbox.Faults{StaleBy: time.Hour, Rules: []sandbox.Rule{
		{Route: sandbox.RouteList, Class: sandbox.StaleList, Account: "MA_001"},
		{Route: sandbox.RouteList, Class: sandbox.LyingTotal},
	}}
	inBubble(t, faults, func(t *testing.T, d *desk) {
		d.api.Stranger("MA_001")
		d.give("spring", "MA_001,x@example.com,x")
		d.counts(d.create("spring", func(c *Config) { c.Guard = GuardSweep }), map[Outcome]int{OutcomeSkipped: 1})
		require.Zero(t, d.posts())
	})
}

func TestDrainFinishesWhatIsUnderWay(t *testing.T) {
	slow := sandbox.Faults{Rules: []sandbox.Rule{{Route: sandbox.RouteCreate, Class: sandbox.TimeoutEarly, Account: "MA_002"}}}
	inBubble(t, slow, func(t *testing.T, d *desk) {
		d.cfg.Brake = ratelimit.New(10)
		d.give("spring", rows(0, 200)...)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(5*time.Second, cancel)
		began := time.Now()
		s, err := Create(ctx, d.cfg, "spring")
		require.NoError(t, err)
		require.Equal(t, HaltDrained, s.Halt)
		require.Less(t, time.Since(began), 5*time.Second+DefaultTimeout+time.Second)
		require.Equal(t, 1, s.Counts[OutcomeInDoubt], "%v", s.Counts)
		require.Equal(t, 200, s.Counts[OutcomeInDoubt]+s.Counts[OutcomeCreated]+s.Counts[OutcomePending])
		require.Equal(t, d.posts(), s.Counts[OutcomeCreated]+1)
		d.counts(d.create("spring"), map[Outcome]int{OutcomeAdopted: 1, OutcomeAlready: s.Counts[OutcomeCreated], OutcomeCreated: s.Counts[OutcomePending]})
	})
}

func TestMaxDuration(t *testing.T) {
	lost := sandbox.Faults{Rules: []sandbox.Rule{{Route: sandbox.RouteCreate, Class: sandbox.ResetBefore, Nth: []int{1}}}}
	inBubble(t, lost, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 3)...)
		s := d.create("spring", func(c *Config) { c.MaxDuration = time.Minute })
		require.Equal(t, HaltDuration, s.Halt)
		d.counts(s, map[Outcome]int{OutcomeInDoubt: 3})
		d.counts(d.create("spring"), map[Outcome]int{OutcomeCreated: 3})
	})
}

func TestOutageEndsTheRunAndFailsNoRow(t *testing.T) {
	down := sandbox.Faults{Rules: []sandbox.Rule{{Route: sandbox.AnyRoute, Class: sandbox.ConnectRefused}}}
	inBubble(t, down, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 50)...)
		s := d.create("spring", func(c *Config) { c.MaxOutage = 5 * time.Minute })
		require.Equal(t, HaltOutage, s.Halt)
		d.counts(s, map[Outcome]int{OutcomePending: 50})
		require.NoError(t, d.api.SetFaults(sandbox.Faults{}))
		d.counts(d.create("spring"), map[Outcome]int{OutcomeCreated: 50})
	})
}

// TestRestoredLedgerWaits: a copy that was put back doesn't know the POSTs made after it. It waits until
// they have settled, and its guard finds them.
func TestRestoredLedgerWaits(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 4)...)
		backup := filepath.Join(d.dir, "copy.db")
		require.NoError(t, d.file.Backup(backup))
		d.create("spring")
		require.NoError(t, d.file.Close())
		require.NoError(t, os.Rename(backup, LedgerPath(d.dir)))
		d.openLedger()
		began := time.Now()
		d.counts(d.create("spring"), map[Outcome]int{OutcomeAdopted: 4})
		require.GreaterOrEqual(t, time.Since(began), DefaultSettle)
		require.Equal(t, 4, d.posts())
	})
}

func TestHoldNeverPostsTwice(t *testing.T) {
	lost := sandbox.Faults{Rules: []sandbox.Rule{{Route: sandbox.RouteCreate, Class: sandbox.ResetBefore}}}
	inBubble(t, lost, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 3)...)
		d.counts(d.create("spring", func(c *Config) { c.Settings = &Settings{Hold: true} }), map[Outcome]int{OutcomeUndecided: 3})
		require.Equal(t, 3, d.posts())
	})
}

func TestAttemptsUsedUp(t *testing.T) {
	lost := sandbox.Faults{Rules: []sandbox.Rule{{Route: sandbox.RouteCreate, Class: sandbox.ResetBefore}}}
	inBubble(t, lost, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 3)...)
		d.counts(d.create("spring"), map[Outcome]int{OutcomeUndecided: 3})
		require.Equal(t, 3*DefaultMaxAttempts, d.posts())
	})
}

// TestSlowRateKeepsTheGuardFresh: however slow the brake and however many the workers, a row costs its look,
// its POST and its audit, and no look is in vain.
func TestSlowRateKeepsTheGuardFresh(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.cfg.Workers, d.cfg.Brake = 64, ratelimit.New(10.0/60)
		d.give("spring", rows(0, 20)...)
		s := d.create("spring", func(c *Config) { c.MaxDuration = 24 * time.Hour })
		d.counts(s, map[Outcome]int{OutcomeCreated: 20})
		require.LessOrEqual(t, s.Requests, 20+20+1+20)

		d.cfg.Brake = ratelimit.New(MinRate)
		d.give("summer", rows(20, 23)...)
		d.counts(d.create("summer", func(c *Config) { c.MaxDuration = 24 * time.Hour }), map[Outcome]int{OutcomeCreated: 3})

		d.cfg.Brake = ratelimit.New(MinRate * 0.9)
		_, err := Create(t.Context(), d.cfg, "summer")
		require.ErrorIs(t, err, ErrRate)
	})
}

// TestUnsentRowIsGivenBack: a POST that provably never left doesn't leave its row in doubt.
func TestUnsentRowIsGivenBack(t *testing.T) {
	unreachable := sandbox.Faults{Rules: []sandbox.Rule{{Route: sandbox.RouteCreate, Class: sandbox.ConnectRefused}}}
	inBubble(t, unreachable, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 2)...)
		s := d.create("spring", func(c *Config) { c.MaxDuration = 20 * time.Second })
		d.counts(s, map[Outcome]int{OutcomePending: 2})
		require.NoError(t, d.api.SetFaults(sandbox.Faults{}))
		d.counts(d.create("spring"), map[Outcome]int{OutcomeCreated: 2})
	})
}

func TestThrottlingCostsNoAttempt(t *testing.T) {
	busy := sandbox.Faults{Rules: []sandbox.Rule{{Route: sandbox.RouteCreate, Class: sandbox.Throttled, From: 1, To: 5}}}
	inBubble(t, busy, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 2)...)
		d.counts(d.create("spring"), map[Outcome]int{OutcomeCreated: 2})
		require.Equal(t, 12, d.posts(), "five that were throttled and one that worked, each")
	})
}

// TestThrottlingCostsNoAttemptInNightsEither: runs that end in doubt, each after a 429, or after as many as one run asks for.
func TestThrottlingCostsNoAttemptInNightsEither(t *testing.T) {
	busy := sandbox.Faults{Rules: []sandbox.Rule{{Route: sandbox.RouteCreate, Class: sandbox.Throttled}}}
	for _, lasts := range []time.Duration{DefaultSettle + time.Minute, 0} {
		inBubble(t, busy, func(t *testing.T, d *desk) {
			d.give("spring", rows(0, 1)...)
			for range DefaultMaxAttempts {
				d.counts(d.create("spring", func(c *Config) { c.MaxDuration = lasts }), map[Outcome]int{OutcomeInDoubt: 1})
			}
			require.Greater(t, d.posts(), DefaultMaxAttempts)
			require.NoError(t, d.api.SetFaults(sandbox.Faults{}))
			d.counts(d.create("spring"), map[Outcome]int{OutcomeCreated: 1})
			t.Logf("%d requests answered 429 in %d runs, and one that worked", d.posts()-1, DefaultMaxAttempts)
		})
	}
}
