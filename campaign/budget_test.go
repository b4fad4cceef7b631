package campaign

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// office is the trail and the clock of one ledger, for the laws of the cap: mails are sent through one process after the
// other, while somebody plays with the clock.
type office struct {
	l     *Ledger
	book  *trail
	a     *allowance
	b     Budget
	m     mutant
	clock time.Time
	sent  []Entry // mails that left, as the trail tells of them
	byDay int     // the largest number, by their places in the trail, on a day on which one left
}

// restart begins a run, and writes down that it did.
func (o *office) restart(t interface {
	require.TestingT
	Context() context.Context
}) {
	var err error
	o.book, err = o.l.openTrail()
	require.NoError(t, err)
	o.a, err = o.l.newAllowance(o.b, DefaultTimeout, o.m, o.clock)
	require.NoError(t, err)
	require.NoError(t, o.l.s.Put(t.Context(), o.book.add(&Entry{At: o.clock, Kind: KindBegan})))
}

// mail sends one, if there is a place. One that never left gives its place back.
func (o *office) mail(t interface {
	require.TestingT
	Context() context.Context
}, leaves bool) {
	at, ok := o.a.take(place{}, o.clock, o.a.reach)
	if !ok {
		return
	}
	e := Entry{At: o.clock, Kind: KindIntent, Record: 1, Round: 1, Attempt: 1, Mail: true}
	require.NoError(t, o.l.s.Put(t.Context(), o.book.add(&e)))
	if !leaves {
		o.a.giveBack(at)
		return
	}
	o.sent = append(o.sent, e)
	from, to := dayOf(o.clock.In(o.b.Zone))
	today := 0
	for _, e := range o.sent {
		if at := time.UnixMicro(int64(e.ID)); !at.Before(from) && at.Before(to) {
			today++
		}
	}
	o.byDay = max(o.byDay, today)
}

// worst is the largest number of mails on one local day, by their own times.
func (o *office) worst() int {
	days := map[string]int{}
	worst := 0
	for _, e := range o.sent {
		day := e.At.In(o.b.Zone).Format(time.DateOnly)
		days[day]++
		worst = max(worst, days[day])
	}
	return worst
}

// cappedOffice plays one story: the clock goes on, is set forward and back, processes come and go.
func cappedOffice(t *rapid.T, l *Ledger, zone *time.Location, m mutant) *office {
	o := &office{l: l, m: m, b: Budget{DailyCap: rapid.IntRange(1, 6).Draw(t, "cap"), Zone: zone}}
	o.clock = time.Unix(rapid.Int64Range(9e8, 10e8).Draw(t, "clock"), 0).In(zone)
	o.restart(t)
	for range 60 {
		switch rapid.IntRange(0, 9).Draw(t, "what") {
		case 0:
			o.clock = o.clock.Add(-time.Duration(rapid.Int64Range(0, int64(3*24*time.Hour)).Draw(t, "back")))
		case 1:
			o.restart(t)
		case 2, 3:
			o.clock = o.clock.Add(time.Duration(rapid.Int64Range(0, int64(30*time.Hour)).Draw(t, "on")))
		default:
			o.clock = o.clock.Add(time.Duration(rapid.Int64Range(0, int64(2*time.Hour)).Draw(t, "a little")))
			o.mail(t, rapid.IntRange(0, 5).Draw(t, "leaves") > 0)
		}
	}
	return o
}

func emptyLedger(t *testing.T) func() *Ledger {
	return func() *Ledger {
		file, err := OpenLedger(t.TempDir(), true, LedgerOptions{Identity: LedgerIdentity{API: "http://127.0.0.1", Partner: "PA"}, NoSync: true})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, file.Close()) })
		return NewLedger(file)
	}
}

// TestCapHoldsWhateverTheClockDoes: by their own times, no day ever has more mails than the cap; nor has any by their places
// in the trail, as long as mails leave on it. (The place of a clock that was ahead has the mails of all days until then.)
func TestCapHoldsWhateverTheClockDoes(t *testing.T) {
	ledger := emptyLedger(t)
	zones := []*time.Location{zoned(t, "Asia/Kolkata"), zoned(t, "America/Havana"), zoned(t, "Pacific/Auckland")}
	mails := 0
	rapid.Check(t, func(t *rapid.T) {
		o := cappedOffice(t, ledger(), rapid.SampledFrom(zones).Draw(t, "zone"), "")
		require.LessOrEqual(t, o.worst(), o.b.DailyCap)
		require.LessOrEqual(t, o.byDay, o.b.DailyCap)
		mails += len(o.sent)
	})
	require.NotZero(t, mails)
}

