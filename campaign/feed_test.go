package campaign

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestRetryRefusedOfAnotherCampaign: an account that an earlier campaign was refused is asked for again, whether it was its guard that
// was refused or its POST. Only a POST is audited, and what was not audited yet is left alone.
func TestRetryRefusedOfAnotherCampaign(t *testing.T) {
	row := Row{Account: "MA_1", Record: 1, Request: Request{Email: "a@example.com"}.encode()}
	refused := func(attempt int, audited bool) Record {
		return Record{Account: "MA_1", State: Refused, Campaign: 1, Round: 1, Attempt: attempt, Audited: audited, Digest: digestOf(row.Request)}
	}
	for _, c := range []struct {
		rec  Record
		want bool
	}{{refused(0, false), true}, {refused(1, true), true}, {refused(1, false), false}} {
		require.Equal(t, c.want, sends(row, c.rec, 2, true, nil, time.Now()), "attempt %d, audited: %t", c.rec.Attempt, c.rec.Audited)
		require.False(t, sends(row, c.rec, 2, false, nil, time.Now()), "nobody asked for it")
	}
}
