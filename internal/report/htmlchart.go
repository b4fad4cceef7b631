package report

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// percent is a length in percent of the width or height of what holds it. As text it is what SVG understands.
type percent float64

func (p percent) String() string { return strconv.FormatFloat(float64(p), 'f', 2, 64) + "%" }

// percentOf is n of all; 0 where there are none.
func percentOf(n, all int) percent {
	if all <= 0 {
		return 0
	}
	return percent(100 * float64(n) / float64(all))
}

// timeChart is how many customers were invited and had completed by the end of each day.
type timeChart struct {
	Invited, Completed line
	Up                 []tick // of the numbers, from 0
	Along              []tick // of the days
	Gutter             int    // letters that the longest number takes
	Best               Day    // the day with the most completions
	From, To           time.Time
}

// line is one of the two lines of the chart.
type line struct {
	Path  string  // in a box of 1,000 × 1,000 with its origin at the top left
	Total int     // at its end
	End   percent // how far below the top it ends
	Below bool    // its label is below its end: the other line leaves no room above
}

// tick is a mark on an axis.
type tick struct {
	At    percent // from the left, or from the top
	Label string
	Minor bool // may be left out where there is little room
}

const (
	mostUp    = 4  // steps of the numbers
	mostAlong = 7  // marks of the days
	late      = 87 // percent of the width after which a label has no room on a phone
	tooLate   = 94 // and after which it has none anywhere
	apart     = 11 // percent of the height under which two labels would touch
)

// newTimeChart draws the days; nil where there is nothing to draw.
func newTimeChart(days []Day, zone *time.Location) *timeChart {
	var c timeChart
	for _, d := range days {
		c.Invited.Total += d.Invited
		c.Completed.Total += d.Completed
		if d.Completed > c.Best.Completed {
			c.Best = d
		}
	}
	most := max(c.Invited.Total, c.Completed.Total)
	if most == 0 {
		return nil
	}
	c.From, c.To = days[0].Date, days[len(days)-1].Date
	var top int
	c.Up, top = ticksUp(most)
	c.Gutter = len(c.Up[len(c.Up)-1].Label)
	c.Along = ticksAlong(days, zone)
	c.Invited.draw(days, top, func(d Day) int { return d.Invited })
	c.Completed.draw(days, top, func(d Day) int { return d.Completed })
	c.Completed.Below = c.Completed.End-c.Invited.End < apart
	return &c
}

// draw lets the line begin at nothing and pass through the total at the end of each day.
func (l *line) draw(days []Day, top int, of func(Day) int) {
	var path strings.Builder
	path.WriteString("M0 1000")
	sum := 0
	for i, d := range days {
		sum += of(d)
		x := 1000 * float64(i+1) / float64(len(days))
		y := 1000 - 1000*float64(sum)/float64(top)
		path.WriteString("L" + strconv.FormatFloat(x, 'f', 1, 64) + " " + strconv.FormatFloat(y, 'f', 1, 64))
	}
	l.Path = path.String()
	l.End = 100 - percentOf(sum, top)
}

// ticksUp marks the numbers from 0 to the first round one that is not under most, which it returns.
func ticksUp(most int) (ticks []tick, top int) {
	step := 1
	for i := 0; most > step*mostUp; i++ {
		step = []int{1, 2, 5}[(i+1)%3] * int(math.Pow10((i+1)/3))
	}
	top = (most + step - 1) / step * step
	for n := 0; n <= top; n += step {
		ticks = append(ticks, tick{At: 100 - percentOf(n, top), Label: grouped(n)})
	}
	return ticks, top
}

// tickRule says which days have a mark.
type tickRule struct {
	layout string // of the label; one of months gets the year where it is not that of the mark before
	marks  func(i int, d time.Time) bool
}

// tickRules are from many marks to few: of a few days each one, of more the Mondays, the first days of months, those of years.
func tickRules() []tickRule {
	const days, months, years = "2 Jan", "Jan", "2006"
	return []tickRule{
		{days, func(int, time.Time) bool { return true }},
		{days, func(i int, _ time.Time) bool { return i%2 == 0 }},
		{days, func(i int, _ time.Time) bool { return i%3 == 0 }},
		{days, func(_ int, d time.Time) bool { return d.Weekday() == time.Monday }},
		{days, func(_ int, d time.Time) bool {
			_, week := d.ISOWeek()
			return d.Weekday() == time.Monday && week%2 == 0
		}},
		{months, func(_ int, d time.Time) bool { return d.Day() == 1 }},
		{months, func(_ int, d time.Time) bool { return d.Day() == 1 && d.Month()%2 == 1 }},
		{months, func(_ int, d time.Time) bool { return d.Day() == 1 && d.Month()%3 == 1 }},
		{months, func(_ int, d time.Time) bool { return d.Day() == 1 && d.Month()%6 == 1 }},
		{years, func(_ int, d time.Time) bool { return d.YearDay() == 1 }},
		{years, func(_ int, d time.Time) bool { return d.YearDay() == 1 && d.Year()%2 == 0 }},
	}
}

// ticksAlong marks the days by the first rule that gives few enough marks.
func ticksAlong(days []Day, zone *time.Location) []tick {
	var ticks []tick
	for _, rule := range tickRules() {
		if ticks = rule.ticks(days, zone); len(ticks) <= mostAlong {
			break
		}
	}
	return ticks
}

func (r tickRule) ticks(days []Day, zone *time.Location) []tick {
	var ticks []tick
	year := 0 // of the mark before
	for i, day := range days {
		at, local := percentOf(i, len(days)), day.Date.In(zone)
		if at > tooLate || !r.marks(i, local) {
			continue
		}
		label := local.Format(r.layout)
		if r.layout == "Jan" && local.Year() != year {
			label = local.Format("Jan 2006")
		}
		year = local.Year()
		ticks = append(ticks, tick{At: at, Label: label, Minor: len(ticks)%2 == 1 || at > late})
	}
	return ticks
}
