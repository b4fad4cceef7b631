package campaign

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

// odd has the answers from one to another, both counted from 1, come with a Date that is off. Those of the list are refused where
// alone is set, so that a sync asks for each session by itself.
func (d *desk) odd(from, to int, by time.Duration, alone bool) {
	n := 0
	d.through(func(r *http.Request, api http.RoundTripper) (*http.Response, error) {
		if alone && isList(r) {
			return notFound(), nil
		}
		a, err := api.RoundTrip(r)
		if n++; err == nil && n >= from && n <= to {
			at, _ := http.ParseTime(a.Header.Get("Date"))
			a.Header.Set("Date", at.Add(by).UTC().Format(http.TimeFormat))
		}
		return a, err
	})
}

// sound has every answer come as the API gave it.
func (d *desk) sound() {
	d.through(func(r *http.Request, api http.RoundTripper) (*http.Response, error) { return api.RoundTrip(r) })
}

// TestOddDatesEndNoSession: a session is over by its time only where that is certain, for its end is never looked at again.
func TestOddDatesEndNoSession(t *testing.T) {
	for what, c := range map[string]struct {
		from, to int
		alone    bool
	}{
		"the first answer": {1, 1, false}, "the first answer of one session": {1, 1, true}, "two in a row": {5, 6, true}, "the last two": {19, 20, true},
	} {
		t.Run(what, func(t *testing.T) {
			created(t, 20, func(t *testing.T, d *desk) {
				time.Sleep(time.Hour)
				d.cfg.Workers = 1
				d.odd(c.from, c.to, 10*days, c.alone)
				s := d.sync()
				require.Equal(t, []int{0, 0}, []int{s.Expired, s.Missed}, "every session has six days to live")
				d.sound()
				d.acts("MA_003", "kyc_completed")
				s = d.sync()
				require.Equal(t, []int{20, 1}, []int{s.Accounts, s.Statuses[statusCompleted]})
			})
		})
	}
}

func TestOddDatesOfAResendEndNoSession(t *testing.T) {
	created(t, 5, func(t *testing.T, d *desk) {
		time.Sleep(3*days + time.Minute)
		d.cfg.Workers = 1
		d.odd(3, 6, 10*days, false)
		d.resend("spring", Policy{})
		for i := range 5 {
			require.Zero(t, d.record(fmt.Sprintf("MA_%03d", i)).Session.Ended)
		}
	})
}

// TestSyncAsksForTheTimeOnlyWhereItMatters: that sessions are over is certain once enough answers agree.
func TestSyncAsksForTheTimeOnlyWhereItMatters(t *testing.T) {
	created(t, 5, func(t *testing.T, d *desk) {
		require.Equal(t, 1, d.sync().Requests)
		time.Sleep(9 * days)
		s := d.sync()
		require.Equal(t, []int{enoughDates, 5}, []int{s.Requests, s.Expired})
	})
	created(t, 1, func(t *testing.T, d *desk) {
		time.Sleep(9 * days)
		s := d.sync()
		require.Equal(t, []int{enoughDates, 1}, []int{s.Requests, s.Expired}, "also where it is the only one, and never asked for again")
	})
}

// TestSyncWithoutATime: where no answers agree on the time, nothing is over by it, and few requests are made for that.
func TestSyncWithoutATime(t *testing.T) {
	created(t, 5, func(t *testing.T, d *desk) {
		time.Sleep(9 * days)
		d.cfg.Workers = 1
		n := 0
		d.through(func(r *http.Request, api http.RoundTripper) (*http.Response, error) {
			if isList(r) {
				return notFound(), nil
			}
			a, err := api.RoundTrip(r)
			n++
			a.Header.Set("Date", time.Now().Add(time.Duration(n)*time.Hour).UTC().Format(http.TimeFormat))
			return a, err
		})
		s := d.sync()
		require.Equal(t, []int{0, 0, 1 + 5 + maxTimes}, []int{s.Missed, s.Expired, s.Requests})
		d.sound()
		require.Equal(t, 5, d.sync().Expired)
	})
}

// TestSyncTakesAWrongEndBack: sessions that a wrong Date has ended are asked about again, and so they are by a resend.
func TestSyncTakesAWrongEndBack(t *testing.T) {
	created(t, 30, func(t *testing.T, d *desk) {
		time.Sleep(3*days + time.Minute)
		for i := range 29 {
			d.change(fmt.Sprintf("MA_%03d", i), func(r *Record) { r.Session.Ended = time.Now().Add(10 * days) })
		}
		d.acts("MA_003", "kyc_completed")
		d.acts("MA_004", "opened")
		s := d.sync()
		require.Equal(t, []int{30, 0, 0, 4}, []int{s.Accounts, s.Missed, s.Expired, s.Requests}, "the list, the time twice, and the list again")
		require.Equal(t, map[string]int{statusCompleted: 1, statusOpened: 1, statusEmailSent: 28}, s.Statuses)
		require.Equal(t, 29, d.sync().Accounts)
		require.Zero(t, d.record("MA_004").Session.Ended)
	})
	created(t, 3, func(t *testing.T, d *desk) {
		for i := range 3 {
			d.change(fmt.Sprintf("MA_%03d", i), func(r *Record) { r.Session.Ended = time.Now().Add(10 * days) })
		}
		require.Equal(t, 3, d.sync().Accounts, "also where there is nothing else to ask about")
		time.Sleep(9 * days)
		ended := d.sync()
		require.Equal(t, 3, ended.Expired)
		require.Equal(t, []int{0, 3}, []int{d.sync().Accounts, d.sync().Expired}, "a true end stays")
	})
}

// TestSyncedAtWhenAllHaveEnded: where there is nothing to ask about, the API's time still is, and what is known is as of then.
func TestSyncedAtWhenAllHaveEnded(t *testing.T) {
	created(t, 3, func(t *testing.T, d *desk) {
		c, err := d.ledger.Campaign("spring")
		require.NoError(t, err)
		at := func() time.Time {
			at, err := d.ledger.SyncedAt(c)
			require.NoError(t, err)
			return at
		}
		for i := range 3 {
			d.acts(fmt.Sprintf("MA_%03d", i), "kyc_completed")
		}
		d.sync()
		time.Sleep(10 * days)
		s := d.sync()
		require.Equal(t, []int{0, enoughDates, 0}, []int{s.Accounts, s.Requests, s.Missed})
		require.WithinDuration(t, time.Now(), at(), 2*time.Second)

		time.Sleep(days)
		d.odd(1, 1, 10*days, false)
		require.Equal(t, 3, d.sync().Requests, "until enough agree")
		require.WithinDuration(t, time.Now(), at(), 2*time.Second)
	})
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 3)...)
		require.Zero(t, d.sync().Requests, "nobody has a session that anything could be known of")
	})
}

// TestSyncedAtOfOddDates: what is known is as of now, whatever two answers had for a Date.
func TestSyncedAtOfOddDates(t *testing.T) {
	created(t, 20, func(t *testing.T, d *desk) {
		c, err := d.ledger.Campaign("spring")
		require.NoError(t, err)
		time.Sleep(time.Hour)
		d.cfg.Workers = 1
		d.odd(5, 6, 10*days, true)
		d.sync()
		at, err := d.ledger.SyncedAt(c)
		require.NoError(t, err)
		require.WithinDuration(t, time.Now(), at, 2*time.Second)
	})
}
