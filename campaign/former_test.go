package campaign

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

// A session of an earlier round that still lives after the settle time is the account's: nothing lags for so long.
func TestLateSessionOfAnEarlierRound(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 1)...)
		d.create("spring") // stands for the POST of 1.1 that was slower than the settle time
		live := d.record("MA_000").Session.ID
		d.change("MA_000", func(r *Record) { // proved absent, and then retry by hand
			*r = Record{Account: r.Account, State: Pending, Round: 2, Campaign: r.Campaign, Digest: r.Digest}
		})
		for range 3 {
			time.Sleep(time.Hour)
			d.create("spring")
		}
		v, _ := d.api.Session(live)
		require.Equal(t, "email_sent", v.Status)
		require.NotEqual(t, Pending, d.record("MA_000").Current(), "the row never ends, and nobody is told why")
	})
}
