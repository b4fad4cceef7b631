package ratelimit

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The documented curve: 1/16 a second up to 15/16, a minute for the last step.
func TestRegainCurve(t *testing.T) {
	bubble(t, "", func(t *testing.T) {
		b := New(160)
		mustWait(t, b)
		b.Throttled(time.Second)
		require.Equal(t, Rate(80), b.State().Now)
		for want := Rate(90); want <= 150; want += 10 {
			mustWait(t, b) // the first one sits the pause out
			time.Sleep(time.Second)
			for range 50 {
				b.Succeeded()
			}
			require.Equal(t, want, b.State().Now)
		}
		time.Sleep(probeEvery - time.Millisecond)
		b.Succeeded()
		require.Equal(t, Rate(150), b.State().Now)
		time.Sleep(time.Millisecond)
		b.Succeeded()
		require.Equal(t, Rate(160), b.State().Now)
	})
}

// The curve takes the same 67 s for any rate, whatever its sixteenths round to, and ends at exactly the asked rate.
func TestRegainTakesTheSameTimeForAnyRate(t *testing.T) {
	for seed := range uint64(100) {
		bubble(t, "", func(t *testing.T) {
			asked := Rate(1 + rand.New(rand.NewPCG(seed, 6)).Float64()*1000)
			b := New(asked)
			mustWait(t, b)
			b.Throttled(time.Millisecond)
			began := time.Now()
			time.Sleep(time.Millisecond)
			mustWait(t, b)
			for b.State().Now != asked {
				time.Sleep(100 * time.Millisecond)
				b.Succeeded()
				require.Less(t, time.Since(began), 2*time.Minute)
			}
			require.InDelta(t, 7+probeEvery.Seconds(), time.Since(began).Seconds(), 0.5)
		})
	}
}

// Against a limit below the asked rate, the brake settles under it: one throttle in a minute at most.
func TestRegainRemembersWhatDrewTheThrottle(t *testing.T) {
	bubble(t, "", func(t *testing.T) {
		const limit = 100
		b := New(160)
		throttles := 0
		for began := time.Now(); time.Since(began) < 20*time.Minute; {
			mustWait(t, b)
			if b.State().Now > limit {
				throttles++
				b.Throttled(time.Second)
			} else {
				b.Succeeded()
			}
		}
		require.LessOrEqual(t, throttles, 20)
		require.GreaterOrEqual(t, throttles, 5, "the limit is probed again")
	})
}

// Answers to requests that left before the pause say nothing about the halved rate.
func TestEarlierSuccessesWinNothingBack(t *testing.T) {
	bubble(t, "", func(t *testing.T) {
		b := New(100)
		mustWait(t, b)
		b.Throttled(time.Second)
		time.Sleep(time.Minute)
		b.Succeeded()
		require.Equal(t, Rate(50), b.State().Now)
		mustWait(t, b)
		b.Succeeded()
		require.Equal(t, Rate(50+100.0/16), b.State().Now)
	})
}

// An API that answers nothing but 503 for a while does not lower the rate that is remembered.
func TestThrottlesInARowKeepTheRememberedRate(t *testing.T) {
	bubble(t, "", func(t *testing.T) {
		b := New(160)
		for range 5 {
			mustWait(t, b)
			b.Throttled(0)
		}
		require.Equal(t, Rate(5), b.State().Now)
		began := time.Now()
		for b.State().Now < 140 {
			mustWait(t, b)
			b.Succeeded()
		}
		require.Less(t, time.Since(began), 2*time.Minute)
	})
}

// From any state, successes alone raise the rate without a step back or a jump, and end at what was asked.
func TestRegainIsMonotoneAndComplete(t *testing.T) {
	for seed := range uint64(100) {
		bubble(t, "", func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 5))
			asked := Rate(random.ExpFloat64()*50 + 0.05)
			if seed%4 == 0 {
				asked = Unlimited
			}
			b := New(asked)
			for range 1 + random.IntN(10) {
				for range random.IntN(5) {
					mustWait(t, b)
					if random.IntN(2) == 0 {
						b.Succeeded()
					}
				}
				mustWait(t, b)
				b.Throttled(time.Duration(random.Int64N(int64(2 * time.Second))))
			}
			full := asked
			if asked == Unlimited {
				full = b.regain.full
			}
			began, previous := time.Now(), b.State().Now
			for time.Since(began) < time.Hour && b.State().Now != asked {
				time.Sleep(time.Duration(random.Int64N(int64(2 * time.Second))))
				mustWait(t, b)
				b.Succeeded()
				now := b.State().Now
				if now == asked {
					now = full
				}
				require.GreaterOrEqual(t, now, previous*(1-1e-9))
				require.LessOrEqual(t, now, previous+full/regainShare*(1+1e-9))
				previous = now
			}
			require.Equal(t, asked, b.State().Now)
			require.True(t, b.calm.Load(), "the next success is free again")
			if asked == Unlimited {
				for range 1000 {
					require.Zero(t, mustWait(t, b))
				}
			}
		})
	}
}
