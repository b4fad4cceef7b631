package campaign

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

// A plan asks again for a page that got no answer or half of one, and for a list that changed while it was read; it gives
// up soon, and at once where the API says no.
func TestPlanAsksAgain(t *testing.T) {
	for name, c := range map[string]struct {
		rule     sandbox.Rule
		works    bool
		requests int
	}{
		"nothing wrong":     {sandbox.Rule{Route: sandbox.RouteCreate, Class: sandbox.ErrorBefore}, true, 1},
		"no answer twice":   {sandbox.Rule{Class: sandbox.ResetBefore, To: 2}, true, 3},
		"half an answer":    {sandbox.Rule{Class: sandbox.Truncated, To: 4}, true, 5},
		"too many requests": {sandbox.Rule{Class: sandbox.Throttled, To: 1}, true, 2},
		"it changes":        {sandbox.Rule{Class: sandbox.LyingTotal, To: 2}, true, 3},
		"it always changes": {sandbox.Rule{Class: sandbox.LyingTotal}, false, 9}, // three readings, each looking twice behind the last page
		"never an answer":   {sandbox.Rule{Class: sandbox.ErrorBefore}, false, 5},
		"not for us":        {sandbox.Rule{Class: sandbox.Unauthorized}, false, 1},
	} {
		t.Run(name, func(t *testing.T) {
			if c.rule.Route == "" {
				c.rule.Route = sandbox.RouteList
			}
			inBubble(t, sandbox.Faults{Rules: []sandbox.Rule{c.rule}}, func(t *testing.T, d *desk) {
				d.api.Stranger("MA_000")
				d.give("spring", rows(0, 6)...)
				began := time.Now()
				plan, err := MakePlan(t.Context(), PlanConfig{Ledger: d.ledger, Name: "spring", Client: d.cfg.Client, Brake: d.cfg.Brake})
				require.Equal(t, c.requests, d.api.Journal().Total(sandbox.RouteList))
				require.Less(t, time.Since(began), time.Minute, "by the virtual clock")
				if !c.works {
					require.Error(t, err)
					return
				}
				require.NoError(t, err)
				require.Equal(t, 5, plan.Mails, "the stranger's session was seen")
			})
		})
	}
}
