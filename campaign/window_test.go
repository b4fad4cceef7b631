package campaign

import (
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// zoned loads a time zone. The tests bring their own data, as the program does.
func zoned(t require.TestingT, name string) *time.Location {
	zone, err := time.LoadLocation(name)
	require.NoError(t, err)
	return zone
}

func TestWindow(t *testing.T) {
	for _, c := range []struct {
		window string
		open   []string // in the week of Monday, 2000-01-03
		closed []string
	}{
		{"09:00-19:00", []string{"Mon 09:00", "Sun 18:59"}, []string{"Mon 08:59", "Mon 19:00"}},
		{"9:00-19:00 mon-sat", []string{"Mon 09:00", "Sat 18:59"}, []string{"Sun 09:00"}},
		{"09:00-12:00 mon-fri; 10:00-11:00 Saturday", []string{"Fri 11:59", "Sat 10:00"}, []string{"Sat 09:59", "Sat 11:00", "Sun 10:30"}},
		{"09:00-12:00 mon wed, 13:00-24:00 tue", []string{"Mon 09:00", "Wed 11:00", "Tue 13:00", "Tue 23:59"}, []string{"Tue 09:00", "Wed 00:00"}},
		{"22:00-02:00 fri", []string{"Fri 22:00", "Fri 23:59", "Sat 00:00", "Sat 01:59"}, []string{"Fri 21:59", "Fri 01:00", "Sat 02:00", "Sat 22:00"}},
		{"22:00-00:00 sun", []string{"Sun 23:59"}, []string{"Mon 00:00", "Sun 00:00"}},
		{"00:00-24:00 fri-mon", []string{"Fri 00:00", "Sat 12:00", "Sun 12:00", "Mon 23:59"}, []string{"Tue 00:00", "Thu 23:59"}},
	} {
		w, err := ParseWindow(c.window)
		require.NoError(t, err, c.window)
		at := func(text string) time.Time {
			clock, err := time.Parse("15:04", text[4:])
			require.NoError(t, err)
			for d := time.Date(2000, 1, 3, clock.Hour(), clock.Minute(), 0, 0, time.UTC); ; d = d.AddDate(0, 0, 1) {
				if d.Weekday().String()[:3] == text[:3] {
					return d
				}
			}
		}
		for _, text := range c.open {
			require.True(t, w.openFor(at(text), time.Minute), "%s at %s", c.window, text)
		}
		for _, text := range c.closed {
			require.False(t, w.openFor(at(text), time.Minute), "%s at %s", c.window, text)
		}
	}
	require.True(t, Window{}.openFor(time.Now(), time.Hour), "none is always open")
}

func TestWindowThatIsNone(t *testing.T) {
	for text, want := range map[string]string{
		"": "never open", " ; ,": "never open", "09:00-09:00": "is empty", "24:00-09:00": "is empty", "09-19": `"09" is no time`,
		"09:00": "no span", "25:00-26:00": "no time of day", "09:00-19:00 mon-": "no day", "09:00-19:00 someday": "no day",
		"mon-sat 09:00-19:00": "no time of day", "09:00-13:00, 14:00-18:00 mon-fri": "09:00-13:00 has no days and 14:00-18:00 has",
		"09:00-19:00 mo": "no day",
	} {
		_, err := ParseWindow(text)
		require.ErrorContains(t, err, want, "%q", text)
	}
}

// TestWindowOverDaylightSaving: what counts is the clock on the wall. At Berlin, 02:00 to 03:00 is skipped on 2000-03-26
// and comes twice on 2000-10-29.
func TestWindowOverDaylightSaving(t *testing.T) {
	berlin := zoned(t, "Europe/Berlin")
	w, err := ParseWindow("02:00-03:00")
	require.NoError(t, err)
	minutes := func(month time.Month, day int) (open int) {
		from, to := dayOf(time.Date(2000, month, day, 12, 0, 0, 0, berlin))
		for at := from; at.Before(to); at = at.Add(time.Minute) {
			if w.openFor(at, time.Second) {
				open++
			}
		}
		return open
	}
	require.Equal(t, 60, minutes(3, 25))
	require.Equal(t, 0, minutes(3, 26))
	require.Equal(t, 120, minutes(10, 29))

	next, ok := w.next(time.Date(2000, 3, 25, 3, 0, 0, 0, berlin), time.Minute)
	require.True(t, ok)
	require.Equal(t, time.Date(2000, 3, 27, 2, 0, 0, 0, berlin), next, "not on the day that has no such hour")
}

// TestNextOpening: it is open at the next opening for as long as was asked, and at no minute before.
func TestNextOpening(t *testing.T) {
	zones := []*time.Location{zoned(t, "Asia/Kolkata"), zoned(t, "America/Havana"), zoned(t, "Australia/Lord_Howe")}
	rapid.Check(t, func(t *rapid.T) {
		s := span{from: rapid.IntRange(0, dayMinutes-1).Draw(t, "from"), to: rapid.IntRange(0, dayMinutes).Draw(t, "to")}
		for d := range s.days {
			s.days[d] = rapid.Bool().Draw(t, "day")
		}
		w := Window{[]span{s}}
		zone := rapid.SampledFrom(zones).Draw(t, "zone")
		at := time.Unix(rapid.Int64Range(9e8, 10e8).Draw(t, "at"), rapid.Int64Range(0, 999999999).Draw(t, "ns")).In(zone)
		if rapid.Bool().Draw(t, "near the end") { // where it matters for how long it is open
			at = time.Date(at.Year(), at.Month(), at.Day(), 0, s.to, -rapid.IntRange(1, 400).Draw(t, "before"), 0, zone)
		}
		long := time.Duration(rapid.IntRange(1, 300).Draw(t, "seconds")) * time.Second
		next, ok := w.next(at, long)
		if !ok {
			return
		}
		require.True(t, w.open(next) && w.open(next.Add(long-1)))
		require.False(t, next.Before(at))
		for before := at; before.Before(next) && before.Before(at.Add(26*time.Hour)); before = before.Add(47 * time.Second) {
			closes := false
			for m := before; m.Before(before.Add(long)); m = m.Add(time.Second) {
				closes = closes || !w.open(m)
			}
			require.True(t, closes, "%s is open before %s", before, next)
		}
	})
}

// TestDaysTile: whatever the clocks do at midnight, each moment belongs to one day, which begins where the one before ends.
func TestDaysTile(t *testing.T) {
	for name, length := range map[string]map[string]time.Duration{
		"Asia/Kolkata":        nil,
		"Europe/Berlin":       {"2018-03-25": 23 * time.Hour, "2018-10-28": 25 * time.Hour},
		"America/New_York":    {"2018-03-11": 23 * time.Hour},
		"America/Havana":      {"2018-03-11": 23 * time.Hour, "2018-11-04": 25 * time.Hour}, // midnight is skipped, and comes twice
		"America/Sao_Paulo":   {"2018-11-04": 23 * time.Hour, "2018-02-17": 25 * time.Hour}, // skipped; set back at midnight to the day before
		"Asia/Amman":          {"2018-03-30": 23 * time.Hour, "2018-10-26": 25 * time.Hour}, // skipped, and comes twice
		"Asia/Beirut":         {"2018-03-25": 23 * time.Hour},
		"Australia/Lord_Howe": {"2018-04-01": 24*time.Hour + 30*time.Minute},
		"Antarctica/Troll":    {"2018-03-25": 22 * time.Hour},
		"Pacific/Apia":        {"2011-12-29": 24 * time.Hour, "2011-12-31": 24 * time.Hour}, // there is no 30th
	} {
		zone := zoned(t, name)
		for _, year := range []int{2011, 2018} {
			from, to := dayOf(time.Date(year, 1, 1, 12, 0, 0, 0, zone))
			for from.Year() == year {
				day := from.Format(time.DateOnly)
				if want, special := length[day]; special {
					require.Equal(t, want, to.Sub(from), "%s %s", name, day)
					delete(length, day)
				}
				require.Zero(t, from.Second(), name)
				require.False(t, name == "Pacific/Apia" && day == "2011-12-30")
				for _, inside := range []time.Time{from, from.Add(to.Sub(from) / 2), to.Add(-1)} {
					f, u := dayOf(inside)
					require.True(t, f.Equal(from) && u.Equal(to), "%s: the day of %s is %s to %s", name, inside, f, u)
				}
				from, to = dayOf(to)
			}
		}
		require.Empty(t, length, "%s: each of these was met", name)
	}
}
