package sandbox_test

import (
	"math/rand/v2"
	"net/http"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

// most is the largest number of times in any half-open window, counted the slow way.
func most(times []time.Time, window time.Duration) int {
	worst := 0
	for i, last := range times {
		n := 0
		for _, t := range times[:i+1] {
			if last.Sub(t) < window {
				n++
			}
		}
		worst = max(worst, n)
	}
	return worst
}

// Law: no window lets through more than the limit, no request is refused without need, the wait
// that a refusal names suffices, and the journal's worst second is that of all arrivals.
func TestLimit(t *testing.T) {
	for seed := range uint64(40) {
		synctest.Test(t, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 1))
			limit := []float64{0.5, 1, 2.5, 7, 50}[rng.IntN(5)]
			whole := max(1, int(limit))
			window := time.Duration(float64(whole) / limit * float64(time.Second))
			s := newServer(t, sandbox.Config{Limit: limit})
			var all, passed []time.Time
			for range 300 {
				time.Sleep(time.Duration(rng.ExpFloat64() / limit / 2 * float64(time.Second)))
				now := time.Now()
				all = append(all, now)
				r := get(t, s, "")
				room := most(append(passed[:len(passed):len(passed)], now), window) <= whole
				if r.status == 200 {
					require.True(t, room)
					passed = append(passed, now)
					continue
				}
				require.False(t, room, "refused without need")
				require.Equal(t, 429, r.status)
				wait, err := strconv.Atoi(r.header.Get("Retry-After"))
				require.NoError(t, err)
				require.Positive(t, wait)
				if rng.IntN(4) == 0 {
					time.Sleep(time.Duration(wait) * time.Second)
					passed, all = append(passed, time.Now()), append(all, time.Now())
					require.Equal(t, 200, get(t, s, "").status)
				}
			}
			require.Less(t, len(passed), len(all))
			j := s.Journal()
			require.Equal(t, most(all, time.Second), j.WorstSecond)
			require.Equal(t, all[0], j.First)
			require.Equal(t, all[len(all)-1], j.Last)
			seconds := map[int64]int{}
			for _, t := range all {
				seconds[t.Unix()]++
			}
			require.Len(t, j.Seconds, len(seconds))
			for _, sec := range j.Seconds {
				require.Equal(t, seconds[sec.Unix], sec.Requests)
			}
		})
	}
}

// Even pacing at the limit is let through: the window is half-open.
func TestLimitPaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, sandbox.Config{Limit: 200})
		for range 1000 {
			require.Equal(t, 200, get(t, s, "").status)
			time.Sleep(5 * time.Millisecond)
		}
		require.Equal(t, 200, s.Journal().WorstSecond)
	})
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, sandbox.Config{Limit: 1})
		require.Equal(t, 200, get(t, s, "").status)
		time.Sleep(time.Second)
		require.Equal(t, 200, get(t, s, "").status)
		time.Sleep(time.Second / 2)
		require.Equal(t, 429, get(t, s, "").status, "the one exactly at the window's end counts")
	})
}

// A connection that was never made does not count, neither for the limit nor for the journal.
func TestRefusedIsNoRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, sandbox.Config{Limit: 1, Faults: sandbox.Faults{Rules: []sandbox.Rule{once("list", sandbox.ConnectRefused, 1)}}})
		require.Error(t, get(t, s, "").err)
		require.Equal(t, 200, get(t, s, "").status)
		require.Equal(t, 429, do(t, s, http.MethodGet, "", "").status)
		require.Equal(t, 2, s.Journal().Total("*"))
	})
}
