package campaign

import (
	"sync"
	"time"
)

// oddDate is how far an answer's Date may be from what the answer before it makes likely.
const oddDate = 3 * time.Second

// serverClock is what the Date of the API's answers tells of its time. This machine's own clock plays no part in it, only how
// much time has passed, by the monotonic clock of the run. The zero value knows nothing.
//
// A Date has whole seconds, and is of some moment between the request and its answer. So the time now is known between
// two bounds, and whoever decides by it takes the one that errs on the safe side.
type serverClock struct {
	mu        sync.Mutex
	date      time.Time     // of the newest answer that had one
	sent, got time.Duration // when its request left, and when it came
}

// hear takes note of an answer's Date. A zero one says nothing.
func (c *serverClock) hear(date time.Time, sent, got time.Duration) {
	if date.IsZero() {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.date, c.sent, c.got = date, sent, got
}

// at are the bounds of the server's time at a moment of the run; false where no answer had a Date yet.
func (c *serverClock) at(now time.Duration) (earliest, latest time.Time, known bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.date.IsZero() {
		return time.Time{}, time.Time{}, false
	}
	return c.date.Add(now - c.got), c.date.Add(time.Second + now - c.sent), true
}

// fits says whether a Date agrees with the answer before it. One that has none to agree with does not.
func (c *serverClock) fits(date time.Time, now time.Duration) bool {
	earliest, latest, known := c.at(now)
	return known && !date.IsZero() && !date.Before(earliest.Add(-oddDate)) && !date.After(latest.Add(oddDate))
}
