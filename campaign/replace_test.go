package campaign

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/intake"
	"kycbatch/internal/sandbox"
)

// A replacement ends exactly the sessions that its plan names, and each account has a new one.
func TestReplace(t *testing.T) {
	inSpring(t, func(t *testing.T, d *desk) {
		plan := d.plan(Order{Accounts: []string{"MA_004", "MA_001"}})
		require.Equal(t, []string{"MA_001", "MA_004"}, taken(plan.Takes))
		require.Empty(t, plan.Left)
		require.Equal(t, 2, plan.Ends())
		require.Equal(t, d.newest("MA_001").ID, plan.Takes[0].Session.ID)
		done, err := CarryOut(t.Context(), d.cfg, plan)
		require.NoError(t, err)
		require.Empty(t, done.Summary.Incidents)
		require.Zero(t, done.Summary.Unaudited)
		require.Equal(t, Ordered{Account: "MA_001", Before: plan.Takes[0].Session.ID, After: d.newest("MA_001").ID, End: OrderReplaced}, done.Accounts[0])
		require.Equal(t, []string{"MA_001: " + why, "MA_004: " + why}, d.deleted())
		for _, account := range []string{"MA_001", "MA_004"} {
			require.Len(t, d.api.Sessions(account), 2)
			require.Equal(t, "email_sent", d.newest(account).Status)
		}
		require.Equal(t, 8, d.posts())
		d.unharmed()

		again := d.create("spring")
		d.counts(again, map[Outcome]int{OutcomeAlready: 6})
		require.Zero(t, again.Requests)
		all := d.create("spring", func(c *Config) { c.AuditOnly, c.AuditAll = true, true })
		require.Empty(t, all.Incidents, "what a person ordered is no incident")
	})
}

// The right address is the account's from now on, whatever becomes of the file: with the wrong one, with the right one,
// with another change.
func TestReplaceAddress(t *testing.T) {
	inSpring(t, func(t *testing.T, d *desk) {
		ends := d.carryOut(d.plan(Order{Accounts: []string{"MA_002"}, Email: "right@example.com"}))
		require.Equal(t, map[string]OrderEnd{"MA_002": OrderReplaced}, ends)
		require.Equal(t, "right@example.com", d.mailedTo("MA_002"))
		d.counts(d.create("spring"), map[Outcome]int{OutcomeAlready: 6})

		corrected := rows(0, 6)
		corrected[2] = "MA_002,right@example.com,starter"
		d.give("spring", corrected...)
		d.counts(d.create("spring"), map[Outcome]int{OutcomeAlready: 6})
		corrected[2] = "MA_002,third@example.com,starter"
		d.give("spring", corrected...)
		d.counts(d.create("spring"), map[Outcome]int{OutcomeAlready: 5, OutcomeConflict: 1})
		require.Equal(t, 7, d.posts(), "nothing is sent again")

		// What the row says by now is what the next replacement sends.
		d.carryOut(d.plan(Order{Accounts: []string{"MA_002"}}))
		require.Equal(t, "third@example.com", d.mailedTo("MA_002"))
		d.unharmed()
	})
}

// Accounts are chosen by what the API says now. An expired session needs no end; a failed one gets one.
func TestReplaceByStatus(t *testing.T) {
	inSpring(t, func(t *testing.T, d *desk) {
		require.NoError(t, d.api.Set(d.newest("MA_001").ID, "failed"))
		require.NoError(t, d.api.Set(d.newest("MA_002").ID, "kyc_failed"))
		require.NoError(t, d.api.Set(d.newest("MA_003").ID, "kyc_completed"))
		require.NoError(t, d.api.Set(d.newest("MA_004").ID, "revoked"))
		plan := d.plan(Order{Statuses: []string{StatusFailed, StatusExpired}})
		require.Equal(t, []string{"MA_001", "MA_002"}, taken(plan.Takes))
		require.Equal(t, map[string]OrderEnd{"MA_001": OrderReplaced, "MA_002": OrderReplaced}, d.carryOut(plan))
		require.Equal(t, "failed", d.api.Sessions("MA_001")[0].Status, "it had ended by itself")
		require.Empty(t, d.plan(Order{Statuses: []string{StatusFailed, StatusExpired}}).Takes)

		// A second replacement is not held up by the session that failed before.
		require.Equal(t, map[string]OrderEnd{"MA_001": OrderReplaced}, d.carryOut(d.plan(Order{Accounts: []string{"MA_001"}})))
		time.Sleep(7*24*time.Hour + 30*time.Minute)
		require.Empty(t, d.plan(Order{Statuses: []string{StatusExpired}}).Takes, "not before an hour after its time")
		time.Sleep(time.Hour)
		plan = d.plan(Order{Statuses: []string{StatusExpired}})
		require.Equal(t, []string{"MA_000", "MA_001", "MA_002", "MA_005"}, taken(plan.Takes))
		require.Zero(t, plan.Ends())
		deletes := d.api.Journal().Total(sandbox.RouteRevoke)
		require.Len(t, d.carryOut(plan), 4)
		require.Equal(t, deletes, d.api.Journal().Total(sandbox.RouteRevoke))
		require.Equal(t, 6+2+1+4, d.posts())
		d.unharmed()
	})
}

