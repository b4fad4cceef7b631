package campaign

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Budget says how many mails may leave, and when. The zero value: any number at any time.
//
// A mail is a request that mails a customer if it works. It counts from the moment at which its intent is written down, in
// the trail, which is the whole memory of the cap: so it holds over crashes, restarts, campaigns and processes, and
// there is no counter that could be wrong. A request that turns out to have mailed nobody has still counted.
type Budget struct {
	DailyCap int            // mails in one local day, of all campaigns of the ledger; 0: no cap
	Window   Window         // zero: always open
	Zone     *time.Location // whose days and times are meant; nil: time.Local
	Wait     bool           // where nothing more may be sent, wait until it may, instead of ending
}

// ErrBudget refuses a budget that no mail fits into.
var ErrBudget = errors.New("no mail could ever be sent")

// Check refuses a budget that can't be kept; timeout is that of one request.
func (b Budget) Check(timeout time.Duration) error {
	if b.DailyCap < 0 {
		return fmt.Errorf("a daily cap of %d: %w", b.DailyCap, ErrBudget)
	}
	if long := reachOf(timeout) + 2*(timeout+longestTurn); !b.Window.opens(wall().In(b.zone()), long) {
		return fmt.Errorf("the window is never open for %s at a stretch, as replacing a session with a timeout of %s may need: %w", long, timeout, ErrBudget)
	}
	return nil
}

func (b Budget) zone() *time.Location {
	if b.Zone == nil {
		return time.Local
	}
	return b.Zone
}

// reachOf is how long after its place in the budget was taken a mail may still leave: the time of one request and as much again
// for what comes before it. A mail must fit into the window with all of it, and counts for each day that it may
// fall into.
func reachOf(timeout time.Duration) time.Duration { return 2 * timeout }

// Closed is why no mail may be sent now, and when one may be again.
type Closed struct {
	Why   string
	Until time.Time // in the budget's zone
}

// allowance is what is left of a budget. Its places are taken before an intent is written and after the brake's wait: nothing
// that takes long lies between a place and its mail.
type allowance struct {
	Budget
	reach  time.Duration
	mutant mutant

	mu       sync.Mutex
	known    time.Time     // taken holds every mail since then
	taken    []mailed      // in the order in which their places were taken
	last     time.Time     // the newest place in the trail
	from, to time.Time     // the day that was looked up last
	counted  count         // of taken
	turned   string        // why somebody was turned away last; "": nobody was
	needed   time.Duration // for how long the window had to be open for those who were
}

// mailed is when a mail left, by three clocks that can be wrong.
type mailed struct {
	placed time.Time // by its place in the trail: later than at, if the clock was set back, or had been ahead before
	at     time.Time // by the clock of then
	until  time.Time // by the earliest clock of what came after it, this process included
}

// since says whether the mail counts for a day: whether it may have left since then. Its place counts first, so that no clock
// that is behind gives a day more mails. A place that is later than the day shows that some clock was ahead; then the mail's own
// time counts. Where that is later, too, it was itself sent by that clock: before whatever came after it.
func (m mailed) since(from, to time.Time) bool {
	for _, t := range []time.Time{m.placed, m.at, m.until} {
		if t.Before(to) {
			return !t.Before(from)
		}
	}
	return true
}

// count is how many mails count for a day.
type count struct {
	from, to time.Time // the day; zero: nothing was counted yet
	mails    int
	ahead    time.Time // the latest time of one of them, by its own clock
}

// newAllowance reads in the trail what was sent. It goes back further than today by a day, so that a clock that is set
// back in mid-run finds its day counted.
func (l *Ledger) newAllowance(b Budget, timeout time.Duration, m mutant, now time.Time) (*allowance, error) {
	a := &allowance{Budget: b, reach: reachOf(timeout), mutant: m}
	if b.DailyCap == 0 {
		return a, nil
	}
	from, _ := a.day(now)
	a.known = from.Add(-a.reach - 24*time.Hour - widestShift)
	if m == noDurableCount {
		return a, nil
	}
	for e, err := range l.entries(before(a.known)) {
		if err != nil {
			return nil, fmt.Errorf("count the mails of today: %w", err)
		}
		for i := len(a.taken) - 1; i >= 0 && a.taken[i].until.After(e.At); i-- {
			a.taken[i].until = e.At
		}
		a.last = time.UnixMicro(int64(e.ID))
		if e.Mail {
			a.taken = append(a.taken, mailed{a.last, e.At, e.At})
		}
	}
	return a, nil
}

// day is the local day of a moment.
func (a *allowance) day(t time.Time) (from, to time.Time) {
	if t.Before(a.from) || !t.Before(a.to) {
		zone := a.zone()
		if a.mutant == capByUTCDay {
			zone = time.UTC
		}
		a.from, a.to = dayOf(t.In(zone))
	}
	return a.from, a.to
}

