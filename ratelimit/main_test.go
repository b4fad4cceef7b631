package ratelimit

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// log keeps when requests started.
type log struct {
	mu     sync.Mutex
	starts []time.Time
}

func (l *log) start() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.starts = append(l.starts, time.Now())
}

func (l *log) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.starts)
}

// requireSpaced is the law of the pace: neighbours are no closer than at rate r, and no one-second window, both ends
// included, holds more than r starts (one for rates below 1/s).
func (l *log) requireSpaced(t *testing.T, r Rate) {
	t.Helper()
	gap := time.Duration(float64(time.Second) / float64(r))
	first := 0
	for i, at := range l.starts {
		if i > 0 {
			require.GreaterOrEqual(t, at.Sub(l.starts[i-1]), gap, "start %d at rate %s", i, r)
		}
		for at.Sub(l.starts[first]) > time.Second {
			first++
		}
		require.LessOrEqual(t, float64(i-first+1), max(float64(r), 1), "window ending with start %d at rate %s", i, r)
	}
}

// workers starts n callers that ask for turn after turn until ctx ends.
func workers(ctx context.Context, n int, b *Brake, l *log) *sync.WaitGroup {
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			for b.Wait(ctx) == nil {
				l.start()
			}
		})
	}
	return &wg
}

// mustWait takes one turn and returns how long it took.
func mustWait(t *testing.T, b *Brake) time.Duration {
	t.Helper()
	began := time.Now()
	require.NoError(t, b.Wait(t.Context()))
	return time.Since(began)
}

// bubble runs body in virtual time, as a subtest where name is given.
func bubble(t *testing.T, name string, body func(*testing.T)) {
	t.Helper()
	if name == "" {
		synctest.Test(t, body)
		return
	}
	t.Run(name, func(t *testing.T) { synctest.Test(t, body) })
}
