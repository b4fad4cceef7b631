package report

import (
	"maps"
	"slices"
	"time"
)

// maxDays bounds how far back the days of a report go. A time that an API got wrong by centuries is no reason for as many days.
const maxDays = 1000

// calendar counts what happened on each local day.
type calendar struct {
	zone *time.Location
	days map[int]Day // by their number since 1970
}

// note counts something on the day of a moment; a zero one is of no day.
func (c *calendar) note(at time.Time, count func(*Day)) {
	if at.IsZero() {
		return
	}
	n := c.number(at)
	day := c.days[n]
	count(&day)
	c.days[n] = day
}

// number counts local days by their date: midnight can be skipped or come twice.
func (c *calendar) number(at time.Time) int {
	y, m, d := at.In(c.zone).Date()
	return int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / (24 * 60 * 60))
}

// until lists each day from the first on which something happened to that of a moment, or the last on which something did; the
// newest maxDays of them.
func (c *calendar) until(asOf time.Time) []Day {
	if len(c.days) == 0 {
		return []Day{}
	}
	numbers := slices.Sorted(maps.Keys(c.days))
	first, last := numbers[0], numbers[len(numbers)-1]
	if !asOf.IsZero() {
		last = max(last, c.number(asOf))
	}
	var all []Day
	for n := max(first, last-maxDays+1); n <= last; n++ {
		day := c.days[n]
		y, m, d := time.Unix(int64(n)*24*60*60, 0).UTC().Date()
		day.Date = time.Date(y, m, d, 0, 0, 0, 0, c.zone)
		all = append(all, day)
	}
	return all
}
