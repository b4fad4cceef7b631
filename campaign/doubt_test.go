package campaign

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/intake"
	"kycbatch/internal/sandbox"
	"kycbatch/internal/vobiz"
	"kycbatch/ratelimit"
)

// TestRolledBackLedgerKnowsItsOwn: a ledger that was put back to the middle of a round finds the later attempt
// of that round.
func TestRolledBackLedgerKnowsItsOwn(t *testing.T) {
	lost := sandbox.Faults{Rules: []sandbox.Rule{{Route: sandbox.RouteCreate, Class: sandbox.ResetBefore, Nth: []int{1}}}}
	inBubble(t, lost, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 4)...)
		d.counts(d.create("spring", func(c *Config) { c.MaxDuration = time.Minute }), map[Outcome]int{OutcomeInDoubt: 4})
		backup := filepath.Join(d.dir, "copy.db")
		require.NoError(t, d.file.Backup(backup))
		d.counts(d.create("spring"), map[Outcome]int{OutcomeCreated: 4})
		require.NoError(t, d.file.Close())
		require.NoError(t, os.Rename(backup, LedgerPath(d.dir)))
		d.openLedger()
		d.counts(d.create("spring"), map[Outcome]int{OutcomeAdopted: 4})
		require.Equal(t, 8, d.posts())
		require.Zero(t, d.api.Journal().Verdict().SecondMails)
	})
}

// TestRestoredLedgerSendsNothingTwice: what was sent after the copy and has ended since is not sent again, but for a link
// that nobody has.
func TestRestoredLedgerSendsNothingTwice(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 3)...)
		copied := d.copied()
		d.counts(d.create("spring"), map[Outcome]int{OutcomeCreated: 3})
		done, err := CarryOut(t.Context(), d.cfg, d.plan(Order{Accounts: []string{"MA_000"}, Why: "asked for it", Only: true}))
		require.NoError(t, err)
		d.counts(done.Summary, map[Outcome]int{OutcomeSkipped: 1, OutcomeAlready: 2})
		require.NoError(t, d.api.Set(d.newest("MA_001").ID, statusRevoked))
		time.Sleep(40 * days) // and the third has expired
		d.restore(copied)
		d.counts(d.create("spring"), map[Outcome]int{OutcomeAdopted: 3})
		require.Equal(t, 3, d.posts())
	})
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 1)...)
		copied := d.copied()
		d.create("spring", d.redirect("spring"))
		require.NoError(t, d.api.Set(d.newest("MA_000").ID, statusRevoked))
		require.NoError(t, os.Remove(filepath.Join(ResultsDir(d.dir, "spring"), LinksFile)))
		d.restore(copied)
		d.counts(d.create("spring", d.redirect("spring")), map[Outcome]int{OutcomeCreated: 1})
	})
}

// inDoubt brings two rows into doubt by requests that are lost, and mends the network.
func inDoubt(t *testing.T, story func(t *testing.T, d *desk)) {
	lost := sandbox.Faults{Rules: []sandbox.Rule{{Route: sandbox.RouteCreate, Class: sandbox.ResetBefore}}}
	inBubble(t, lost, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 2)...)
		d.counts(d.create("spring", func(c *Config) { c.MaxDuration = time.Minute }), map[Outcome]int{OutcomeInDoubt: 2})
		require.NoError(t, d.api.SetFaults(sandbox.Faults{}))
		story(t, d)
	})
}

// What is in doubt may only be found out, not be sent again, once the row is excluded, changed or gone.
func TestInDoubtAndExcluded(t *testing.T) {
	inDoubt(t, func(t *testing.T, d *desk) {
		list := filepath.Join(d.dir, "exclude")
		require.NoError(t, os.WriteFile(list, []byte("customer0@example.com\n"), 0o600))
		x, err := intake.LoadExclusions(list)
		require.NoError(t, err)
		d.counts(d.create("spring", func(c *Config) { c.Exclude = x }), map[Outcome]int{OutcomeSkipped: 1, OutcomeCreated: 1})
		require.Empty(t, d.api.Sessions("MA_000"))
	})
}

func TestInDoubtAndChanged(t *testing.T) {
	inDoubt(t, func(t *testing.T, d *desk) {
		d.give("spring", "MA_000,mended@example.com,x", "MA_001,broken,x")
		d.counts(d.create("spring"), map[Outcome]int{OutcomePending: 1, OutcomeInvalid: 1})
		d.counts(d.create("spring"), map[Outcome]int{OutcomeCreated: 1, OutcomeInvalid: 1})
		rec, _, err := d.ledger.Record("MA_000")
		require.NoError(t, err)
		require.Equal(t, 2, rec.Round, "what was never sent by the first round is sent by another")
	})
}

func TestInDoubtAndGone(t *testing.T) {
	inDoubt(t, func(t *testing.T, d *desk) {
		d.give("spring", "MA_000,broken,x", "MA_001,customer1@example.com,starter")
		d.give("spring", "MA_002,x@example.com,x")
		s := d.create("spring", func(c *Config) { c.MaxDuration = time.Minute })
		d.counts(s, map[Outcome]int{OutcomeCreated: 1})
		require.Equal(t, 2, s.GoneInDoubt)
		s = d.create("spring")
		require.Zero(t, s.GoneInDoubt)
		require.Len(t, d.api.Journal().Sessions, 1)
	})
}

