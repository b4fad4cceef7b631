package report

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The golden file is what people saw and found good. KYCBATCH_GOLDEN=write writes it anew, to be looked at again.
func TestHTMLGolden(t *testing.T) {
	const golden = "testdata/example.html"
	page := rendered(t, example(t))
	if os.Getenv("KYCBATCH_GOLDEN") == "write" {
		require.NoError(t, os.WriteFile(golden, page, 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), string(page))
	require.Equal(t, string(page), string(rendered(t, example(t))), "the same figures give the same bytes")
}

// random is a report of random figures that may be.
func random(t testing.TB, seed uint64) Overview {
	r := rand.New(rand.NewPCG(seed, 0))
	o := example(t)
	o.Owners, o.Total = nil, Counts{}
	for i := range r.IntN(6) {
		c := drawn(r, 1+r.IntN(1<<r.IntN(20)))
		o.Owners = append(o.Owners, Owner{Name: strconv.Itoa(i), Counts: c, Reminders: r.IntN(5000)})
		o.Total = sums(o.Total, c)
	}
	if len(o.Owners) == 0 {
		o.Total = drawn(r, 1+r.IntN(1000))
	}
	o.Days = daysOf(o.Total, time.Date(2026, time.Month(1+r.IntN(12)), 1+r.IntN(28), 0, 0, 0, 0, o.Zone), 1+r.IntN(400))
	return o
}

func TestHTMLNumbersAddUp(t *testing.T) {
	for seed := range uint64(150) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			o := random(t, seed)
			page := parsed(t, rendered(t, o))
			headlineAddsUp(t, page, o)
			placesAddUp(t, page, o)
			ownersAddUp(t, page, o)
			daysAddUp(t, page, o)
		})
	}
}

func headlineAddsUp(t *testing.T, page node, o Overview) {
	sum := 0
	for _, b := range page.all(func(e node) bool { return e.attr("class") == "tiles" })[0].tagged("b") {
		sum += row{cells: []node{b}}.number(t, 0)
	}
	require.Equal(t, o.Total.Rows, sum, "the headline")
}

func placesAddUp(t *testing.T, page node, o Overview) {
	all, places := 0, page.byID(t, "rows")
	for _, body := range places.tagged("tbody") {
		sum, rows := 0, lines([]node{body})
		for _, r := range rows[1:] {
			sum += r.number(t, 0)
		}
		require.Equal(t, rows[0].number(t, 0), sum, rows[0].name)
		all += sum
	}
	require.Equal(t, o.Total.Rows, all)
	require.Equal(t, o.Total.Rows, lines(places.tagged("tfoot"))[0].number(t, 0))
}

func ownersAddUp(t *testing.T, page node, o Overview) {
	const rows, invited, completed, share, opened, notOpened, ended, rest, reminders = 1, 2, 3, 4, 5, 6, 7, 8, 9
	var total [reminders + 1]int
	section := page.byID(t, "owners")
	for _, r := range append(lines(section.tagged("tbody")), lines(section.tagged("tfoot"))...) {
		sum := 0
		for _, i := range []int{completed, opened, notOpened, ended, rest} {
			sum += r.number(t, i)
		}
		require.Equal(t, r.number(t, rows), sum, r.name)
		for i := range total {
			switch {
			case i < rows || i == share:
			case r.name == "All":
				require.Equal(t, total[i], r.number(t, i), "column %d", i)
			default:
				total[i] += r.number(t, i)
			}
		}
	}
	if len(o.Owners) > 0 {
		require.Equal(t, []int{o.Total.Rows, o.Total.Sent(), o.Total.Completed}, []int{total[rows], total[invited], total[completed]}, "the owners")
	}
}

func daysAddUp(t *testing.T, page node, o Overview) {
	sent, done, days := 0, 0, lines(page.byID(t, "time").tagged("tbody"))
	for _, r := range days {
		sent += r.number(t, 0)
		done += r.number(t, 1)
		require.Equal(t, []int{sent, done}, []int{r.number(t, 2), r.number(t, 3)}, r.name)
	}
	require.Equal(t, []int{o.Total.Sent(), o.Total.Completed}, []int{sent, done}, "over time")
	require.LessOrEqual(t, len(days), mostDays)
}

