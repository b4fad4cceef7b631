package report

import (
	"slices"
	"time"
)

// maxStuck is how many of the customers who do not get on a report names.
const maxStuck = 20

// waiting are those who have a link and have not done anything for the longest time, at most maxStuck.
type waiting []Stuck

// takes says whether add would take a customer in who waits since then. It is asked first: few are, and all words about the others
// would be for nothing.
func (w waiting) takes(since time.Time) bool {
	return len(w) < maxStuck || since.Before(w[len(w)-1].Since)
}

// add takes a customer in who waits longer than the last of those. Of two who wait equally long the first one stays.
func (w *waiting) add(one Stuck) {
	at, _ := slices.BinarySearchFunc(*w, one, func(a, b Stuck) int {
		if !a.Since.After(b.Since) {
			return -1
		}
		return 1
	})
	if at == maxStuck {
		return
	}
	*w = slices.Insert(*w, at, one)
	if len(*w) > maxStuck {
		*w = (*w)[:maxStuck]
	}
}

func (w waiting) stuck() []Stuck { return append([]Stuck{}, w...) }