// TestClockSetBackInMidRun: a day that was over has the mails that it had, whether the run has counted it or not.
func TestClockSetBackInMidRun(t *testing.T) {
	for _, days := range []int{1, 4} {
		o := &office{l: emptyLedger(t)(), b: Budget{DailyCap: 2, Zone: time.UTC}, clock: time.Date(2000, 1, 10, 12, 0, 0, 0, time.UTC)}
		o.restart(t)
		o.mail(t, true)
		o.clock = o.clock.AddDate(0, 0, days)
		o.restart(t)
		o.mail(t, true)
		o.clock = o.clock.AddDate(0, 0, -days)
		for range 3 {
			o.mail(t, true)
		}
		require.Len(t, o.sent, 2, "%d days back", days)
	}

	o := &office{l: emptyLedger(t)(), b: Budget{DailyCap: 2, Zone: time.UTC}, clock: time.Date(2000, 1, 11, 12, 0, 0, 0, time.UTC)}
	o.restart(t)
	o.mail(t, true)
	o.clock = o.clock.AddDate(0, 0, -1)
	o.mail(t, true)
	o.clock = o.clock.AddDate(0, 0, 1)
	o.mail(t, true)
	require.Len(t, o.sent, 2, "what was sent on the wrong day has its place in the trail on the right one")
}

// TestClockThatWasAheadCostsOneDay: mails of a clock that was years ahead count for the day on which that was mended, and on no
// later one; nor do those that have their places in the trail behind them, except on the day that those places are of.
func TestClockThatWasAheadCostsOneDay(t *testing.T) {
	for _, restarts := range []bool{true, false} {
		mended := time.Date(2000, 1, 10, 12, 0, 0, 0, time.UTC)
		o := &office{l: emptyLedger(t)(), b: Budget{DailyCap: 2, Zone: time.UTC}, clock: mended}
		on := func(day int) int {
			o.clock = mended.AddDate(0, 0, day)
			before := len(o.sent)
			for range 3 {
				if restarts {
					o.restart(t)
				}
				o.mail(t, true)
			}
			return len(o.sent) - before
		}
		o.restart(t)
		require.Equal(t, 2, on(1000))
		require.Zero(t, on(0), "they may have left today")
		require.Contains(t, o.a.closed(o.clock).Why, "clock was set back")
		for day := 1; day < 10; day++ {
			require.Equal(t, 2, on(day), "day %d", day)
		}
		require.Zero(t, on(1000), "the clock can't be told from one that was behind until now")
		require.Equal(t, 2, on(1001))
	}
}

// TestClockThatWasBehind: mails that left before a clock that had lost the time was set count for the day of what was
// written before them.
func TestClockThatWasBehind(t *testing.T) {
	noon := time.Date(2010, 1, 10, 12, 0, 0, 0, time.UTC)
	o := &office{l: emptyLedger(t)(), b: Budget{DailyCap: 3, Zone: time.UTC}, clock: noon}
	o.restart(t)
	o.mail(t, true)
	o.clock = time.Unix(0, 0)
	o.restart(t)
	o.mail(t, true)
	o.mail(t, true)
	o.clock = noon.Add(time.Hour)
	for range 3 {
		o.restart(t)
		o.mail(t, true)
	}
	require.LessOrEqual(t, o.byDay, 3)
	require.Len(t, o.sent, 3)
}

// TestCapIsUsedUp: a cap is no reason to send less, as long as nobody plays with the clock.
func TestCapIsUsedUp(t *testing.T) {
	o := &office{l: emptyLedger(t)(), b: Budget{DailyCap: 5, Zone: zoned(t, "Europe/Berlin")}}
	o.clock = time.Date(2000, 3, 24, 9, 0, 0, 0, o.b.Zone)
	for range 4 * 24 {
		o.restart(t)
		o.mail(t, true)
		o.mail(t, true)
		o.clock = o.clock.Add(time.Hour)
	}
	days := map[string]int{}
	for _, e := range o.sent {
		days[e.At.In(o.b.Zone).Format(time.DateOnly)]++
	}
	require.Equal(t, map[string]int{"2000-03-24": 5, "2000-03-25": 5, "2000-03-26": 5, "2000-03-27": 5, "2000-03-28": 5}, days)
}

// TestPlaceGivenBackIsFree: one that never left doesn't cost a customer the day.
func TestPlaceGivenBackIsFree(t *testing.T) {
	o := &office{l: emptyLedger(t)(), b: Budget{DailyCap: 2, Zone: time.UTC}, clock: time.Unix(9e8, 0)}
	o.restart(t)
	for range 10 {
		o.mail(t, false)
	}
	o.mail(t, true)
	o.mail(t, true)
	o.mail(t, true)
	require.Len(t, o.sent, 2)
}