// used is how many mails count for the day of a moment that has come, or will: also those of just before it began, which
// may have left on it.
func (a *allowance) used(t time.Time) int {
	from, to := a.day(t)
	since := from.Add(-a.reach)
	if since.Before(a.known) { // the clock went back by more than is counted
		return a.DailyCap
	}
	if !a.counted.from.Equal(from) {
		a.counted = count{from: from, to: to}
		for i := range a.taken {
			m := &a.taken[i]
			if m.until.After(t) {
				m.until = t
			}
			if m.since(since, to) {
				a.counted.add(*m)
			}
		}
	}
	return a.counted.mails
}

func (c *count) add(m mailed) {
	c.mails++
	if m.at.After(c.ahead) {
		c.ahead = m.at
	}
}

// refusal says why nothing may begin at a moment that ends with a mail and takes so long; "" it may.
func (a *allowance) refusal(t time.Time, long time.Duration) string {
	switch {
	case !a.Window.openFor(t.In(a.zone()), long):
		return "the window is closed"
	case a.DailyCap == 0 || a.used(t) < a.DailyCap:
		return ""
	case a.counted.ahead.After(t.Add(a.reach)):
		return fmt.Sprintf("the daily cap of %d is used up: the ledger has mails dated %s, so this machine's clock was set back",
			a.DailyCap, a.counted.ahead.In(a.zone()).Format(time.RFC3339))
	default:
		return fmt.Sprintf("the daily cap of %d is used up", a.DailyCap)
	}
}

// turnsAway says whether no mail may begin now, and remembers that it was asked for.
func (a *allowance) turnsAway(now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return !a.admits(now, a.reach)
}

// admits says whether something may begin that takes so long, and remembers who was turned away.
func (a *allowance) admits(now time.Time, long time.Duration) bool {
	why := a.refusal(now, long)
	if why != "" {
		a.turned, a.needed = why, max(a.needed, long)
	}
	return why == ""
}

// take takes a place for what takes so long, or turns away. A place from before is given back with it, so that nobody else can
// have it in between.
func (a *allowance) take(old place, now time.Time, long time.Duration) (at time.Time, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if old.taken {
		a.drop(old.at)
	}
	if !a.admits(now, long) {
		return time.Time{}, false
	}
	if a.DailyCap == 0 {
		return now, true
	}
	if now.After(a.last) { // else the clock was set back; ids of the trail ascend
		a.last = now
	}
	m := mailed{a.last, now, now}
	a.taken = append(a.taken, m)
	a.counted.add(m)
	return now, true
}

// giveBack gives back a place whose mail provably never left. Only in memory: what the trail says of it still counts for
// the next process.
func (a *allowance) giveBack(place time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.drop(place)
}

func (a *allowance) drop(place time.Time) {
	for i := len(a.taken) - 1; i >= 0; i-- { // it is among the newest
		if a.taken[i].at.Equal(place) {
			if c := &a.counted; a.taken[i].since(c.from.Add(-a.reach), c.to) {
				c.mails--
			}
			a.taken = slices.Delete(a.taken, i, i+1)
			return
		}
	}
}

// late says whether a mail that has its place would no longer leave in time.
func (a *allowance) late(place, now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	_, to := a.day(place.Add(a.reach))
	return !a.Window.openFor(now.In(a.zone()), a.reach/2) || a.DailyCap > 0 && now.Add(a.reach/2).After(to)
}

// sameDay says whether a mail of the one moment counts for the day of the other.
func (a *allowance) sameDay(counted, t time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	from, to := a.day(t)
	return !counted.Before(from.Add(-a.reach)) && counted.Before(to)
}

// closed says why somebody was turned away since the last call of reopen, and when it can go on; nil nobody was.
func (a *allowance) closed(now time.Time) *Closed {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.turned == "" {
		return nil
	}
	return &Closed{Why: a.turned, Until: a.opens(now)}
}

// opens is the first moment from now on at which a mail may begin, and whoever was turned away.
func (a *allowance) opens(now time.Time) time.Time {
	t := now.In(a.zone())
	for range maxForecast {
		at, ok := a.Window.next(t, max(a.reach, a.needed))
		if !ok || a.DailyCap == 0 || a.used(at) < a.DailyCap {
			return at
		}
		_, t = a.day(at)
		t = t.In(a.zone())
	}
	return t
}

// reopen forgets who was turned away.
func (a *allowance) reopen() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.turned, a.needed = "", 0
}

// maxForecast is how many days ahead anybody is told about.
const maxForecast = 3660
