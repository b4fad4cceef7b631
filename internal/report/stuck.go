package report

import (
	"slices"
	"time"
)

// maxStuck is how many of the customers who do not get on a report names.
const maxStuck = 20

// waiting are those who have a link and do not get on, the longest first, at most maxStuck.
type waiting []waiter

type waiter struct {
	Stuck
	invited time.Time
}

// add takes a customer in who waits longer than the last of those. Of two who wait equally long the first one stays.
func (w *waiting) add(one waiter) {
	at, _ := slices.BinarySearchFunc(*w, one, func(a, b waiter) int {
		if !a.invited.After(b.invited) {
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

func (w waiting) stuck() []Stuck {
	all := []Stuck{}
	for _, one := range w {
		all = append(all, one.Stuck)
	}
	return all
}
