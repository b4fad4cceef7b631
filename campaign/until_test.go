package campaign

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// outOfTime tells whether KYCBATCH_UNTIL, a time in RFC 3339, has come: a law that was asked for more seeds than there is time
// for ends there, and says what it did. It is asked outside of bubbles, whose time is another.
func outOfTime(t *testing.T) func() bool {
	text := os.Getenv("KYCBATCH_UNTIL")
	if text == "" {
		return func() bool { return false }
	}
	until, err := time.Parse(time.RFC3339, text)
	require.NoError(t, err, "KYCBATCH_UNTIL")
	return func() bool { return !time.Now().Before(until) }
}
