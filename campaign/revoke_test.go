package campaign

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

// What was revoked is not sent again until its row is edited, and is no incident.
func TestRevoke(t *testing.T) {
	inSpring(t, func(t *testing.T, d *desk) {
		changed := rows(0, 6)
		changed[5] = "MA_005,changed@example.com,starter"
		d.give("spring", changed...)
		require.NoError(t, d.api.Set(d.newest("MA_000").ID, "opened"))
		plan := d.plan(Order{Only: true, Statuses: []string{"opened"}})
		require.Empty(t, plan.Takes)
		require.Len(t, plan.Left, 1)
		plan = d.plan(Order{Only: true})
		require.Len(t, plan.Takes, 5)
		require.Equal(t, []string{"MA_000"}, []string{plan.Left[0].Account})
		ends := d.carryOut(plan)
		require.Len(t, ends, 5)
		for account, end := range ends {
			require.Equal(t, OrderRevoked, end, account)
		}
		require.Len(t, d.deleted(), 5)
		rec, _, err := d.ledger.Record("MA_001")
		require.NoError(t, err)
		require.Equal(t, Withdrawn, rec.State)
		require.Equal(t, Session{ID: d.newest("MA_001").ID, Status: "revoked"}, rec.Session)
		require.Equal(t, "revoked by hand: "+why, rec.Reason)

		sum := d.create("spring", func(c *Config) { c.AuditOnly, c.AuditAll = true, true })
		require.Empty(t, sum.Incidents)
		d.counts(d.create("spring"), map[Outcome]int{OutcomeAlready: 1, OutcomeSkipped: 5})
		require.Equal(t, 6, d.posts(), "a change from before the revoke counts neither")
		require.Equal(t, []string{"MA_001: no session of it lives"}, taken(d.plan(Order{Only: true, Accounts: []string{"MA_001"}}).Left))

		changed[1] = "MA_001,new@example.com,starter"
		d.give("spring", changed...)
		d.counts(d.create("spring"), map[Outcome]int{OutcomeCreated: 1, OutcomeAlready: 1, OutcomeSkipped: 4})
		require.Equal(t, map[string]OrderEnd{"MA_002": OrderReplaced}, d.carryOut(d.plan(Order{Accounts: []string{"MA_002"}})), "by name it may be taken up again")
		d.unharmed()
	})
}

// A revoke that was interrupted is finished by the next create, whatever became of its row.
func TestRevokeIsResumed(t *testing.T) {
	inSpring(t, func(t *testing.T, d *desk) {
		plan := d.plan(Order{Accounts: []string{"MA_000"}, Only: true})
		require.NoError(t, d.api.SetFaults(sandbox.Faults{Rules: []sandbox.Rule{{Route: sandbox.RouteRevoke, Class: sandbox.TimeoutEarly}}}))
		require.Equal(t, map[string]OrderEnd{"MA_000": OrderOpen}, d.carryOut(plan, func(c *Config) { c.MaxDuration = time.Second }))
		require.NoError(t, d.api.SetFaults(sandbox.Faults{}))
		made, err := MakePlan(t.Context(), PlanConfig{Ledger: d.ledger, Name: "spring"})
		require.NoError(t, err)
		require.Zero(t, made.Mails)
		require.Equal(t, 1, made.Counts[OutcomeInDoubt])
		d.give("spring", rows(1, 6)...)
		d.create("spring")
		rec, _, err := d.ledger.Record("MA_000")
		require.NoError(t, err)
		require.Equal(t, Withdrawn, rec.State)
		require.Equal(t, 6, d.posts())
		require.Empty(t, d.resume("spring"))
	})
}

// A DELETE that never works leaves its account pending, and says why; once it works, nothing of that is left.
func TestRevokeThatNeverWorks(t *testing.T) {
	inSpring(t, func(t *testing.T, d *desk) {
		plan := d.plan(Order{Accounts: []string{"MA_000"}, Only: true})
		require.NoError(t, d.api.SetFaults(sandbox.Faults{Rules: []sandbox.Rule{{Route: sandbox.RouteRevoke, Class: sandbox.ErrorBefore}}}))
		done, err := CarryOut(t.Context(), d.cfg, plan)
		require.NoError(t, err)
		require.Equal(t, OrderOpen, done.Accounts[0].End)
		require.Regexp(t, `^the session that is to end could not be ended, the next run tries again: revoke session: status 50\d`, done.Accounts[0].Reason)
		c, err := d.ledger.Campaign("spring")
		require.NoError(t, err)
		files, err := d.ledger.WriteResults(ResultsDir(d.dir, "spring"), c, done.Summary.Run, nil)
		require.NoError(t, err)
		require.Regexp(t, `(?m)^MA_000,.*,pending,.*the session that is to end could not be ended`, read(t, files.Results))
		require.NoError(t, d.api.SetFaults(sandbox.Faults{}))
		require.Equal(t, map[string]OrderEnd{"MA_000": OrderRevoked}, d.resume("spring"))
		rec, _, err := d.ledger.Record("MA_000")
		require.NoError(t, err)
		require.Equal(t, "revoked by hand: "+why, rec.Reason)
		d.unharmed()
	})
}

// A revoke that was agreed to is done, though its account's row was broken then and is gone now.
func TestRevokeOfABrokenRowThatIsGone(t *testing.T) {
	inSpring(t, func(t *testing.T, d *desk) {
		d.give("spring", append(rows(1, 6), "MA_000,no-address,starter")...)
		plan := d.plan(Order{Accounts: []string{"MA_000"}, Only: true})
		require.Len(t, plan.Takes, 1)
		r, err := newRun(t.Context(), d.cfg, "spring")
		require.NoError(t, err)
		require.NoError(t, r.accept(t.Context(), plan)) // and it is killed
		require.Zero(t, d.give("spring", rows(1, 6)...).WithdrawnTotal)
		require.Equal(t, map[string]OrderEnd{"MA_000": OrderRevoked}, d.resume("spring"))
		require.Equal(t, []string{"MA_000: " + why}, d.deleted())
	})
}