// TestBudgetSaysWhenItGoesOn: why it is closed, and the first moment at which it no longer is.
func TestBudgetSaysWhenItGoesOn(t *testing.T) {
	kolkata := zoned(t, "Asia/Kolkata")
	w, err := ParseWindow("09:00-19:00 mon-sat")
	require.NoError(t, err)
	o := &office{l: emptyLedger(t)(), b: Budget{DailyCap: 2, Window: w, Zone: kolkata}}
	at := func(day, hour, minute int) time.Time { return time.Date(2000, 1, day, hour, minute, 0, 0, kolkata) }
	closed := func(now time.Time) *Closed {
		o.clock = now
		o.restart(t)
		o.mail(t, true)
		return o.a.closed(now)
	}
	require.Equal(t, &Closed{"the window is closed", at(7, 9, 0)}, closed(at(7, 8, 0)))
	require.Nil(t, closed(at(7, 9, 0)))
	require.Nil(t, closed(at(7, 9, 0)))
	require.Equal(t, &Closed{"the daily cap of 2 is used up", at(8, 9, 0)}, closed(at(7, 9, 1)), "Saturday")
	require.Equal(t, &Closed{"the window is closed", at(10, 9, 0)}, closed(at(8, 18, 59).Add(time.Second)), "a mail could leave after the end; Sunday is closed")
	require.Nil(t, closed(at(10, 9, 0)))
	back := closed(at(6, 12, 0))
	require.Contains(t, back.Why, "clock was set back")
	require.Equal(t, at(8, 9, 0), back.Until)
	require.Len(t, o.sent, 3)

	o.a.reopen()
	require.Nil(t, o.a.closed(at(6, 12, 0)))
}

// TestMailsOfTheLastMinuteCountForBothDays: they may leave on either.
func TestMailsOfTheLastMinuteCountForBothDays(t *testing.T) {
	o := &office{l: emptyLedger(t)(), b: Budget{DailyCap: 2, Zone: time.UTC}, clock: time.Date(2000, 1, 1, 23, 59, 30, 0, time.UTC)}
	o.restart(t)
	o.mail(t, true)
	o.clock = o.clock.Add(time.Minute)
	for range 3 {
		o.mail(t, true)
		o.restart(t)
	}
	require.Len(t, o.sent, 2)
	require.Equal(t, 2, o.sent[1].At.Day())
}

// TestLateMailIsNotSent: what took too long after its place was taken stays for the next time.
func TestLateMailIsNotSent(t *testing.T) {
	w, err := ParseWindow("09:00-19:00")
	require.NoError(t, err)
	a := &allowance{Budget: Budget{Window: w, Zone: time.UTC}, reach: reachOf(DefaultTimeout)}
	at := func(hour, minute, second int) time.Time {
		return time.Date(2000, 1, 1, hour, minute, second, 0, time.UTC)
	}
	require.False(t, a.late(at(18, 59, 0), at(18, 59, 30)))
	require.True(t, a.late(at(18, 59, 0), at(18, 59, 31)))

	capped := &allowance{Budget: Budget{DailyCap: 1, Zone: time.UTC}, reach: reachOf(DefaultTimeout)}
	require.False(t, capped.late(at(23, 58, 30), at(23, 59, 30)))
	require.True(t, capped.late(at(23, 58, 30), at(23, 59, 31)), "it could leave on a day that it does not count for")
	require.False(t, capped.late(at(23, 59, 30), at(24, 1, 0)), "it counts for both")
}

func TestBudgetThatCanNotBeKept(t *testing.T) {
	short, err := ParseWindow("09:00-09:02")
	require.NoError(t, err)
	require.ErrorIs(t, Budget{Window: short}.Check(DefaultTimeout), ErrBudget)
	require.NoError(t, Budget{Window: short}.Check(0))
	enough, err := ParseWindow("09:00-09:03")
	require.NoError(t, err)
	require.NoError(t, Budget{Window: enough}.Check(DefaultTimeout))
	require.ErrorIs(t, Budget{DailyCap: -1}.Check(DefaultTimeout), ErrBudget)
	require.NoError(t, Budget{}.Check(DefaultTimeout))
}

// TestCapOfTheLawCanFail: without the count from the trail, or by another day, the law is broken.
func TestCapOfTheLawCanFail(t *testing.T) {
	ledger := emptyLedger(t)
	for _, m := range []mutant{noDurableCount, capByUTCDay} {
		broken := false
		for seed := 0; seed < 100 && !broken; seed++ {
			o := rapid.Custom(func(t *rapid.T) *office {
				return cappedOffice(t, ledger(), zoned(t, "Pacific/Auckland"), m)
			}).Example(seed)
			broken = o.worst() > o.b.DailyCap
		}
		require.True(t, broken, string(m))
	}
}
