package campaign

import (
	"sync"
	"time"
)

// serverClock is what the Date of the API's answers tells of its time. This machine's own clock plays no part in it, only how
// much time has passed, by the monotonic clock of the run. The zero value knows nothing.
//
// A Date has whole seconds, and is of some moment between the request and its answer; several machines behind one address have
// clocks of their own; and now and then something in between answers with an odd one. So of the newest answers those count that agree,
// if there are enough of them, and the time now is known between two bounds that have room for all of these. Whoever decides
// by it takes the bound that errs on the safe side.
type serverClock struct {
	mu     sync.Mutex
	newest []bounds // at most keptDates, in the order of their answers
	best   bounds   // agreeing, for these
	agree  int
}

// bounds are the server's time at the beginning of the run.
type bounds struct{ from, to time.Time }

const (
	keptDates   = 7           // of so many answers …
	enoughDates = 3           // … so many have to agree
	oddDate     = time.Minute // and no two of these are further from each other
)

// hear takes note of an answer's Date, and says whether it is one of those that count. A zero one says nothing.
func (c *serverClock) hear(date time.Time, sent, got time.Duration) bool {
	if date.IsZero() {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	is := bounds{date.Add(-got), date.Add(time.Second - sent)}
	if c.newest = append(c.newest, is); len(c.newest) > keptDates {
		c.newest = c.newest[1:]
	}
	c.best, c.agree = c.agreeing()
	return c.agree >= enoughDates && !is.from.Before(c.best.from) && !is.to.After(c.best.to)
}

// agreeing are the bounds of the largest group of answers no two of which are too far from each other, and how many it has: none where
// another group is as large, since nobody can tell which of the two is right before one more answer.
func (c *serverClock) agreeing() (best bounds, most int) {
	rival := false
	for i := len(c.newest) - 1; i >= 0; i-- {
		all, n := c.newest[i], 1
		for k := len(c.newest) - 1; k >= 0; k-- {
			b := c.newest[k]
			joined := bounds{earlier(all.from, b.from), later(all.to, b.to)}
			if k != i && joined.to.Sub(joined.from) <= oddDate+(b.to.Sub(b.from)) {
				all, n = joined, n+1
			}
		}
		switch {
		case n > most:
			best, most, rival = all, n, false
		case n == most && (all.from.After(best.to) || all.to.Before(best.from)):
			rival = true
		}
	}
	if rival {
		return bounds{}, 0
	}
	return best, most
}

// at are the bounds of the server's time at a moment of the run; false where too few answers agree: then they are those of
// the newest answer alone, and zero where there is none.
func (c *serverClock) at(now time.Duration) (earliest, latest time.Time, known bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.newest) == 0 {
		return time.Time{}, time.Time{}, false
	}
	b := c.best
	if known = c.agree >= enoughDates; !known {
		b = c.newest[len(c.newest)-1]
	}
	return b.from.Add(now), b.to.Add(now), known
}

func earlier(x, y time.Time) time.Time {
	if y.Before(x) {
		return y
	}
	return x
}

func later(x, y time.Time) time.Time {
	if y.After(x) {
		return y
	}
	return x
}
