package campaign

import (
	"slices"
	"time"
)

// ServerReminders are the moments at which the API reminds by itself, on its clock, ascending: so many days before the session
// expires, while it is active (API page, reminder_schedule). In the redirect flow it mails nobody. Moments before the
// session was created are none.
func (rec Record) ServerReminders() []time.Time {
	if rec.Redirect || rec.Session.Expires.IsZero() {
		return nil
	}
	var moments []time.Time
	for _, days := range rec.Reminders {
		if at := rec.Session.Expires.AddDate(0, 0, -days); at.After(rec.Session.Created) {
			moments = append(moments, at)
		}
	}
	slices.SortFunc(moments, time.Time.Compare)
	return slices.Compact(moments)
}

// LastMail is when the newest mail left of which is known that it left by the server's time at, or may have: an invitation,
// a resend, or a reminder of the API's own. Zero: none did.
func (rec Record) LastMail(at time.Time) time.Time {
	last := rec.Resend.Last
	if !rec.Redirect && rec.Session.Created.After(last) {
		last = rec.Session.Created
	}
	for _, moments := range [][]time.Time{rec.Mails, rec.ServerReminders()} {
		for _, m := range moments {
			if m.After(last) && !m.After(at) {
				last = m
			}
		}
	}
	return last
}
