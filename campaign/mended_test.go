package campaign

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/checkpoint"
	"kycbatch/internal/intake"
	"kycbatch/internal/sandbox"
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

// TestHoldIsKeptByOthers: whoever finds out what became of a held campaign's request sends no second one for it.
func TestHoldIsKeptByOthers(t *testing.T) {
	late := sandbox.Faults{LateBy: 3 * time.Hour, Rules: []sandbox.Rule{{Route: sandbox.RouteCreate, Class: sandbox.TimeoutLate, Nth: []int{1}}}}
	for how, finds := range map[string]func(d *desk, hold func(*Config)){
		"another campaign": func(d *desk, _ func(*Config)) {
			d.give("summer", rows(0, 1)...)
			d.create("summer")
		},
		"a run that excludes the row": func(d *desk, hold func(*Config)) {
			list := filepath.Join(d.dir, "exclude")
			require.NoError(d.t, os.WriteFile(list, []byte("customer0@example.com\n"), 0o600))
			x, err := intake.LoadExclusions(list)
			require.NoError(d.t, err)
			d.create("spring", hold, func(c *Config) { c.Exclude = x })
		},
	} {
		t.Run(how, func(t *testing.T) {
			inBubble(t, late, func(t *testing.T, d *desk) {
				hold := func(c *Config) { c.Settings = &Settings{Hold: true} }
				d.give("spring", rows(0, 1)...)
				d.create("spring", hold, func(c *Config) { c.MaxDuration = time.Minute }) // in doubt
				finds(d, hold)
				d.counts(d.create("spring"), map[Outcome]int{OutcomeUndecided: 1})
				require.Equal(t, 1, d.posts())
			})
		})
	}
}

// TestHoldAfterAnOrphan: an orphan that was found before hold came is left to a person.
func TestHoldAfterAnOrphan(t *testing.T) {
	faults := sandbox.Faults{Rules: []sandbox.Rule{
		{Route: sandbox.RouteCreate, Class: sandbox.ResetAfter, Nth: []int{1}}, {Route: sandbox.RouteRevoke, Class: sandbox.ErrorBefore},
	}}
	inBubble(t, faults, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 1)...)
		d.create("spring", d.redirect("spring"))
		require.NoError(t, d.api.SetFaults(sandbox.Faults{}))
		before := d.revokes()
		s := d.create("spring", d.redirect("spring"), func(c *Config) { c.Settings.Hold = true })
		d.counts(s, map[Outcome]int{OutcomeUndecided: 1})
		require.Equal(t, []int{before, 1}, []int{d.revokes(), d.posts()})
	})
}

// TestRestoredLedgerEndsNothing: a ledger that has forgotten a session can't know that its link was lost.
func TestRestoredLedgerEndsNothing(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 3)...)
		backup := filepath.Join(d.dir, "copy.db")
		require.NoError(t, d.file.Backup(backup))
		d.create("spring", d.redirect("spring"))
		require.NoError(t, os.Remove(filepath.Join(ResultsDir(d.dir, "spring"), LinksFile))) // moved to where it is used
		require.NoError(t, d.file.Close())
		require.NoError(t, os.Rename(backup, LedgerPath(d.dir)))
		d.openLedger()
		d.counts(d.create("spring", d.redirect("spring")), map[Outcome]int{OutcomeUndecided: 3})
		require.Zero(t, d.revokes())
		require.Equal(t, 3, d.posts())
	})
}

// TestIncidentKeepsItsWords: a later round has the record by the time that the incident is named.
func TestIncidentKeepsItsWords(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 1)...)
		d.create("spring")
		require.NoError(t, d.api.Set(d.api.Stranger("MA_000"), "revoked"))
		found := d.create("spring", func(c *Config) { c.AuditOnly, c.AuditAll = true, true })
		require.Len(t, found.Incidents, 1)
		d.give("summer", rows(0, 1)...) // the process died before anybody was told
		later := d.create("summer")
		d.counts(later, map[Outcome]int{OutcomeCreated: 1})
		require.Equal(t, found.Incidents, later.Incidents)
		require.NoError(t, d.ledger.Told(context.Background(), later))
		require.Empty(t, d.create("summer").Incidents)
	})
}

// TestRenewedLookNeedsNoDelete: what the renewed look shows ended is not ended again.
func TestRenewedLookNeedsNoDelete(t *testing.T) {
	look := func(status string, began time.Duration) Look {
		return Look{Began: began, Sessions: []Seen{{Session: Session{ID: "S", Status: status}, Attempt: AttemptID{"L", 1, 1}}}}
	}
	late := DefaultGuardAge + time.Minute
	a := Account{Record: Record{Account: "MA_1", State: Pending, Round: 2, Redirect: true, Orphans: 1, End: Ending{Session: "S"}}}
	a, _ = testProtocol.Step(a, Event{Kind: Begin})
	a, _ = testProtocol.Step(a, Event{Kind: Looked, Look: look(statusLinkReady, 0)})
	a, act := testProtocol.Step(a, Event{Kind: Turn, Now: late})
	require.Equal(t, List, act.Kind)
	a, act = testProtocol.Step(a, Event{Kind: Looked, Now: late, Look: look(statusRevoked, late)})
	require.Equal(t, TakeTurn, act.Kind)
	_, act = testProtocol.Step(a, Event{Kind: Turn, Now: late})
	require.Equal(t, Put, act.Kind)
}

// TestCreatesAloneAreOut: lists answer, creates don't. Few rows are put in doubt, none is given up, and it goes on by itself.
func TestCreatesAloneAreOut(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 303)...)
		d.cfg.Brake = NewBrake(5)
		out := sandbox.Faults{Rules: []sandbox.Rule{{Route: sandbox.RouteCreate, Class: sandbox.ErrorBefore}}}
		time.AfterFunc(10*time.Second, func() { _ = d.api.SetFaults(out) })
		before := 0
		time.AfterFunc(11*time.Second, func() { before = d.posts() })
		time.AfterFunc(5*time.Minute, func() {
			t.Logf("%d create requests went into an outage of five minutes", d.posts()-before)
			require.Less(t, d.posts()-before, 50)
			_ = d.api.SetFaults(sandbox.Faults{})
		})
		s := d.create("spring")
		d.counts(s, map[Outcome]int{OutcomeCreated: 303})
		verdict := d.api.Journal().Verdict()
		require.Zero(t, verdict.Accidents+verdict.SecondMails)
	})
}

// TestCreatesAloneStayOut: after MaxOutage the run ends, and no row is worse off than in doubt.
func TestCreatesAloneStayOut(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 303)...)
		d.cfg.Brake = NewBrake(5)
		time.AfterFunc(10*time.Second, func() {
			_ = d.api.SetFaults(sandbox.Faults{Rules: []sandbox.Rule{{Route: sandbox.RouteCreate, Class: sandbox.ErrorBefore}}})
		})
		s := d.create("spring")
		require.Equal(t, HaltOutage, s.Halt)
		require.Zero(t, s.Counts[OutcomeUndecided])
		require.Less(t, s.Counts[OutcomeInDoubt], 60)
		t.Logf("in doubt: %d, pending: %d, after %s", s.Counts[OutcomeInDoubt], s.Counts[OutcomePending], s.Elapsed)
	})
}