func TestInDoubtComesBeforeWhatTheFileSays(t *testing.T) {
	inDoubt(t, func(t *testing.T, d *desk) {
		c := d.give("spring", "MA_000,broken,x", "MA_001,customer1@example.com,starter").Campaign
		got := map[Outcome]int{}
		for res, err := range d.ledger.Results(c, 0, nil) {
			require.NoError(t, err)
			got[res.Outcome]++
		}
		require.Equal(t, map[Outcome]int{OutcomeInDoubt: 2}, got)
	})
}

// TestCreatedRowThatBreaksStaysCreated: the link lives, whatever the newest file says of it.
func TestCreatedRowThatBreaksStaysCreated(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 2)...)
		d.create("spring")
		d.give("spring", "MA_000,broken,x", "MA_001,customer1@example.com,starter")
		d.counts(d.create("spring"), map[Outcome]int{OutcomeConflict: 1, OutcomeAlready: 1})
	})
}

// TestLaterCampaignDoesNotEraseAnEarlierOne: its guard's refusal is its own affair.
func TestLaterCampaignDoesNotEraseAnEarlierOne(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 1)...)
		d.create("spring")
		time.Sleep(10 * 24 * time.Hour) // it expired
		d.api.Stranger("MA_000")
		d.give("summer", rows(0, 1)...)
		d.counts(d.create("summer"), map[Outcome]int{OutcomeAlready: 1})
		d.counts(d.create("spring"), map[Outcome]int{OutcomeAlready: 1})
		require.Equal(t, 1, d.posts())
	})
}

// TestPlanNamesEveryMail: what was skipped for another campaign's sake can be sent for this one.
func TestPlanNamesEveryMail(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		theirs := d.api.Stranger("MA_000")
		d.give("spring", rows(0, 1)...)
		d.counts(d.create("spring"), map[Outcome]int{OutcomeSkipped: 1})
		require.NoError(t, d.api.Set(theirs, "revoked"))
		plan, err := MakePlan(t.Context(), PlanConfig{Ledger: d.ledger, Name: "summer", File: d.read("summer", rows(0, 1)...)})
		require.NoError(t, err)
		require.Equal(t, 1, plan.Mails)
		d.give("summer", rows(0, 1)...)
		d.counts(d.create("summer"), map[Outcome]int{OutcomeCreated: 1})
	})
}

// TestMendedRowsAreSentAfterASafetyStop: rows that were refused before a stop, and mended, are not only audited.
func TestMendedRowsAreSentAfterASafetyStop(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		refused := func(email string) (all []string) {
			for i := range 25 {
				all = append(all, fmt.Sprintf("MA_NONE%d,%s%d@example.com,x", i, email, i))
			}
			return all
		}
		d.give("spring", refused("a")...)
		require.Equal(t, HaltRefusals, d.create("spring").Halt)
		d.give("spring", append([]string{"MA_000,x@example.com,x"}, refused("b")...)...)
		d.counts(d.create("spring"), map[Outcome]int{OutcomeCreated: 1, OutcomeRefused: 25})
		d.counts(d.create("spring"), map[Outcome]int{OutcomeAlready: 1, OutcomeRefused: 25})
	})
}

// TestOneFailureAfterAQuietTimeIsNoOutage: an outage begins with the first answer that is none.
func TestOneFailureAfterAQuietTimeIsNoOutage(t *testing.T) {
	once := sandbox.Faults{Rules: []sandbox.Rule{{Route: sandbox.RouteList, Class: sandbox.ErrorBefore, Account: "MA_000", Nth: []int{1}}}}
	inBubble(t, once, func(t *testing.T, d *desk) {
		backup := filepath.Join(d.dir, "copy.db")
		require.NoError(t, d.file.Backup(backup))
		require.NoError(t, d.file.Close())
		require.NoError(t, os.Rename(backup, LedgerPath(d.dir)))
		d.openLedger()
		d.give("spring", rows(0, 2)...)
		d.counts(d.create("spring"), map[Outcome]int{OutcomeCreated: 2})
	})
}

func TestEndlessRetryAfterIsAnOutage(t *testing.T) {
	r := &run{slots: make(chan struct{}, 1), cfg: Config{Brake: ratelimit.New(5), MaxOutage: DefaultMaxOutage}, cancel: func() {}, progress: &Progress{}}
	_ = r.request(t.Context(), func(context.Context) error {
		return &vobiz.APIError{Status: 429, RetryAfter: 30 * 24 * time.Hour, HasRetryAfter: true}
	})
	require.Equal(t, HaltOutage, r.why)
}

// TestGraverHaltCounts: a full disk is not hidden by a halt that came before it.
func TestGraverHaltCounts(t *testing.T) {
	for _, c := range [][]Halt{
		{HaltDuration, HaltLedger, HaltLedger}, {HaltDrained, HaltCredentials, HaltCredentials}, {HaltCredentials, HaltLedger, HaltLedger},
		{HaltLedger, HaltCredentials, HaltLedger}, {HaltRefusals, HaltDrained, HaltRefusals}, {HaltDrained, HaltOutage, HaltDrained},
	} {
		r := &run{cancel: func() {}, progress: &Progress{}}
		require.Empty(t, r.progress.Halt())
		r.halt(c[0], nil)
		require.Equal(t, c[0], r.progress.Halt())
		r.halt(c[1], nil)
		require.Equal(t, c[2], r.why)
		require.Equal(t, c[2], r.progress.Halt(), "whoever asks is told the same")
	}
}

// TestPanicInAWorkerEndsTheRun: a bug must not hang a run that cron started.
func TestPanicInAWorkerEndsTheRun(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 5)...)
		d.cfg.Client = nil
		require.Panics(t, func() { _, _ = Create(t.Context(), d.cfg, "spring") })
	})
}
