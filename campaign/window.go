package campaign

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Window is when mails may leave: spans of local time on days of the week. It goes by what the clock on the wall shows, so
// an hour that summer time skips opens nothing, and one that comes twice counts twice. The zero value is always.
type Window struct{ spans []span }

// span is a part of a window.
type span struct {
	from, to int // minutes of the day; to at most from means that it ends on the next day
	days     [7]bool
}

const dayMinutes = 24 * 60

var errWindow = errors.New(`write a window as "09:00-19:00 mon-sat"; several with a comma between them`)

// ParseWindow reads "09:00-19:00 mon-sat": from, to, days. Without days it is every day; several windows have a comma or a
// semicolon between them, several days a space. A window whose end is not after its beginning reaches into the next day.
func ParseWindow(text string) (Window, error) {
	var w Window
	named, unnamed := "", ""
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == ';' }) {
		fields := strings.Fields(strings.ToLower(part))
		if len(fields) == 0 {
			continue
		}
		s, err := parseSpan(fields[0])
		if err != nil {
			return Window{}, err
		}
		for _, days := range fields[1:] {
			if err := s.add(days); err != nil {
				return Window{}, err
			}
			named = fields[0]
		}
		if len(fields) == 1 {
			s.days = [7]bool{true, true, true, true, true, true, true}
			unnamed = fields[0]
		}
		w.spans = append(w.spans, s)
	}
	switch {
	case len(w.spans) == 0:
		return Window{}, fmt.Errorf("a window that is never open: %w", errWindow)
	case named != "" && unnamed != "":
		return Window{}, fmt.Errorf("%s has no days and %s has: write the days of each, mon-sun for every day", unnamed, named)
	}
	return w, nil
}

func parseSpan(text string) (s span, err error) {
	from, to, ok := strings.Cut(text, "-")
	if !ok {
		return s, fmt.Errorf("%q is no span of time: %w", text, errWindow)
	}
	if s.from, err = parseClock(from); err != nil {
		return s, err
	}
	if s.to, err = parseClock(to); err != nil {
		return s, err
	}
	if s.from == s.to || s.from == dayMinutes {
		return s, fmt.Errorf("%q is empty; 00:00-24:00 is a whole day", text)
	}
	return s, nil
}

// parseClock reads 09:00, also 24:00 for the end of a day.
func parseClock(text string) (minute int, err error) {
	if text == "24:00" {
		return dayMinutes, nil
	}
	t, err := time.Parse("15:04", text)
	if err != nil {
		return 0, fmt.Errorf("%q is no time of day such as 09:00: %w", text, errWindow)
	}
	return t.Hour()*60 + t.Minute(), nil
}

// add makes the span one of a day, as sat, or of several, as mon-fri or fri-mon.
func (s *span) add(text string) error {
	first, last, isRange := strings.Cut(text, "-")
	from, ok := parseDay(first)
	to := from
	if isRange && ok {
		to, ok = parseDay(last)
	}
	if !ok {
		return fmt.Errorf("%q is no day such as mon, or mon-fri: %w", text, errWindow)
	}
	for d := from; ; d = (d + 1) % 7 {
		s.days[d] = true
		if d == to {
			return nil
		}
	}
}

// parseDay takes the first three letters of a day's English name, or all of it.
func parseDay(text string) (time.Weekday, bool) {
	for d := time.Sunday; d <= time.Saturday; d++ {
		if name := strings.ToLower(d.String()); text == name || text == name[:3] {
			return d, true
		}
	}
	return 0, false
}

// open says whether a span is open at a moment, whose location is the one that is meant.
func (w Window) open(t time.Time) bool {
	minute, today := t.Hour()*60+t.Minute(), t.Weekday()
	for _, s := range w.spans {
		switch {
		case s.from < s.to && s.days[today] && s.from <= minute && minute < s.to,
			s.from > s.to && s.days[today] && s.from <= minute,
			s.from > s.to && s.days[(today+6)%7] && minute < s.to:
			return true
		}
	}
	return false
}

// openFor says whether the window is open from a moment on for at least so long. It looks at each minute, since windows
// and changes of the clock begin and end with one.
func (w Window) openFor(t time.Time, long time.Duration) bool {
	if len(w.spans) == 0 {
		return true
	}
	for at, end := t, t.Add(long); at.Before(end); at = at.Truncate(time.Minute).Add(time.Minute) {
		if !w.open(at) {
			return false
		}
	}
	return w.open(t)
}

// opens says whether it ever does, for so long.
func (w Window) opens(t time.Time, long time.Duration) bool {
	_, ok := w.next(t, long)
	return ok
}

// next is the first moment from t on at which the window is open for so long; false where there is none within a year.
func (w Window) next(t time.Time, long time.Duration) (time.Time, bool) {
	for end := t.AddDate(1, 0, 0); t.Before(end); t = t.Truncate(time.Minute).Add(time.Minute) {
		if w.openFor(t, long) {
			return t, true
		}
	}
	return time.Time{}, false
}