func TestHTMLTellsWhatIsNew(t *testing.T) {
	news := func(o Overview) string { return parsed(t, rendered(t, o)).byID(t, "changes").text() }
	o := example(t)
	require.Equal(t, "What is new Since the report of Sun 22 Nov 2026, 06:00 IST: "+
		"invited +40 opened the link +31 completed +22 expired +3 failed +1 revoked 0", news(o))
	o.Changes = Changes{}
	require.Equal(t, "What is new Nothing has changed since the report of Sun 22 Nov 2026, 06:00 IST.", news(o))
	o.Changes.Revoked, o.Since = 3, time.Time{}
	require.Equal(t, "What is new There is no earlier report with which this one is compared.", news(o))
}

// Times are shown in the report's zone, in UTC where it has none.
func TestHTMLShowsTimesInTheZone(t *testing.T) {
	o := example(t)
	o.AsOf = o.AsOf.UTC()
	page := string(rendered(t, o))
	require.Contains(t, page, `As of <time datetime="2026-11-23T06:00:04&#43;05:30">Mon 23 Nov 2026, 06:00 IST</time>`)
	require.Contains(t, page, "shown in Asia/Kolkata")
	o.Zone = time.Local
	require.Contains(t, string(rendered(t, o)), "shown in local time")
	o.Zone = nil
	page = string(rendered(t, o))
	require.Contains(t, page, `As of <time datetime="2026-11-23T00:30:04Z">Mon 23 Nov 2026, 00:30 UTC</time>`)
	require.Contains(t, page, "shown in UTC")
	o.AsOf = time.Time{}
	require.Contains(t, string(rendered(t, o)), "The API was not looked at yet.")
}

func TestHTMLTellsWhoIsStuck(t *testing.T) {
	o := example(t)
	stuck := lines(parsed(t, rendered(t, o)).byID(t, "stuck").tagged("tbody"))
	require.Len(t, stuck, 6)
	words := func(r row) (words []string) {
		for _, c := range r.cells {
			words = append(words, c.text())
		}
		return words
	}
	require.Equal(t, "MA_7Q2K90XD", stuck[0].name)
	require.Equal(t, []string{"Meera Iyer", "invited, not opened yet", "19", "Tue 3 Nov 2026", "will be reminded on 25 Nov"}, words(stuck[0]))
	require.Equal(t, "No owner", words(stuck[2])[0])

	o.Campaigns, o.By, o.Stuck[0].Since = []string{"a", "b"}, "", time.Time{}
	require.Equal(t, []string{"november-upgrade", "invited, not opened yet", "–", "not known", "will be reminded on 25 Nov"},
		words(lines(parsed(t, rendered(t, o)).byID(t, "stuck").tagged("tbody"))[0]))
}

func TestShare(t *testing.T) {
	for _, of := range []struct {
		n, all int
		want   string
	}{
		{0, 0, "–"}, {0, 7, "0%"}, {7, 7, "100%"}, {1, 1_000_000, "<1%"}, {999_999, 1_000_000, ">99%"}, {1, 3, "33%"}, {2, 3, "67%"}, {1, 100, "1%"}, {99, 100, "99%"},
		{199, 200, ">99%"}, {1, 101, "<1%"},
	} {
		require.Equal(t, of.want, share(of.n, of.all), "%d of %d", of.n, of.all)
	}
}

func TestGrouped(t *testing.T) {
	for n, want := range map[int]string{0: "0", 7: "7", 999: "999", 1000: "1,000", 12345: "12,345", 999999: "999,999", 1000000: "1,000,000", -1234: "-1,234", -123: "-123"} {
		require.Equal(t, want, grouped(n))
	}
	require.Equal(t, []string{"0 rows", "1 row", "1,200 rows"}, []string{counted(0, "row"), counted(1, "row"), counted(1200, "row")})
}
