package sandbox_test

import (
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

func clockOf(t testing.TB, speed int) *sandbox.Clock {
	t.Helper()
	c, err := sandbox.NewClock(time.Time{}, speed)
	require.NoError(t, err)
	return c
}

func TestClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Date(2026, 5, 5, 6, 0, 0, 0, time.UTC)
		c, err := sandbox.NewClock(start, 600)
		require.NoError(t, err)
		require.Equal(t, 600, c.Speed())
		require.Equal(t, start, c.Now())
		time.Sleep(time.Second)
		require.Equal(t, start.Add(10*time.Minute), c.Now())

		require.NoError(t, c.SetSpeed(1))
		require.Equal(t, start.Add(10*time.Minute), c.Now(), "another speed is no leap")
		time.Sleep(time.Minute)
		require.Equal(t, start.Add(11*time.Minute), c.Now())
		require.NoError(t, c.Advance(72*time.Hour))
		require.Equal(t, start.Add(72*time.Hour+11*time.Minute), c.Now())

		require.NoError(t, c.SetSpeed(0))
		time.Sleep(time.Hour)
		require.Equal(t, start.Add(72*time.Hour+11*time.Minute), c.Now())
		year := start.AddDate(1, 0, 0)
		require.NoError(t, c.Set(year))
		require.Equal(t, year, c.Now())
		require.Error(t, c.Set(year.Add(-1)))
		require.Error(t, c.Advance(-1))
		require.Equal(t, year, c.Now(), "there is no way back")

		require.NoError(t, c.SetSpeed(86_400))
		time.Sleep(20 * 365 * 24 * time.Hour)
		require.Greater(t, c.Now(), year.AddDate(200, 0, 0), "no overflow")
		require.Equal(t, time.Now(), clockOf(t, 1).Now(), "the present")
	})
}

func TestClockRefused(t *testing.T) {
	for _, speed := range []int{-1, 86_401} {
		_, err := sandbox.NewClock(time.Time{}, speed)
		require.Error(t, err)
		require.Error(t, clockOf(t, 1).SetSpeed(speed))
	}
	for text, speed := range map[string]int{"600x": 600, "1": 1, "0x": 0} {
		got, err := sandbox.ParseSpeed(text)
		require.NoError(t, err)
		require.Equal(t, speed, got)
	}
	for _, text := range []string{"", "x", "fast", "1.5x", "-1x", "86401x", "600 x"} {
		_, err := sandbox.ParseSpeed(text)
		require.Error(t, err, text)
	}
	_, err := sandbox.New(sandbox.Config{Clock: clockOf(t, 1), Now: time.Now})
	require.Error(t, err, "two clocks")
}

// moment is one thing that happened: the how-manieth it was put into the world, and when it happened.
type moment struct {
	put int
	at  time.Duration
}

// diary puts things to come into a world, some of them from within others, and tells what happened.
func diary(s *sandbox.Server, start time.Time, seed uint64) *[]moment {
	told, put := &[]moment{}, 0
	rng := rand.New(rand.NewPCG(seed, 0))
	noted := func(then func(now time.Time)) func(time.Time) {
		put++
		n := put
		return func(now time.Time) {
			*told = append(*told, moment{n, now.Sub(start)})
			then(now)
		}
	}
	for range 60 {
		after, again := time.Duration(1+rng.IntN(20))*time.Minute, time.Duration(rng.IntN(3)-1)*time.Minute
		s.At(start.Add(after), noted(func(now time.Time) {
			s.AtAgain(now.Add(again), noted(func(time.Time) {}))
		}))
	}
	return told
}

