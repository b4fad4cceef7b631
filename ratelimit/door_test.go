package ratelimit_test

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/ratelimit"
)

// TestLeaveSpacesWhatACommitBunched: callers whose turns were spaced, and who were then held up together,
// leave one at a time.
func TestLeaveSpacesWhatACommitBunched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const perSecond = 200
		b := ratelimit.New(perSecond)
		var mu sync.Mutex
		var left []time.Time
		var wg sync.WaitGroup
		for range 3 * perSecond {
			require.NoError(t, b.Wait(t.Context()))
			wg.Go(func() {
				time.Sleep(time.Until(time.Now().Truncate(100 * time.Millisecond).Add(100 * time.Millisecond))) // a commit each 100 ms
				if err := b.Leave(t.Context()); err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				left = append(left, time.Now())
			})
		}
		wg.Wait()
		for i := perSecond; i < len(left); i++ {
			require.GreaterOrEqual(t, left[i].Sub(left[i-perSecond]), time.Second-time.Microsecond, "more than the rate in the second from departure %d", i-perSecond)
		}
	})
}

func TestLeaveOfAnUnlimitedBrakeHoldsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, began := ratelimit.New(ratelimit.Unlimited), time.Now()
		for range 1000 {
			require.NoError(t, b.Leave(t.Context()))
		}
		require.Equal(t, began, time.Now())
	})
}
