package report

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// points are the points of a path.
func points(t testing.TB, path string) (xs, ys []float64) {
	t.Helper()
	for _, p := range strings.Split(strings.TrimPrefix(path, "M"), "L") {
		x, y, ok := strings.Cut(p, " ")
		require.True(t, ok, p)
		for _, of := range []struct {
			text string
			to   *[]float64
		}{{x, &xs}, {y, &ys}} {
			n, err := strconv.ParseFloat(of.text, 64)
			require.NoError(t, err, p)
			*of.to = append(*of.to, n)
		}
	}
	return xs, ys
}

func TestTimeChart(t *testing.T) {
	for seed := range uint64(300) {
		o := random(t, seed)
		c := newTimeChart(o.Days, o.Zone)
		if o.Total.Sent() == 0 {
			require.Nil(t, c)
			continue
		}
		// The numbers begin at 0 and rise in equal steps, to the first above every total.
		require.GreaterOrEqual(t, len(c.Up), 2, "seed %d", seed)
		require.LessOrEqual(t, len(c.Up), mostUp+1, "seed %d", seed)
		require.Equal(t, tick{At: 100, Label: "0"}, c.Up[0], "seed %d", seed)
		require.Zero(t, c.Up[len(c.Up)-1].At, "seed %d", seed)
		var ups []int
		for _, u := range c.Up {
			n, err := strconv.Atoi(strings.ReplaceAll(u.Label, ",", ""))
			require.NoError(t, err)
			ups = append(ups, n)
		}
		top, step := ups[len(ups)-1], ups[1]
		for i, n := range ups {
			require.Equal(t, i*step, n, "seed %d", seed)
			require.InDelta(t, 100-100*float64(n)/float64(top), float64(c.Up[i].At), 1e-9)
		}
		require.Contains(t, "125", strings.TrimRight(strconv.Itoa(step), "0"), "seed %d: a round step", seed)
		require.GreaterOrEqual(t, top, o.Total.Sent(), "seed %d", seed)
		require.Less(t, top-step, o.Total.Sent(), "seed %d", seed)

		for _, l := range []struct {
			line
			total int
		}{{c.Invited, o.Total.Sent()}, {c.Completed, o.Total.Completed}} {
			xs, ys := points(t, l.Path)
			require.Len(t, xs, len(o.Days)+1, "seed %d: the start, and the end of each day", seed)
			require.Equal(t, []float64{0, 1000}, []float64{xs[0], ys[0]}, "seed %d", seed)
			for i := 1; i < len(xs); i++ {
				require.Greater(t, xs[i], xs[i-1], "seed %d", seed)
				require.LessOrEqual(t, ys[i], ys[i-1], "seed %d: what was reached is not lost", seed)
			}
			require.Equal(t, 1000.0, xs[len(xs)-1], "seed %d", seed)
			require.InDelta(t, 1000-1000*float64(l.total)/float64(top), ys[len(ys)-1], 0.06, "seed %d", seed)
			require.InDelta(t, ys[len(ys)-1]/10, float64(l.End), 0.01, "seed %d: the dot is at the end of its line", seed)
			require.Equal(t, l.total, l.Total)
		}
		labels := []float64{float64(c.Invited.End), float64(c.Completed.End)}
		require.True(t, c.Completed.Below || labels[1]-labels[0] >= apart, "seed %d: the labels don't touch", seed)
	}
	require.Nil(t, newTimeChart(nil, time.UTC))
	require.Nil(t, newTimeChart([]Day{{Date: time.Unix(0, 0)}}, time.UTC))
}

// A campaign of any length has a few marks, in order and with a label each.
func TestTicksAlong(t *testing.T) {
	zone := kolkata(t)
	for n := 1; n < 4000; n += 1 + n/60 {
		for _, first := range []time.Time{time.Date(2026, 11, 3, 0, 0, 0, 0, zone), time.Date(2027, 2, 28, 0, 0, 0, 0, zone)} {
			days := make([]Day, n)
			for i := range days {
				days[i].Date = first.AddDate(0, 0, i).UTC() // shown in the zone all the same
			}
			ticks := ticksAlong(days, zone)
			require.NotEmpty(t, ticks, "%d days", n)
			require.LessOrEqual(t, len(ticks), mostAlong, "%d days", n)
			require.GreaterOrEqual(t, len(ticks), min(n, 2), "%d days: %v", n, ticks)
			named := "" // the year that was named last
			for i, tick := range ticks {
				require.Equal(t, i%2 == 1 || tick.At > 87, tick.Minor)
				require.True(t, tick.At >= 0 && tick.At <= 94, "%d days: room for the label", n)
				require.True(t, i == 0 || tick.At > ticks[i-1].At)
				day := first.AddDate(0, 0, int(float64(tick.At)*float64(n)/100+.5))
				if year := day.Format("2006"); strings.HasSuffix(tick.Label, year) {
					named = year
				}
				month := day.Format("2006") == named && tick.Label == day.Format("Jan")
				require.True(t, month || tick.Label == day.Format("2 Jan") || day.Day() == 1 && tick.Label == day.Format("Jan 2006") ||
					day.YearDay() == 1 && tick.Label == named, "%d days: %v", n, ticks)
			}
		}
	}
}

func TestBar(t *testing.T) {
	for seed := range uint64(300) {
		c := random(t, seed).Total
		if seed == 0 {
			c = Counts{Rows: 1_000_000, Completed: 999_999, Undecided: 1}
		}
		b := newBar(c)
		x, rows := percent(0), 0
		for i, s := range b.Segments {
			require.InDelta(t, float64(x), float64(s.X), 1e-9, "seed %d: no gap, no overlap", seed)
			require.Greater(t, float64(s.Width), .6, "seed %d: one row of a million can be seen", seed)
			require.InDelta(t, float64(percentOf(s.Rows, c.Rows)), float64(s.Width), 6, "seed %d: %s", seed, s.Kind)
			for _, before := range b.Segments[:i] {
				require.NotEqual(t, before.Kind, s.Kind, "seed %d", seed)
			}
			x += s.Width
			rows += s.Rows
		}
		if c.Rows > 0 {
			require.InDelta(t, 100, float64(x), 1e-9, "seed %d", seed)
		}
		require.Equal(t, c.Rows, rows, "seed %d", seed)
	}
	require.Equal(t, "Completed: 999,999; Not clear yet: 1", newBar(Counts{Rows: 1_000_000, Completed: 999_999, Undecided: 1}).Words())
	require.Equal(t, "Not clear yet: 3; Not invited: 12", newBar(Counts{Rows: 15, InDoubt: 1, Undecided: 2, Refused: 5, Withdrawn: 7}).Words())
	require.Equal(t, "no rows", newBar(Counts{}).Words())
}

func TestFunnel(t *testing.T) {
	f := newFunnel(Counts{Invited: 40, Open: 20, Completed: 30, Expired: 10, Opened: 50, Started: 45})
	require.Equal(t, []step{{"Invited", 100, 100, 100}, {"Opened", 50, 100, 50}, {"Started", 45, 50, 45}, {"Completed", 30, 45, 30}}, f)
	for _, s := range newFunnel(Counts{Opened: 3}) {
		require.Zero(t, s.Width, "of nobody")
	}
	require.Equal(t, percent(100), newFunnel(Counts{Completed: 1, Opened: 3})[1].Width, "what is counted later than the invitation does not leave the page")
}
