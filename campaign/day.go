package campaign

import "time"

// widestShift is more than clocks are ever set forward or back within one day.
const widestShift = 3 * time.Hour

// dayOf is when the local day of a moment began and when the next one begins, in the moment's location. Midnight can
// be skipped or come twice, so a day begins with the first minute that has its date, and a day can have 23 or 25 hours.
func dayOf(t time.Time) (from, to time.Time) {
	year, month, day := t.Date()
	return firstOf(t, year, month, day), firstOf(t, year, month, day+1)
}

// firstOf is the first minute, of those around midnight, whose local date is that of the given day or a later one: whole
// days were skipped too, where the date line was moved.
func firstOf(t time.Time, year int, month time.Month, day int) time.Time {
	want := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	for at := time.Date(year, month, day, 0, 0, 0, 0, t.Location()).Add(-widestShift); ; at = at.Add(time.Minute) {
		y, m, d := at.Date()
		if !time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Before(want) {
			return at
		}
	}
}
