package ratelimit

import "time"

const (
	// maxThrottlePause and maxOutagePause end the doubling of pauses that no answer named.
	maxThrottlePause = time.Minute
	maxOutagePause   = 30 * time.Second

	// outageFailures in a row are an outage; fewer happen in any long run.
	outageFailures = 3

	// A rate is halved down to asked/slowestShare, and never below slowestHalved.
	slowestShare  = 64
	slowestHalved = Rate(1.0 / 60)

	// leastObserved is what an unlimited brake takes as its rate when hardly anything was sent in the last second.
	leastObserved Rate = 1
)

// Throttled tells the brake of a 429 or 503 that is about the whole API. Everyone pauses for wait, the time
// the answer named (Retry-After, or the seconds in its message; the brake sets no upper bound); 0 or less
// means that it named none, and gives 1 s, doubled with each consecutive throttle, up to 60 s. A pause is only
// ever prolonged. The rate is halved once for all the requests that were under way (see the package comment).
func (b *Brake) Throttled(wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	if !b.throttles.stale {
		b.throttles.stale = true
		b.throttles.length++
		b.halve(now)
	}
	if wait <= 0 {
		wait = doubled(b.throttles.length-1, maxThrottlePause)
	}
	b.pause(now, wait, ReasonThrottled)
}

// Unreachable tells the brake that a request got no answer: no connection, a reset, a timeout. The third in a row
// pauses everyone for 1 s, each further one for twice as long, up to 30 s. The rate stays.
func (b *Brake) Unreachable() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.outages.stale {
		return
	}
	b.outages.length++
	b.calm.Store(false)
	if b.outages.length < outageFailures {
		return
	}
	b.outages.stale = true
	b.pause(time.Now(), doubled(b.outages.length-outageFailures, maxOutagePause), ReasonUnreachable)
}

// halve takes half of the rate in force and notes how to win it back. Called with mu held.
func (b *Brake) halve(now time.Time) {
	if b.now == Unlimited {
		b.now = max(Rate(b.meter.lastSecond(now)), leastObserved)
		b.regain.full = b.now
	} else if b.asked != Unlimited {
		b.regain.full = b.asked
	}
	if b.throttles.length == 1 {
		b.regain.ceiling = b.now
	}
	lowest := min(b.regain.full, max(b.regain.full/slowestShare, slowestHalved))
	b.now = max(b.now/2, lowest)
	b.regain.last = now
	b.calm.Store(false)
}

// pause holds everyone for d from now; it never shortens a pause. Called with mu held.
func (b *Brake) pause(now time.Time, d time.Duration, reason Reason) {
	b.open.Store(false)
	if until := now.Add(d); until.After(b.until) {
		b.until, b.reason = until, reason
	}
}

// doubled returns one second doubled n times, at most longest.
func doubled(n int, longest time.Duration) time.Duration {
	d := time.Second
	for range n {
		if d *= 2; d >= longest {
			return longest
		}
	}
	return d
}
