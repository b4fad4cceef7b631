package ratelimit

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// With work always waiting, the asked rate is delivered to 99 % and never exceeded.
func TestPace(t *testing.T) {
	for _, r := range []Rate{0.2, 1, 2, 5, 7, 50, 200, 997, 3000} {
		bubble(t, r.String(), func(t *testing.T) {
			const seconds = 30
			ctx, cancel := context.WithTimeout(t.Context(), seconds*time.Second)
			defer cancel()
			b, l := New(r), new(log)
			workers(ctx, 16, b, l).Wait()
			l.requireSpaced(t, r)
			require.GreaterOrEqual(t, float64(l.count()), 0.99*float64(r)*seconds)
		})
	}
}

// The same law for callers that come and go as they like: idle time saves up nothing.
func TestPaceOfIrregularCallers(t *testing.T) {
	for seed := range uint64(200) {
		bubble(t, "", func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 1))
			r := Rate(1 + random.IntN(300))
			b, l := New(r), new(log)
			var wg sync.WaitGroup
			for n := range 300 {
				if n%50 == 0 {
					time.Sleep(time.Duration(random.Int64N(int64(3 * time.Second))))
				}
				time.Sleep(time.Duration(random.ExpFloat64() * float64(time.Second) / float64(r)))
				wg.Go(func() {
					require.NoError(t, b.Wait(t.Context()))
					l.start()
				})
			}
			wg.Wait()
			l.requireSpaced(t, r)
			require.Equal(t, 300, l.count())
		})
	}
}

func TestCallersAreServedInOrder(t *testing.T) {
	bubble(t, "", func(t *testing.T) {
		b := New(10)
		var mu sync.Mutex
		var order []int
		var wg sync.WaitGroup
		for n := range 20 {
			wg.Go(func() {
				time.Sleep(time.Duration(n) * time.Millisecond)
				require.NoError(t, b.Wait(t.Context()))
				mu.Lock()
				defer mu.Unlock()
				order = append(order, n)
			})
		}
		wg.Wait()
		require.IsIncreasing(t, order)
	})
}

// A storm of callers that give up leaves no debt: those who stay get the whole rate, and the pace holds.
func TestCancelledCallersLeaveNoDebt(t *testing.T) {
	for seed := range uint64(100) {
		bubble(t, "", func(t *testing.T) {
			const seconds = 20
			random := rand.New(rand.NewPCG(seed, 2))
			r := Rate(1 + random.IntN(100))
			ctx, cancel := context.WithTimeout(t.Context(), seconds*time.Second)
			defer cancel()
			b, l := New(r), new(log)
			stayers := workers(ctx, 4, b, l)
			var wg sync.WaitGroup
			for range 400 {
				arrives := time.Duration(random.Int64N(int64(seconds * time.Second)))
				patience := time.Duration(random.ExpFloat64() * 2 * float64(time.Second) / float64(r))
				wg.Go(func() {
					time.Sleep(arrives)
					// Cancelled, not timed out: a deadline is turned away before it takes a token.
					impatient, giveUp := context.WithCancel(ctx)
					defer time.AfterFunc(patience, giveUp).Stop()
					defer giveUp()
					if b.Wait(impatient) == nil {
						l.start()
					}
				})
			}
			wg.Wait()
			stayers.Wait()
			l.requireSpaced(t, r)
			require.GreaterOrEqual(t, float64(l.count()), 0.99*float64(r)*seconds-1)
			require.Zero(t, b.State().Waiting)
		})
	}
}

func TestAfterACancelledQueueTheNextCallerIsOnTime(t *testing.T) {
	bubble(t, "", func(t *testing.T) {
		b := New(1)
		mustWait(t, b)
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for range 500 {
			wg.Go(func() { require.ErrorIs(t, b.Wait(ctx), context.Canceled) })
		}
		time.Sleep(500 * time.Millisecond)
		require.Equal(t, 500, b.State().Waiting)
		cancel()
		wg.Wait()
		require.Less(t, mustWait(t, b), 510*time.Millisecond)
	})
}

// Whoever gives up leaves at once, wherever in the queue.
func TestACancelledCallerLeavesTheQueue(t *testing.T) {
	bubble(t, "", func(t *testing.T) {
		b := New(10)
		b.Throttled(time.Hour)
		var wg sync.WaitGroup
		wg.Go(func() { require.NoError(t, b.Wait(t.Context())) })
		time.Sleep(time.Second)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		began := time.Now()
		require.ErrorIs(t, b.Wait(ctx), context.Canceled)
		require.Equal(t, time.Second, time.Since(began))
		wg.Wait()
	})
}

func TestWaitAnswersWithTheContextsError(t *testing.T) {
	cases := map[string]func(*testing.T, *Brake){
		"unlimited": func(*testing.T, *Brake) {},
		"limited":   func(t *testing.T, b *Brake) { mustWait(t, b) },
		"paused":    func(_ *testing.T, b *Brake) { b.Throttled(time.Hour) },
	}
	for name, prepare := range cases {
		bubble(t, name, func(t *testing.T) {
			r := Rate(1.0 / 60)
			if name == "unlimited" {
				r = Unlimited
			}
			b := New(r)
			prepare(t, b)
			gone, cancel := context.WithCancel(t.Context())
			cancel()
			require.ErrorIs(t, b.Wait(gone), context.Canceled)
			if name == "unlimited" {
				return
			}
			soon, stop := context.WithTimeout(t.Context(), time.Second)
			defer stop()
			require.ErrorIs(t, b.Wait(soon), context.DeadlineExceeded)
		})
	}
}

// 64 callers share an unlimited brake, in real time for the race detector's sake.
func TestUnlimitedLetsEveryonePass(t *testing.T) {
	b := New(Unlimited)
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			for range 1000 {
				if err := b.Wait(t.Context()); err != nil {
					panic(fmt.Sprint("unlimited wait: ", err))
				}
				b.Succeeded()
			}
		})
	}
	wg.Wait()
	require.Equal(t, Unlimited, b.State().Now)
}

func TestStateShowsWhatWasSeen(t *testing.T) {
	bubble(t, "", func(t *testing.T) {
		require.Zero(t, New(Unlimited).State())
		for _, r := range []Rate{Unlimited, 500} {
			b := New(r)
			for range 3000 {
				mustWait(t, b)
				time.Sleep(2 * time.Millisecond)
			}
			require.InEpsilon(t, 500, b.State().Seen, 0.15)
			time.Sleep(time.Second)
			require.Zero(t, b.State().Seen)
		}
	})
}
