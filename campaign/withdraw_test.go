package campaign

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

// Pending rows are taken out without a request; what is in doubt is refused by name.
func TestWithdraw(t *testing.T) {
	lost := sandbox.Faults{Rules: []sandbox.Rule{{Route: sandbox.RouteCreate, Class: sandbox.ResetBefore, Account: "MA_001"}}}
	inBubble(t, lost, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 6)...)
		d.create("spring", func(c *Config) { c.MaxDuration, c.Limit = time.Minute, 2 })
		requests := d.api.Journal().Total(sandbox.AnyRoute)
		plan, err := d.ledger.PlanWithdrawal("spring", []string{"MA_005", "MA_000", "MA_NOBODY"})
		require.NoError(t, err)
		require.Equal(t, []string{"MA_005"}, taken(plan.Takes))
		require.Equal(t, []string{"MA_000: it is created, not pending", "MA_NOBODY: no row of campaign spring names it"}, taken(plan.Left))
		require.NoError(t, d.ledger.Withdraw(t.Context(), plan, "asked for it", Origin{}))
		plan, err = d.ledger.PlanWithdrawal("spring", nil)
		require.NoError(t, err)
		require.Equal(t, []string{"MA_002", "MA_003", "MA_004"}, taken(plan.Takes))
		require.Equal(t, []string{"MA_001: it is in doubt: find out first, with `create`"}, taken(plan.Left))
		require.NoError(t, d.ledger.Withdraw(t.Context(), plan, "asked for it", Origin{}))
		require.Equal(t, requests, d.api.Journal().Total(sandbox.AnyRoute))
		rec, _, err := d.ledger.Record("MA_003")
		require.NoError(t, err)
		require.Equal(t, "withdrawn by hand: asked for it", rec.Reason)

		require.NoError(t, d.api.SetFaults(sandbox.Faults{}))
		d.counts(d.create("spring"), map[Outcome]int{OutcomeCreated: 1, OutcomeAlready: 1, OutcomeSkipped: 4})
		changed := rows(0, 6)
		changed[4] = "MA_004,edited@example.com,starter"
		d.give("spring", changed...)
		d.counts(d.create("spring"), map[Outcome]int{OutcomeCreated: 1, OutcomeAlready: 2, OutcomeSkipped: 3})
	})
}
