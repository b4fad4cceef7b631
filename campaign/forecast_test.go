package campaign

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestForecast(t *testing.T) {
	berlin := zoned(t, "Europe/Berlin")
	friday := time.Date(2000, 3, 24, 12, 0, 0, 0, berlin)
	day := func(d int) time.Time { return time.Date(2000, 3, d, 0, 0, 0, 0, berlin) }
	for _, c := range []struct {
		window   string
		cap      int
		mails    int
		pace     time.Duration
		want     Forecast
		whatItIs string
	}{
		{"", 0, 7, 0, Forecast{7, 1, day(24)}, "no budget"},
		{"", 0, 0, time.Second, Forecast{}, "nothing to send"},
		{"", 0, 43201, time.Second, Forecast{43200, 2, day(25)}, "a day has an end"},
		{"", 10, 25, time.Second, Forecast{10, 3, day(26)}, "the cap"},
		{"09:00-19:00 mon-fri", 10, 25, time.Second, Forecast{10, 3, day(28)}, "the week-end is left out"},
		{"09:00-11:00 mon-fri", 10, 25, time.Second, Forecast{0, 3, day(29)}, "today's window is over"},
		{"02:00-03:00", 0, 61, time.Minute, Forecast{0, 2, time.Date(2000, 3, 27, 0, 0, 0, 0, berlin)}, "the skipped hour mails nobody"},
		{"", 1, 4000, 0, Forecast{1, maxForecast, time.Time{}}, "longer than anybody waits"},
	} {
		b := Budget{DailyCap: c.cap, Zone: berlin}
		if c.window != "" {
			var err error
			b.Window, err = ParseWindow(c.window)
			require.NoError(t, err)
		}
		f, err := b.Forecast(nil, c.mails, c.pace, time.Second, friday)
		require.NoError(t, err)
		require.Equal(t, c.want.Today, f.Today, c.whatItIs)
		require.Equal(t, c.want.Days, f.Days, c.whatItIs)
		require.True(t, c.want.Until.Equal(f.Until), "%s: %s", c.whatItIs, f.Until)
	}
}

// TestForecastCountsWhatWasSent: the cap is the ledger's, so is the forecast.
func TestForecastCountsWhatWasSent(t *testing.T) {
	o := &office{l: emptyLedger(t)(), b: Budget{DailyCap: 5, Zone: time.UTC}, clock: time.Date(2000, 1, 1, 9, 0, 0, 0, time.UTC)}
	o.restart(t)
	o.mail(t, true)
	o.mail(t, true)
	f, err := o.b.Forecast(o.l, 10, 0, DefaultTimeout, o.clock.Add(time.Hour))
	require.NoError(t, err)
	require.Equal(t, Forecast{3, 3, time.Date(2000, 1, 3, 0, 0, 0, 0, time.UTC)}, f)
}
