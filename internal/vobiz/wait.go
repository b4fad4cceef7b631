package vobiz

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// waitSeconds finds the wait that a 429 of resend states in words: "Please wait 1799 seconds before resending."
// (section "Resend KYC Email"). Other wordings, signs, fractions and numbers beyond a time.Duration are not
// understood rather than guessed at. The longest counts where several are named.
func waitSeconds(message string) (wait time.Duration, ok bool) {
	words := strings.Fields(message)
	for i := 0; i+2 < len(words); i++ {
		if !strings.EqualFold(words[i], "wait") {
			continue
		}
		unit := strings.ToLower(strings.TrimRight(words[i+2], ".,;:!)"))
		if unit != "second" && unit != "seconds" {
			continue
		}
		if d, good := wholeSeconds(words[i+1]); good {
			wait, ok = max(wait, d), true
		}
	}
	return wait, ok
}

// retryAfter reads a Retry-After header in both forms. A date is meant on the server's clock: it counts from the
// answer's own date, is not understood without one, and is zero if past.
func retryAfter(value string, date time.Time) (time.Duration, bool) {
	value = strings.Trim(value, " \t")
	if wait, ok := wholeSeconds(value); ok {
		return wait, true
	}
	until, err := http.ParseTime(value)
	if err != nil || date.IsZero() {
		return 0, false
	}
	return max(0, until.Sub(date)), true
}

func wholeSeconds(digits string) (time.Duration, bool) {
	n, err := strconv.ParseUint(digits, 10, 64) // no sign, no spaces
	if err != nil || n > uint64(math.MaxInt64/time.Second) {
		return 0, false
	}
	return time.Duration(n) * time.Second, true
}
