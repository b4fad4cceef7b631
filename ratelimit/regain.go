package ratelimit

import "time"

const (
	// regainShare is how many steps make the whole asked rate.
	regainShare = 16

	// regainEvery is the least time between two steps. A step that ends less than a whole step below the rate
	// which drew the throttle, or above it, waits for probeEvery: the API's limit is somewhere in that step.
	regainEvery = time.Second
	probeEvery  = time.Minute

	// rounding forgives the hair by which a sum of steps may miss the rate it should meet.
	rounding = 1e-9
)

// regain is how a halved rate is won back.
type regain struct {
	full    Rate      // the rate that counts as asked: for an unlimited brake, the observed one
	ceiling Rate      // the rate that drew the throttle
	last    time.Time // of the last step, or of the halving
}

// Succeeded tells the brake of a definite answer: the API did what was asked or said why not. It ends the row
// of throttles and failures and wins a halved rate back, step by step (see the package comment). Answers to
// requests that left before a throttle's pause win nothing back. A running pause goes on.
func (b *Brake) Succeeded() {
	if b.calm.Load() {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.outages.length = 0
	if b.throttles.stale {
		return
	}
	b.throttles.length = 0
	if b.now != b.asked {
		b.step(time.Now())
	}
	b.calm.Store(b.now == b.asked)
}

// step takes the next step if its time has come. Called with mu held and a halved rate.
func (b *Brake) step(now time.Time) {
	size := b.regain.full / regainShare
	next := b.now + size
	due := b.regain.last.Add(regainEvery)
	if next+size > b.regain.ceiling*(1+rounding) {
		due = b.regain.last.Add(probeEvery)
	}
	if now.Before(due) {
		return
	}
	b.regain.last = now
	b.now = next
	if next > b.regain.full*(1-rounding) {
		b.now = b.asked
	}
}
