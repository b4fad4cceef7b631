package vobiz

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestWaitSeconds(t *testing.T) {
	for message, want := range map[string]time.Duration{
		"Email was sent recently. Please wait 1799 seconds before resending.": 1799 * time.Second,
		"Please wait 0 seconds before resending.":                             0,
		"please WAIT 1 second.":                                               time.Second,
		"wait 5 seconds, or wait 9 seconds":                                   9 * time.Second,
		"Please wait\n5\tseconds":                                             5 * time.Second,
		"Please wait 9223372036 seconds":                                      9223372036 * time.Second,
	} {
		got, ok := waitSeconds(message)
		require.True(t, ok, message)
		require.Equal(t, want, got, message)
	}
	for _, message := range []string{
		"", "wait", "wait 5", "wait seconds", "Please wait.",
		"Please wait -5 seconds", "Please wait +5 seconds", "Please wait 1.5 seconds", "Please wait 1,799 seconds",
		"Please wait 29 minutes", "Please wait 5 milliseconds", "Please wait five seconds", "Please wait ٥ seconds",
		"Please wait 0x10 seconds", "Please wait 1_000 seconds", "Please wait 5seconds",
		"Please wait 9223372037 seconds", "Please wait 99999999999999999999999 seconds",
		"You waited 5 seconds", "30 seconds is the limit",
	} {
		got, ok := waitSeconds(message)
		require.False(t, ok, message)
		require.Zero(t, got, message)
	}
}

func TestRetryAfterOfADateThatIsPastIsZero(t *testing.T) {
	wait, ok := retryAfter("Fri, 08 May 2026 19:37:01 GMT", time.Date(2026, 5, 8, 20, 0, 0, 0, time.UTC))
	require.True(t, ok)
	require.Zero(t, wait)
}

func FuzzWaitSeconds(f *testing.F) {
	f.Add("Email was sent recently. Please wait 1799 seconds before resending.", uint32(1799))
	f.Add("wait wait 5 seconds second", uint32(0))
	f.Add("Please wait 99999999999999999999 seconds", uint32(7))
	f.Fuzz(func(t *testing.T, message string, n uint32) {
		wait, ok := waitSeconds(message)
		require.GreaterOrEqual(t, wait, time.Duration(0))
		require.Zero(t, wait%time.Second)
		if !ok {
			require.Zero(t, wait)
		} else {
			require.Contains(t, strings.ToLower(message), "wait")
		}
		// Whatever stands before it, the documented sentence is understood.
		again, ok := waitSeconds(message + fmt.Sprintf(" Please wait %d seconds before resending.", n))
		require.True(t, ok)
		require.GreaterOrEqual(t, again, max(wait, time.Duration(n)*time.Second))
	})
}