// Law: what is to come happens in the order of time, then of being put there, each at its own time, and it is
// the same whether the clock runs, runs fast or leaps.
func TestSchedule(t *testing.T) {
	for seed := range uint64(30) {
		var stories [][]moment
		for _, pass := range []func(*testing.T, *sandbox.Clock){
			func(*testing.T, *sandbox.Clock) { time.Sleep(time.Hour) },
			func(t *testing.T, c *sandbox.Clock) { require.NoError(t, c.SetSpeed(600)); time.Sleep(6 * time.Second) },
			func(t *testing.T, c *sandbox.Clock) { require.NoError(t, c.Advance(time.Hour)) },
			func(t *testing.T, c *sandbox.Clock) {
				require.NoError(t, c.SetSpeed(0))
				time.Sleep(time.Hour)
				for range 4 {
					require.NoError(t, c.Set(c.Now().Add(15*time.Minute)))
				}
			},
		} {
			synctest.Test(t, func(t *testing.T) {
				c := clockOf(t, 1)
				s := newServer(t, sandbox.Config{Clock: c})
				told := diary(s, c.Now(), seed)
				pass(t, c)
				synctest.Wait()
				require.Len(t, *told, 120)
				stories = append(stories, *told)
			})
		}
		for _, story := range stories[1:] {
			require.Equal(t, stories[0], story, "seed %d", seed)
		}
		for i, now := range stories[0][1:] {
			before := stories[0][i]
			require.True(t, before.at < now.at || before.at == now.at && before.put < now.put, "seed %d", seed)
		}
	}
}

// The world goes on without being asked, also while its clock is somebody else's.
func TestScheduleByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, cfg := range []sandbox.Config{{}, {Clock: clockOf(t, 60)}, {Now: time.Now}} {
			s := newServer(t, cfg)
			now := time.Now()
			if cfg.Clock != nil {
				now = cfg.Clock.Now()
			}
			var happened []time.Time
			for _, after := range []time.Duration{3 * time.Minute, time.Minute} {
				s.At(now.Add(after), func(time.Time) { happened = append(happened, time.Now()) })
			}
			start := time.Now()
			time.Sleep(10 * time.Minute)
			synctest.Wait()
			speed := time.Duration(1)
			if cfg.Clock != nil {
				speed = 60
			}
			require.Equal(t, []time.Time{start.Add(time.Minute / speed), start.Add(3 * time.Minute / speed)}, happened)
		}
	})
}

// A fast clock is exact also where less than a millisecond is to be waited for; one that is not the sandbox's, and that may
// stand still, is looked at no more often than once in a millisecond.
func TestShortWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := clockOf(t, 600)
		s := newServer(t, sandbox.Config{Clock: c})
		start, now := time.Now(), c.Now()
		var happened []time.Duration
		for i := range 5 {
			s.At(now.Add(time.Duration(i+1)*60*time.Millisecond), func(time.Time) { happened = append(happened, time.Since(start)) })
		}
		time.Sleep(time.Second)
		synctest.Wait()
		require.Equal(t, []time.Duration{100 * time.Microsecond, 200 * time.Microsecond, 300 * time.Microsecond, 400 * time.Microsecond, 500 * time.Microsecond}, happened)
	})
	synctest.Test(t, func(t *testing.T) {
		var looks atomic.Int64
		frozen := time.Now()
		s := newServer(t, sandbox.Config{Now: func() time.Time { looks.Add(1); return frozen }})
		s.At(frozen.Add(time.Microsecond), func(time.Time) { t.Error("it is not due") })
		looks.Store(0)
		time.Sleep(time.Second)
		require.LessOrEqual(t, looks.Load(), int64(2*1000))
		require.NotZero(t, looks.Load())
	})
}

// A world that ran ahead of the present goes on where it stood.
func TestClockAfterRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := worldPath(t)
		c := clockOf(t, 1)
		s, err := sandbox.New(sandbox.Config{World: path, Clock: c})
		require.NoError(t, err)
		require.NoError(t, c.Advance(240*time.Hour))
		created(t, s, "MA_1")
		made := s.Sessions("MA_1")[0].Created
		require.NoError(t, s.Close())
		again := newServer(t, sandbox.Config{World: path})
		require.WithinDuration(t, made, again.Journal().At, 0)
		time.Sleep(time.Minute)
		require.WithinDuration(t, made.Add(time.Minute), again.Journal().At, 0)
	})
}