// A session that was started ends where a person said so, and only there.
func TestReplaceStarted(t *testing.T) {
	inSpring(t, func(t *testing.T, d *desk) {
		require.NoError(t, d.api.Set(d.newest("MA_000").ID, "in_progress"))
		plan := d.plan(Order{Accounts: []string{"MA_000", "MA_001"}, Started: true})
		require.True(t, plan.Takes[0].Started)
		require.False(t, plan.Takes[1].Started)
		require.NoError(t, d.api.Set(d.newest("MA_001").ID, "opened")) // the flag holds for it too
		require.Equal(t, map[string]OrderEnd{"MA_000": OrderReplaced, "MA_001": OrderReplaced}, d.carryOut(plan))
		require.Len(t, d.deleted(), 2)
		d.unharmed()
	})
}

// A stranger's session is ended for an account that is named by its id.
func TestReplaceStrangers(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.api.Stranger("MA_000")
		d.give("spring", rows(0, 2)...)
		d.counts(d.create("spring"), map[Outcome]int{OutcomeSkipped: 1, OutcomeCreated: 1})
		require.Equal(t, map[string]OrderEnd{"MA_000": OrderReplaced}, d.carryOut(d.plan(Order{Accounts: []string{"MA_000"}})))
		require.Equal(t, []string{"MA_000: " + why}, d.deleted())
		d.counts(d.create("spring"), map[Outcome]int{OutcomeAlready: 2})
		d.unharmed()
	})
}

// An API that refuses the new session leaves the account without one. Another address mends that.
func TestReplaceIsRefused(t *testing.T) {
	inSpring(t, func(t *testing.T, d *desk) {
		require.Equal(t, map[string]OrderEnd{"MA_000": OrderRefused}, d.carryOut(d.plan(Order{Accounts: []string{"MA_000"}, Email: "no address"})))
		require.Len(t, d.deleted(), 1)
		d.counts(d.create("spring"), map[Outcome]int{OutcomeRefused: 1, OutcomeAlready: 5})
		plan := d.plan(Order{Accounts: []string{"MA_000"}, Email: "right@example.com"})
		require.Zero(t, plan.Ends())
		require.Equal(t, map[string]OrderEnd{"MA_000": OrderReplaced}, d.carryOut(plan))
		require.Equal(t, "right@example.com", d.mailedTo("MA_000"))
		d.counts(d.create("spring"), map[Outcome]int{OutcomeAlready: 6})
		d.unharmed()
	})
}

// Three refusals without a success end the order: the other customers keep what they have.
func TestRefusedReplacementsStop(t *testing.T) {
	inSpring(t, func(t *testing.T, d *desk) {
		plan := d.plan(Order{Statuses: []string{"email_sent"}})
		require.Len(t, plan.Takes, 6)
		settings := Settings{WebhookURL: "not an address"}
		done, err := CarryOut(t.Context(), func() Config { c := d.cfg; c.Settings = &settings; return c }(), plan)
		require.NoError(t, err)
		require.Equal(t, HaltReplacement, done.Summary.Halt)
		require.Len(t, d.deleted(), 3)
		ends := endsOf(done)
		require.Equal(t, OrderRefused, ends["MA_002"])
		require.Equal(t, OrderOpen, ends["MA_003"])
	})
}

