package campaign

import (
	"sync"
	"time"
)

// serverClock is what the Date of the API's answers tells of its time. This machine's own clock plays no part in it, only how
// much time has passed, by the monotonic clock of the run. The zero value knows nothing.
//
// A Date has whole seconds, and is of some moment between the request and its answer; and one answer in many can be odd, when
// something in between has a clock of its own. So a Date counts once the next one agrees, and of all that count the time
// now is known between two bounds. Whoever decides by it takes the one that errs on the safe side.
type serverClock struct {
	mu        sync.Mutex
	newest    bounds
	has       bool // there is a newest
	confirmed bool // two in a row agreed, and all holds every Date that agreed with the one before it
	all       bounds
}

// bounds are the server's time at the beginning of the run.
type bounds struct{ from, to time.Time }

// oddDate is how far two answers' Dates may be from each other that agree.
const oddDate = 3 * time.Second

// hear takes note of an answer's Date, and says whether it agrees with the one before. A zero one says nothing.
func (c *serverClock) hear(date time.Time, sent, got time.Duration) (agrees bool) {
	if date.IsZero() {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	is := bounds{date.Add(-got), date.Add(time.Second - sent)}
	agrees = c.has && !is.from.After(c.newest.to.Add(oddDate)) && !is.to.Before(c.newest.from.Add(-oddDate))
	if agrees {
		for _, b := range []bounds{c.newest, is} {
			if !c.confirmed || b.from.Before(c.all.from) {
				c.all.from = b.from
			}
			if !c.confirmed || b.to.After(c.all.to) {
				c.all.to = b.to
			}
			c.confirmed = true
		}
	}
	c.newest, c.has = is, true
	return agrees
}

// at are the bounds of the server's time at a moment of the run; false where no two answers agreed yet: then they are those of the newest
// answer alone, and zero where there is none.
func (c *serverClock) at(now time.Duration) (earliest, latest time.Time, known bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	b := c.all
	switch {
	case !c.has:
		return time.Time{}, time.Time{}, false
	case !c.confirmed:
		b = c.newest
	}
	return b.from.Add(now), b.to.Add(now), c.confirmed
}
