package report

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestDays counts by local date, over a change of the clocks, from the first day on which something happened to the newest look.
func TestDays(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	c := calendar{zone: berlin, days: map[int]Day{}}
	require.Equal(t, []Day{}, c.until(start()))
	at := time.Date(2026, 10, 24, 21, 59, 0, 0, time.UTC) // a minute to midnight; the next day has 25 hours
	invited, completed := func(d *Day) { d.Invited++ }, func(d *Day) { d.Completed++ }
	c.note(at, invited)
	c.note(at.Add(time.Minute), invited)
	c.note(at.Add(25*time.Hour), completed)
	c.note(at.Add(25*time.Hour+time.Minute), completed)
	c.note(time.Time{}, invited)
	date := func(day int) time.Time { return time.Date(2026, 10, day, 0, 0, 0, 0, berlin) }
	want := []Day{{date(24), 1, 0}, {date(25), 1, 1}, {date(26), 0, 1}}
	require.Equal(t, want, c.until(time.Time{}))
	require.Equal(t, want, c.until(at), "what was heard after the newest look counts too")
	require.Equal(t, append(want, Day{Date: date(27)}), c.until(date(27).Add(time.Hour)))

	c.note(time.Date(1, 1, 2, 0, 0, 0, 0, time.UTC), invited)
	all := c.until(time.Time{})
	require.Len(t, all, maxDays, "a time that is wrong by centuries is no reason for as many days")
	require.Equal(t, want, all[maxDays-3:])
}

// TestStuck holds against a sort, over seeds, who waits the longest.
func TestStuck(t *testing.T) {
	for seed := range uint64(50) {
		draw := rand.New(rand.NewPCG(seed, 3))
		var w waiting
		var all []Stuck
		for i := range draw.IntN(100) {
			one := Stuck{Account: string(rune('A' + i)), Since: start().Add(time.Duration(draw.IntN(30)) * time.Hour)}
			before, takes := w.stuck(), w.takes(one.Since)
			w.add(one)
			require.Equal(t, !slices.Equal(before, w.stuck()), takes, "seed %d", seed)
			all = append(all, one)
		}
		slices.SortStableFunc(all, func(a, b Stuck) int { return a.Since.Compare(b.Since) })
		want := waiting(all[:min(len(all), maxStuck)]).stuck()
		require.Equal(t, want, w.stuck(), "seed %d", seed)
	}
}
