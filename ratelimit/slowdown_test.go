package ratelimit

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A pause that begins while a hundred callers wait holds all of them, and then they leave at the halved rate.
func TestPauseHoldsThoseWhoAlreadyWait(t *testing.T) {
	for _, r := range []Rate{10, Unlimited} {
		bubble(t, r.String(), func(t *testing.T) {
			b, l := New(r), new(log)
			if r == Unlimited {
				b.Throttled(time.Minute) // makes even an unlimited brake keep a queue
			}
			var wg sync.WaitGroup
			for range 100 {
				wg.Go(func() {
					require.NoError(t, b.Wait(t.Context()))
					l.start()
				})
			}
			time.Sleep(2550 * time.Millisecond)
			before := l.count()
			b.Throttled(2 * time.Minute)
			ends := time.Now().Add(2 * time.Minute)
			require.Equal(t, ends, b.State().PausedUntil)
			require.Equal(t, ReasonThrottled, b.State().Reason)
			wg.Wait()
			require.Equal(t, 100, l.count())
			for _, at := range l.starts[before:] {
				require.False(t, at.Before(ends), "started %s before the end of the pause", ends.Sub(at))
			}
			l.starts = l.starts[before:]
			l.requireSpaced(t, b.State().Now)
			require.Zero(t, b.State().PausedUntil)
			require.Empty(t, b.State().Reason)
		})
	}
}

// However many answers tell of it, the requests of one moment halve the rate once; the next start makes a new moment.
func TestRateIsHalvedOncePerPause(t *testing.T) {
	for seed := range uint64(50) {
		bubble(t, "", func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 3))
			b := New(64)
			want := Rate(64)
			for range 5 {
				mustWait(t, b)
				want /= 2
				for range 1 + random.IntN(100) {
					b.Throttled(time.Duration(random.Int64N(int64(time.Second))))
					// Some come after the pause, but none has left since it.
					time.Sleep(time.Duration(random.ExpFloat64() * float64(200*time.Millisecond)))
					require.Equal(t, want, b.State().Now)
				}
			}
		})
	}
}

func TestHalvingEndsAtTheFloor(t *testing.T) {
	for asked, floor := range map[Rate]Rate{
		640:         10,       // 1/64 of the asked rate
		0.5:         1.0 / 60, // one a minute
		1.0 / 60:    1.0 / 60, // never above what was asked
		10.0 / 3600: 10.0 / 3600,
	} {
		bubble(t, asked.String(), func(t *testing.T) {
			b := New(asked)
			for range 12 {
				mustWait(t, b)
				b.Throttled(time.Second)
				require.GreaterOrEqual(t, b.State().Now, floor)
			}
			require.InEpsilon(t, float64(floor), float64(b.State().Now), 1e-9)
		})
	}
}

// Without a named wait the pauses double from 1 s to 60 s, until a success.
func TestThrottlePausesGrow(t *testing.T) {
	bubble(t, "", func(t *testing.T) {
		b := New(1000)
		for range 2 {
			for _, want := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60, 60} {
				mustWait(t, b)
				b.Throttled(0)
				b.Throttled(0) // of the same moment
				require.Equal(t, want*time.Second, time.Until(b.State().PausedUntil))
			}
			mustWait(t, b)
			b.Succeeded()
		}
	})
}

func TestAShorterPauseDoesNotEndALongerOne(t *testing.T) {
	bubble(t, "", func(t *testing.T) {
		b := New(1000)
		b.Throttled(time.Minute)
		b.Throttled(time.Second)
		for range 3 {
			b.Unreachable()
		}
		require.Equal(t, ReasonThrottled, b.State().Reason)
		require.Equal(t, time.Minute, mustWait(t, b))
	})
}

// Two failures in a row are left to the caller; from the third on the pauses double from 1 s to 30 s. The
// rate stays, and a success starts over.
func TestOutagePausesGrow(t *testing.T) {
	for _, r := range []Rate{1000, Unlimited} {
		bubble(t, r.String(), func(t *testing.T) {
			b := New(r)
			for range 2 {
				for _, want := range []time.Duration{0, 0, 1, 2, 4, 8, 16, 30, 30} {
					mustWait(t, b)
					b.Unreachable()
					if want == 0 {
						require.Zero(t, b.State().PausedUntil)
						continue
					}
					for range 20 {
						require.Equal(t, want*time.Second, time.Until(b.State().PausedUntil))
						b.Unreachable() // of a request that left before the pause
					}
					require.Equal(t, ReasonUnreachable, b.State().Reason)
				}
				require.Equal(t, r, b.State().Now)
				mustWait(t, b)
				b.Succeeded()
				require.Equal(t, r == Unlimited, b.open.Load(), "without a limit the next turn is free again")
			}
		})
	}
}

func TestScatteredFailuresDoNotPause(t *testing.T) {
	b := New(Unlimited)
	for range 100 {
		b.Unreachable()
		b.Unreachable()
		b.Succeeded()
		require.Zero(t, b.State().PausedUntil)
	}
}

// An unlimited brake falls to half of what it did in the last second.
func TestThrottleOfAnUnlimitedBrake(t *testing.T) {
	bubble(t, "", func(t *testing.T) {
		b := New(Unlimited)
		for range 2000 {
			mustWait(t, b)
			time.Sleep(time.Second / 400)
		}
		b.Throttled(time.Second)
		require.Equal(t, Unlimited, b.State().Asked)
		require.InEpsilon(t, 200, float64(b.State().Now), 0.15)
	})
	bubble(t, "", func(t *testing.T) {
		b := New(Unlimited)
		mustWait(t, b)
		time.Sleep(10 * time.Second)
		b.Throttled(time.Second)
		require.Equal(t, leastObserved/2, b.State().Now)
	})
}

// The laws under any mix of answers, waits and cancellations: no start inside a pause that was ordered at an
// earlier instant, none faster than asked, a rate within its bounds.
func TestLawsUnderAnyAnswers(t *testing.T) {
	for seed := range uint64(150) {
		bubble(t, "", func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 4))
			asked := Rate(1 + random.IntN(200))
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			b, l := New(asked), new(log)
			wg := workers(ctx, 20, b, l)

			type order struct{ at, until time.Time }
			var orders []order
			for ctx.Err() == nil {
				time.Sleep(time.Duration(random.ExpFloat64() * float64(300*time.Millisecond)))
				switch random.IntN(12) {
				case 0:
					wait := time.Duration(random.Int64N(int64(3 * time.Second)))
					orders = append(orders, order{time.Now(), time.Now().Add(wait)})
					b.Throttled(wait)
				case 1, 2:
					b.Unreachable()
				case 3:
					impatient, giveUp := context.WithCancel(ctx)
					time.AfterFunc(time.Duration(random.Int64N(int64(time.Second))), giveUp)
					wg.Go(func() {
						if b.Wait(impatient) == nil {
							l.start()
						}
					})
				default:
					b.Succeeded()
				}
				require.GreaterOrEqual(t, b.State().Now, asked/slowestShare)
				require.LessOrEqual(t, b.State().Now, asked)
			}
			wg.Wait()
			l.requireSpaced(t, asked)
			require.Greater(t, l.count(), 1)
			for _, o := range orders {
				for _, at := range l.starts {
					require.False(t, at.After(o.at) && at.Before(o.until),
						"seed %d: start at %s inside the pause from %s to %s", seed, at, o.at, o.until)
				}
			}
		})
	}
}
