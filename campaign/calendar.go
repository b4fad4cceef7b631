package campaign

import (
	"slices"
	"time"
)

// ServerReminders are the moments at which the API reminds by itself, on its clock, ascending: so many days before the session
// expires, while it is active (API page, reminder_schedule). In the redirect flow it mails nobody. Moments before the
// session was created are none, and so are those after it has ended.
func (rec Record) ServerReminders() []time.Time {
	if rec.Redirect || rec.Session.Expires.IsZero() {
		return nil
	}
	var moments []time.Time
	for _, days := range rec.Reminders {
		at := rec.Session.Expires.AddDate(0, 0, -days)
		if at.After(rec.Session.Created) && (rec.Session.Ended.IsZero() || at.Before(rec.Session.Ended)) {
			moments = append(moments, at)
		}
	}
	slices.SortFunc(moments, time.Time.Compare)
	return slices.Compact(moments)
}

// ourMails are the moments at which mails left, or may have, that are not reminders of the API's own schedule. An invitation that is
// in Mails is not told twice.
func (rec Record) ourMails() []time.Time {
	all := slices.Clone(rec.Mails)
	if made := rec.Session.Created; !rec.Redirect && !made.IsZero() &&
		!slices.ContainsFunc(all, func(m time.Time) bool { return m.Sub(made).Abs() < Cooldown }) {
		all = append(all, made)
	}
	if last := rec.Resend.Last; !last.IsZero() {
		all = append(all, last)
	}
	return all
}

// mails are all moments of mails to the account that are known, past and to come.
func (rec Record) mails() []time.Time { return append(rec.ourMails(), rec.ServerReminders()...) }

// LastMail is when the newest mail left of which is known that it left by the server's time at, or may have: an invitation,
// a resend, or a reminder of the API's own. Zero: none did.
func (rec Record) LastMail(at time.Time) (last time.Time) {
	for _, m := range rec.mails() {
		if m.After(last) && !m.After(at) {
			last = m
		}
	}
	return last
}
