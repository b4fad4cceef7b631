package campaign

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Where as many answers have one time as another, the newer ones prove nothing against the older: nothing is known before one more.
func TestServerClockOfTwoMinds(t *testing.T) {
	for _, ahead := range []time.Duration{time.Hour, -time.Hour} {
		var c serverClock
		began := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
		now := time.Duration(0)
		hear := func(off time.Duration) bool {
			now += time.Second
			return c.hear(began.Add(now+off), now, now)
		}
		known := func() bool { _, _, known := c.at(now); return known }
		require.Equal(t, []bool{false, false, true}, []bool{hear(0), hear(0), hear(0)})
		require.Equal(t, []bool{false, false, false}, []bool{hear(ahead), hear(ahead), hear(ahead)})
		require.False(t, known())
		require.True(t, hear(0))
		from, to, is := c.at(now)
		require.True(t, is)
		require.WithinRange(t, began.Add(now), from, to)
	}
}
