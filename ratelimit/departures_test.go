package ratelimit

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// sendAll sends n requests at rate r, all the time, and returns when each arrived at an API that answers after what answer says.
func sendAll(t *testing.T, r Rate, n int, way func(i int) time.Duration, answer func(i int) time.Duration) *log {
	b, arrived := New(r), new(log)
	var wg sync.WaitGroup
	for i := range n {
		there, back := way(i), answer(i)
		require.NoError(t, b.Wait(t.Context()))
		wg.Go(func() {
			if err := b.Send(t.Context(), func(context.Context) error {
				time.Sleep(there)
				arrived.start()
				time.Sleep(back)
				return nil
			}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	return arrived
}

// TestWhatIsHeldUpBehindTheDoorSpoilsNoSecond: requests arrive late though they left in time, and those that left a second later do
// not; still no second at the API holds more than the rate, and the rate is delivered. The API begins as a slow one, which tells
// nothing, and that is forgotten.
func TestWhatIsHeldUpBehindTheDoorSpoilsNoSecond(t *testing.T) {
	for _, r := range []Rate{50, 200, 1000} {
		bubble(t, r.String(), func(t *testing.T) {
			const seconds = 30
			random := rand.New(rand.NewPCG(5, uint64(r)))
			n, tooMany, began := int(r)*seconds, 0, time.Now()
			var busy time.Time // until when nothing arrives
			way := func(i int) time.Duration {
				if i > 4*int(r) && random.Float64()*float64(r) < 1 { // once a second
					busy = time.Now().Add(time.Duration(random.Int64N(int64(mostLate * 3 / 5))))
				}
				return max(100*time.Microsecond, time.Until(busy))
			}
			arrived := sendAll(t, r, n, way, func(i int) time.Duration {
				if i < 2*int(r) {
					return 100 * time.Millisecond
				}
				return 100 * time.Microsecond
			})
			for i := int(r); i < n; i++ {
				if arrived.starts[i].Sub(arrived.starts[i-int(r)]) < time.Second {
					tooMany++
				}
			}
			t.Logf("%d of %d requests: too many in the second before them", tooMany, n)
			require.Zero(t, tooMany)
			require.Less(t, arrived.starts[n-1].Sub(began), seconds*time.Second*100/97)
		})
	}
}

// TestASlowAPIGetsTheWholeRate: where every answer takes its time, that is the API's own work, and holds nobody.
func TestASlowAPIGetsTheWholeRate(t *testing.T) {
	for _, r := range []Rate{1, 5, 200, 1000} {
		bubble(t, r.String(), func(t *testing.T) {
			random := rand.New(rand.NewPCG(6, uint64(r)))
			n, began := int(r)*30, time.Now()
			arrived := sendAll(t, r, n, func(int) time.Duration { return 0 }, func(int) time.Duration {
				return 50*time.Millisecond + time.Duration(random.Int64N(int64(200*time.Millisecond)))
			})
			require.Less(t, arrived.starts[n-1].Sub(began), 30*time.Second*100/99)
		})
	}
}

// TestALostAnswerHoldsNobodyForLong: a request that is never answered counts as one that arrived late, and no later than mostLate.
func TestALostAnswerHoldsNobodyForLong(t *testing.T) {
	bubble(t, "", func(t *testing.T) {
		b, began := New(10), time.Now()
		var wg sync.WaitGroup
		wg.Go(func() {
			_ = b.Send(t.Context(), func(context.Context) error { time.Sleep(time.Hour); return nil })
		})
		time.Sleep(time.Millisecond)
		for range 10 {
			require.NoError(t, b.Leave(t.Context()))
		}
		held := time.Since(began)
		wg.Wait()
		require.InDelta(t, time.Second+mostLate, held, float64(2*time.Millisecond))
	})
}

func TestSendReturnsTheRequestsErrorOrTheContexts(t *testing.T) {
	for _, r := range []Rate{Unlimited, 10} {
		b, refused := New(r), errors.New("refused")
		require.ErrorIs(t, b.Send(t.Context(), func(context.Context) error { return refused }), refused)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		require.ErrorIs(t, b.Send(ctx, func(context.Context) error { t.Error("it was sent"); return nil }), context.Canceled)
	}
}

// TestASlowAnswerCountsWhileItsRequestIsRemembered, and no longer, whichever of the two ends first.
func TestASlowAnswerCountsWhileItsRequestIsRemembered(t *testing.T) {
	bubble(t, "", func(t *testing.T) {
		d := newDepartures(1, time.Millisecond)
		first := d.add(time.Now())
		time.Sleep(time.Second)
		second := d.add(time.Now())
		d.answered(first)
		require.Zero(t, d.slow.Load())
		time.Sleep(time.Second)
		d.answered(second)
		require.EqualValues(t, 1, d.slow.Load())
		d.add(time.Now())
		require.Zero(t, d.slow.Load())
	})
}
