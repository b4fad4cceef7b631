package ratelimit

import "time"

// Reason says why everyone pauses.
type Reason string

const (
	// ReasonThrottled is a 429 or 503 about the whole API.
	ReasonThrottled Reason = "throttled"
	// ReasonUnreachable is a row of requests without any answer.
	ReasonUnreachable Reason = "unreachable"
)

// State is what a progress display shows of a brake: a copy, of one moment.
type State struct {
	Asked       Rate      // the rate given to [New]
	Now         Rate      // the rate in force; less than Asked after a throttle
	Seen        float64   // requests started in the last second, to about an eighth
	Waiting     int       // callers inside [Brake.Wait] that were not let through at once
	PausedUntil time.Time // end of the pause; the zero time when there is none
	Reason      Reason    // of the pause; empty when there is none
}

// State returns the brake's state now. It waits for nobody.
func (b *Brake) State() State {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	s := State{
		Asked:   b.asked,
		Now:     b.now,
		Seen:    b.meter.lastSecond(now),
		Waiting: int(b.waiting.Load()),
	}
	if now.Before(b.until) {
		s.PausedUntil, s.Reason = b.until, b.reason
	}
	return s
}
