package main

import (
	"sync"
	"time"
)

// Tallies are what the server says of itself. All times are Unix nanoseconds; 0: never.
type Tallies struct {
	Requests, Posts, Refused int64
	First, Last              int64 // request
	FirstPost, LastPost      int64
	Fullest                  int // requests in the fullest second, wherever that second begins
}

// tallies count what reaches the server, and when.
type tallies struct {
	mu      sync.Mutex
	now     Tallies
	arrived []int64 // the newest requests, those of a second
}

func (t *tallies) request(at time.Time, post bool) {
	now := at.UnixNano()
	t.mu.Lock()
	defer t.mu.Unlock()
	n := &t.now
	n.Requests++
	n.First, n.Last = firstOf(n.First, now), max(n.Last, now)
	if post {
		n.Posts++
		n.FirstPost, n.LastPost = firstOf(n.FirstPost, now), max(n.LastPost, now)
	}
	t.arrived = append(t.arrived, now)
	gone := 0
	for gone < len(t.arrived) && t.arrived[gone] <= now-int64(time.Second) {
		gone++
	}
	t.arrived = t.arrived[gone:]
	n.Fullest = max(n.Fullest, len(t.arrived))
}

func firstOf(first, now int64) int64 {
	if first == 0 {
		return now
	}
	return min(first, now)
}

func (t *tallies) refuse() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.now.Refused++
}

// read are the tallies so far, which may begin anew.
func (t *tallies) read(anew bool) Tallies {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now
	if anew {
		t.now, t.arrived = Tallies{}, nil
	}
	return now
}

// limit is a rate limit that is enforced over any second, wherever it begins.
type limit struct {
	mu   sync.Mutex
	ring []time.Time // when the newest requests were let through
	next int
}

func newLimit(perSecond int) *limit { return &limit{ring: make([]time.Time, perSecond)} }

func (l *limit) lets(now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if oldest := l.ring[l.next]; !oldest.IsZero() && now.Sub(oldest) < time.Second {
		return false
	}
	l.ring[l.next] = now
	l.next = (l.next + 1) % len(l.ring)
	return true
}
