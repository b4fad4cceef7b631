package campaign

import (
	"testing"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
	"kycbatch/internal/vobiz"
	"kycbatch/ratelimit"
)

// TestBrakeHearsOfThrottling: a 429 or 503 about the whole API halves the rate for everyone; a refusal of one
// row does not.
func TestBrakeHearsOfThrottling(t *testing.T) {
	for status, want := range map[int]ratelimit.Rate{429: 4, 503: 4, 404: 8, 422: 8, 401: 8} {
		b := ratelimit.New(8)
		tellBrake(b, &vobiz.APIError{Status: status})
		require.Equal(t, want, b.State().Now, "after a %d", status)
	}
}

// TestPlanCountsMailsUpToTheLimit: what --expect is compared with is what would leave.
func TestPlanCountsMailsUpToTheLimit(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 5)...)
		plan, err := MakePlan(t.Context(), PlanConfig{Ledger: d.ledger, Name: "spring", Limit: 2})
		require.NoError(t, err)
		require.Equal(t, 2, plan.Mails)
		require.Equal(t, 5, plan.Counts[OutcomePending])
	})
}
