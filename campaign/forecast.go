package campaign

import (
	"math"
	"time"
)

// Forecast is how long mails take under a budget.
type Forecast struct {
	Today int       // how many may leave today
	Days  int       // over how many days they leave, today included; days on which none may leave don't count
	Until time.Time // the day of the last one, at its beginning; zero: nobody can say, it takes more than ten years
}

// Forecast says how so many mails are spread over the days from now on. pace is the time that each takes; 0 is none. l may be
// nil, where nothing was sent yet.
func (b Budget) Forecast(l *Ledger, mails int, pace, timeout time.Duration, now time.Time) (Forecast, error) {
	a := &allowance{Budget: b, reach: reachOf(timeout)}
	if l != nil {
		var err error
		if a, err = l.newAllowance(b, timeout, "", now); err != nil {
			return Forecast{}, err
		}
	}
	var f Forecast
	now = now.In(b.zone())
	from, to := dayOf(now)
	for day := 0; mails > 0 && day < maxForecast; day++ {
		n := min(mails, b.room(a, now, to, pace))
		if day == 0 {
			f.Today = n
		}
		if n > 0 {
			f.Days++
			f.Until = from
		}
		mails -= n
		from, to = dayOf(to)
		now = from
	}
	if mails > 0 {
		f.Until = time.Time{}
	}
	return f, nil
}

// room is how many mails may leave between two moments of a day.
func (b Budget) room(a *allowance, from, to time.Time, pace time.Duration) int {
	room := math.MaxInt
	if b.DailyCap > 0 {
		room = max(0, b.DailyCap-a.used(from))
	}
	var open time.Duration
	for at := from; at.Before(to); {
		next := at.Truncate(time.Minute).Add(time.Minute)
		if b.Window.spans == nil {
			next = to
		}
		if b.Window.openFor(at, a.reach) {
			open += next.Sub(at)
		}
		at = next
	}
	switch {
	case open == 0:
		return 0
	case pace > 0:
		return min(room, int((open+pace-1)/pace))
	}
	return room
}
