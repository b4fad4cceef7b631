package ratelimit

import (
	"sync/atomic"
	"time"
)

// departures are the newest requests that left, in a ring: when, and when they have arrived at the latest. Only an answer proves an
// arrival. Measured on two cores which the API shares, a request is seen up to 8 ms after the door let it go, nearly all of them
// after it was written; where others want the cores too, all stand still for 160 ms.
type departures struct {
	ring  []*departure
	next  int           // of ring: the oldest
	slack time.Duration // how late an arrival may be without any harm, since the door's span is that much longer than the rate's
	slow  atomic.Int64  // of ring: those whose answer took longer than slack
}

// departure is one request that left.
type departure struct {
	at   time.Time
	took atomic.Int64 // nanoseconds until its answer; 0: there is none yet; forgotten: out of the ring
}

const forgotten = -1

// mostLate is how much later than it left a request counts at most, so that a lost answer stops nothing.
const mostLate = 250 * time.Millisecond

// mostSlow is one in how many answers may take longer than the slack, and the API still be a prompt one. The time that a prompt API
// takes is the way there and back; that of another is its own work, and says nothing of when a request arrived.
const mostSlow = 2

func newDepartures(n int, slack time.Duration) departures {
	return departures{ring: make([]*departure, n), slack: slack}
}

// oldest is the moment from which the oldest request counts: when it left, or, where it may have arrived later than the slack allows,
// so much after it. The zero time: there is none. Called by the holder of the door's turn.
func (d *departures) oldest(now time.Time) time.Time {
	g := d.ring[d.next]
	if g == nil {
		return time.Time{}
	}
	if d.slow.Load()*mostSlow > int64(len(d.ring)) {
		return g.at
	}
	took := time.Duration(g.took.Load())
	if took == 0 {
		took = now.Sub(g.at)
	}
	return g.at.Add(max(0, min(took, mostLate)-d.slack))
}

// add puts a request that leaves now in the place of the oldest. Called by the holder of the door's turn.
func (d *departures) add(now time.Time) *departure {
	if old := d.ring[d.next]; old != nil && d.late(old.took.Swap(forgotten)) {
		d.slow.Add(-1)
	}
	g := &departure{at: now}
	d.ring[d.next] = g
	d.next = (d.next + 1) % len(d.ring)
	return g
}

// answered notes that a request's answer, or its failure, is here.
func (d *departures) answered(g *departure) {
	took := max(1, int64(time.Since(g.at)))
	if g.took.CompareAndSwap(0, took) && d.late(took) {
		d.slow.Add(1)
	}
}

func (d *departures) late(took int64) bool { return took > int64(d.slack) }
