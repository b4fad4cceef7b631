package ratelimit

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestLateTimersCostNothing: what a loaded machine delays is made up for, and not in a burst: any second holds at most the rate.
func TestLateTimersCostNothing(t *testing.T) {
	for _, r := range []Rate{1, 5, 7, 50, 200, 997, 1000, 3000} {
		bubble(t, r.String(), func(t *testing.T) {
			const seconds = 30
			random := rand.New(rand.NewPCG(3, uint64(r)))
			b, l, began := New(r), new(log), time.Now()
			for time.Since(began) < seconds*time.Second {
				require.NoError(t, b.pace(t.Context(), began)) // of one who was waiting all the time
				if random.Float64()*float64(r) < 4 {
					time.Sleep(time.Duration(random.Int64N(int64(mostCatchUp / 2)))) // four times a second, what woke it came late
				}
				require.NoError(t, b.Leave(t.Context()))
				l.start()
			}
			require.GreaterOrEqual(t, float64(l.count()), 0.985*float64(r)*seconds)
			first := 0
			for i, at := range l.starts {
				for at.Sub(l.starts[first]) >= time.Second {
					first++
				}
				require.LessOrEqual(t, i-first+1, max(int(r), 1), "in the second that ends with start %d", i)
			}
		})
	}
}

// TestNoBurstAfterAPause: a pause, and time in which nobody came, are nothing to make up for.
func TestNoBurstAfterAPause(t *testing.T) {
	bubble(t, "", func(t *testing.T) {
		b, l := New(100), new(log)
		wait := func(n int) {
			for range n {
				require.NoError(t, b.Pass(t.Context()))
				l.start()
			}
		}
		wait(10)
		time.Sleep(time.Minute)
		wait(10)
		b.Throttled(time.Second) // half the rate
		wait(10)
		for i := range l.starts[1:] {
			require.GreaterOrEqual(t, l.starts[i+1].Sub(l.starts[i]), 10*time.Millisecond, "start %d", i+1)
		}
	})
}