// A replaced session of the redirect flow takes its link along.
func TestReplaceLink(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.cfg.Dir = ResultsDir(d.dir, "spring")
		d.cfg.Settings = &Settings{RedirectURL: "https://shop.example.com/done"}
		d.give("spring", rows(0, 3)...)
		require.Equal(t, 3, d.create("spring").Links)
		d.cfg.Settings = nil
		d.carryOut(d.plan(Order{Accounts: []string{"MA_000"}}))
		d.carryOut(d.plan(Order{Accounts: []string{"MA_001"}, Only: true}))
		text, err := os.ReadFile(filepath.Join(d.cfg.Dir, LinksFile))
		require.NoError(t, err)
		require.Contains(t, string(text), d.newest("MA_000").ID)
		require.NotContains(t, string(text), d.api.Sessions("MA_000")[0].ID)
		require.NotContains(t, string(text), "MA_001")
		require.Equal(t, 3, strings.Count(string(text), "\n"), "the header and two links")
		require.Zero(t, d.create("spring").LinksLost)

		// A session that is still to end keeps its link, for it may yet be left alone.
		plan := d.plan(Order{Accounts: []string{"MA_002"}})
		require.NoError(t, d.api.SetFaults(sandbox.Faults{Rules: []sandbox.Rule{{Route: sandbox.RouteList, Class: sandbox.ConnectRefused}}}))
		d.carryOut(plan, func(c *Config) { c.MaxDuration = time.Second })
		require.NoError(t, d.api.SetFaults(sandbox.Faults{}))
		require.NoError(t, d.api.Set(d.newest("MA_002").ID, "opened"))
		require.Equal(t, map[string]OrderEnd{"MA_002": OrderCalledOff}, d.resume("spring"))
		require.Zero(t, d.create("spring").LinksLost)
	})
}

// An undecided account with a live session can be replaced.
func TestReplaceUndecided(t *testing.T) {
	late := sandbox.Faults{Rules: []sandbox.Rule{{Route: sandbox.RouteCreate, Class: sandbox.ResetBefore, Account: "MA_000"}}}
	inBubble(t, late, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 2)...)
		d.counts(d.create("spring", func(c *Config) { c.Settings = &Settings{Hold: true} }), map[Outcome]int{OutcomeUndecided: 1, OutcomeCreated: 1})
		require.NoError(t, d.api.SetFaults(sandbox.Faults{}))
		theirs := d.api.Stranger("MA_000")
		plan := d.plan(Order{Accounts: []string{"MA_000"}})
		require.Equal(t, theirs, plan.Takes[0].Session.ID)
		require.Equal(t, map[string]OrderEnd{"MA_000": OrderReplaced}, d.carryOut(plan))
		d.unharmed()
	})
}

// An order whose row can't be sent any more, its session having ended, is no pending one for ever: a person is told, and
// can close it. The import doesn't call it withdrawn.
func TestOrderWithoutARow(t *testing.T) {
	for what, lose := range map[string]func(*testing.T, *desk){
		"its row is gone from the campaign's file": func(t *testing.T, d *desk) {
			plan, err := MakePlan(t.Context(), PlanConfig{Ledger: d.ledger, Name: "spring", File: d.read("spring", rows(1, 6)...)})
			require.NoError(t, err)
			require.Zero(t, plan.Withdrawn)
			require.Zero(t, d.give("spring", rows(1, 6)...).WithdrawnTotal)
		},
		"its row is invalid": func(t *testing.T, d *desk) {
			d.give("spring", append(rows(1, 6), "MA_000,no-address,starter")...)
		},
		"it, or its address, is on the exclusion list": func(t *testing.T, d *desk) {
			list := filepath.Join(d.dir, "exclude")
			require.NoError(t, os.WriteFile(list, []byte("MA_000\n"), 0o600))
			var err error
			d.cfg.Exclude, err = intake.LoadExclusions(list)
			require.NoError(t, err)
		},
	} {
		interrupted(t, sandbox.RouteCreate, func(t *testing.T, d *desk) {
			require.Len(t, d.deleted(), 1)
			lose(t, d)
			d.create("spring")
			rec := d.record("MA_000")
			require.Equal(t, Undecided, rec.Current(), what)
			require.Contains(t, rec.Reason, what)
			require.NotContains(t, rec.Reason, "no-address")
			require.Empty(t, d.resume("spring"))
			require.Equal(t, Withdrawn, d.resolved("MA_000", Decision{Verb: GiveUp, Why: why}).Record.State)
			require.Equal(t, 6, d.posts())
		})
	}

	// By --resume as well. A session that still lives can be taken back.
	interrupted(t, sandbox.RouteList, func(t *testing.T, d *desk) {
		require.Empty(t, d.deleted())
		d.give("spring", rows(1, 6)...)
		require.Equal(t, map[string]OrderEnd{"MA_000": OrderUndecided}, d.resume("spring"))
		require.Equal(t, Created, d.resolved("MA_000", Decision{Verb: Adopt}).Record.State)
		require.Empty(t, d.deleted())
		require.Equal(t, 6, d.posts())
	})
}
