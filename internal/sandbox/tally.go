package sandbox

import (
	"maps"
	"net/http"
	"slices"
	"time"
)

// tally counts requests. It keeps the arrival times of the last second only, and one number for
// each second in which something arrived.
type tally struct {
	requests map[Route]map[int]int
	faults   map[Fault]int
	window   []time.Time // arrivals of the last second, oldest first
	worst    int
	worstAt  time.Time
	seconds  []Second
	refused  bool // a 401 or 403 was answered
	after    int
	first    time.Time
	last     time.Time
}

func newTally() tally {
	return tally{requests: map[Route]map[int]int{}, faults: map[Fault]int{}}
}

func (t *tally) fault(f Fault) { t.faults[f]++ }

// request counts one that arrived at time now, and what became of it. It is called in the order of
// arrival.
func (t *tally) request(now time.Time, route Route, out outcome) {
	status := out.status
	if out.wire == reset || out.wire == silent {
		status = 0
	}
	byStatus := t.requests[route]
	if byStatus == nil {
		byStatus = map[int]int{}
		t.requests[route] = byStatus
	}
	byStatus[status]++

	if t.refused {
		t.after++
	}
	t.refused = t.refused || status == http.StatusUnauthorized || status == http.StatusForbidden

	if t.first.IsZero() {
		t.first = now
	}
	t.last = now
	t.arrive(now)
}

func (t *tally) arrive(now time.Time) {
	old := 0
	for old < len(t.window) && now.Sub(t.window[old]) >= time.Second {
		old++
	}
	t.window = append(t.window[old:], now) // append moves to a new array once in a while, freeing the old
	if len(t.window) > t.worst {
		t.worst, t.worstAt = len(t.window), now
	}
	if n := len(t.seconds); n > 0 && t.seconds[n-1].Unix == now.Unix() {
		t.seconds[n-1].Requests++
	} else {
		t.seconds = append(t.seconds, Second{Unix: now.Unix(), Requests: 1})
	}
}

func (t *tally) journal() Journal {
	j := Journal{
		Requests: map[Route]map[int]int{}, Faults: maps.Clone(t.faults),
		WorstSecond: t.worst, WorstAt: t.worstAt, Seconds: slices.Clone(t.seconds),
		After401: t.after, First: t.first, Last: t.last,
	}
	for route, byStatus := range t.requests {
		j.Requests[route] = maps.Clone(byStatus)
	}
	return j
}
