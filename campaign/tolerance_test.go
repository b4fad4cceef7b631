package campaign

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
	"kycbatch/ratelimit"
)

func TestTolerance(t *testing.T) {
	for _, c := range []struct {
		text          string
		failed, ended int
		exceeded      bool
	}{
		{"5%", 2, 20, true}, {"5%", 1, 20, false}, {"5%", 19, 19, false}, {"5%", 50, 1000, false}, {"5%", 51, 1000, true},
		{"0.5%", 1, 200, false}, {"0.5%", 2, 200, true}, {"0%", 1, 20, true}, {"0", 1, 20, true}, {"0", 0, 20, false},
		{"3", 3, 20, false}, {"3", 4, 20, true}, {"3", 4, 19, false}, {"100%", 20, 20, false},
	} {
		tolerance, err := ParseTolerance(c.text)
		require.NoError(t, err)
		require.Equal(t, c.exceeded, tolerance.exceeded(c.failed, c.ended), "%s: %d of %d", c.text, c.failed, c.ended)
	}
	require.False(t, Tolerance{}.exceeded(100, 100))
	for _, text := range []string{"", "%", "-1", "101%", "1.5", "NaN", "five", "5 %"} {
		_, err := ParseTolerance(text)
		require.Error(t, err, "%q", text)
	}
}

// TestTooManyFailuresStopTheRun: the rows that failed keep their end, the others wait for a person.
func TestTooManyFailuresStopTheRun(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		var all []string
		for i := range 100 { // each fifth is refused, never 20 in a row
			name := "MA_%d"
			if i%5 == 4 {
				name = "MA_NONE%d"
			}
			all = append(all, fmt.Sprintf(name+",x%d@example.com,x", i, i))
		}
		d.give("spring", all...)
		tolerance, err := ParseTolerance("10%")
		require.NoError(t, err)
		s := d.create("spring", func(c *Config) { c.MaxFailures, c.Workers, c.Brake = tolerance, 1, ratelimit.New(100) })
		require.Equal(t, HaltFailures, s.Halt)
		require.ErrorContains(t, s.Cause, "9 of the 89 rows") // an account is asked for three times before a refusal is believed
		d.counts(s, map[Outcome]int{OutcomeCreated: 80, OutcomeRefused: 9, OutcomePending: 11})

		tolerance, err = ParseTolerance("11")
		require.NoError(t, err)
		d.counts(d.create("spring", func(c *Config) { c.MaxFailures = tolerance }), map[Outcome]int{
			OutcomeAlready: 80, OutcomeRefused: 20,
		})
	})
}
