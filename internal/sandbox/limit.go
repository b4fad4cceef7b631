package sandbox

import "time"

// maxLimit is the largest limit that can be asked for; the limiter remembers that many requests.
const maxLimit = 1_000_000

// limiter lets through at most n requests in any window, which is half-open: a request exactly one
// window after the n-th before it passes. Requests that it refuses do not count.
type limiter struct {
	window time.Duration
	last   []time.Time // ring of the times that passed; its oldest is at next
	next   int
}

// newLimiter gives the limiter for a rate a second, nil for no limit. A rate that is no whole number
// holds over the window in which its whole part fits: 2.5 a second is 2 in any 0.8 s.
func newLimiter(rate float64) *limiter {
	if rate == 0 {
		return nil
	}
	n := max(1, int(rate))
	return &limiter{window: time.Duration(float64(n) / rate * float64(time.Second)), last: make([]time.Time, n)}
}

// admit lets a request through, or says how long the caller must wait until one would be.
func (l *limiter) admit(now time.Time) (wait time.Duration) {
	if l == nil {
		return 0
	}
	if oldest := l.last[l.next]; !oldest.IsZero() {
		if wait = oldest.Add(l.window).Sub(now); wait > 0 {
			return wait
		}
	}
	l.last[l.next] = now
	l.next = (l.next + 1) % len(l.last)
	return 0
}
