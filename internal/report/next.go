package report

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"kycbatch/campaign"
)

// words is where the row stands, as a person reads it.
func words(st standing, res campaign.Result) string {
	return fill(standings[st].words, st, res)
}

func fill(text string, st standing, res campaign.Result) string {
	what := strconv.Itoa(res.Row.DuplicateOf)
	if st == other {
		if what = res.Record.Session.Status; what == "" {
			what = "none was given"
		}
	}
	return strings.ReplaceAll(text, "%s", what)
}

// next is what happens next with the row, or what somebody has to do. asOf is the server's time.
func (m *maker) next(st standing, res campaign.Result, asOf time.Time) string {
	if res.Row.Purged != "" && st != completed {
		return "nothing: what is personal of it was removed"
	}
	if st != invited {
		return fill(standings[st].next, st, res)
	}
	rec := res.Record
	if rec.Redirect {
		return "not opened: give the customer the link again"
	}
	asOf = later(asOf, rec.Session.Created)
	if at := m.reminder(rec, asOf); !at.IsZero() {
		return "will be reminded on " + m.day(at, asOf)
	}
	if rec.Session.Expires.IsZero() {
		return "not opened, no reminder planned: call"
	}
	return "not opened, no reminder planned: call before " + m.day(rec.Session.Expires, asOf)
}

// reminder is the earliest mail to come after a moment: the API's own, or a resend of ours. Zero: none is planned.
func (m *maker) reminder(rec campaign.Record, after time.Time) (at time.Time) {
	for _, moment := range rec.ServerReminders() {
		if moment.After(after) {
			at = moment
			break
		}
	}
	if m.cfg.Reminder != nil {
		if ours := m.cfg.Reminder(rec); !ours.IsZero() && (at.IsZero() || ours.Before(at)) {
			at = ours
		}
	}
	return at
}

// day writes a date as people say it, with its year where that is not the present one.
func (m *maker) day(at, now time.Time) string {
	at = at.In(m.zone)
	if at.Year() != now.In(m.zone).Year() {
		return at.Format("2 Jan 2006")
	}
	return at.Format("2 Jan")
}

// problem is what is wrong with the row, in plain words; "" nothing is.
func problem(st standing, res campaign.Result) string {
	rec := res.Record
	switch {
	case st == invalid:
		return res.Row.Problem
	case st == duplicate, st == excluded:
		return ""
	case res.Row.Purged != "":
		return cmp.Or(rec.Incident, rec.Reason, "what is personal of it was removed")
	case rec.Incident != "":
		return rec.Incident
	case st.waits() && rec.Newer != "":
		return "somebody else has made a later session for the account"
	case res.Outcome == campaign.OutcomeConflict && res.Row.Problem != "":
		return "the row was changed after it was sent, and the change cannot be sent: " + res.Row.Problem
	case res.Outcome == campaign.OutcomeConflict:
		return "the row was changed after it was sent; the change was not sent"
	}
	return rec.Reason
}

// later is the later of two moments.
func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// earlier is the earlier of two moments, of which a zero one is none.
func earlier(a, b time.Time) time.Time {
	if b.IsZero() || !a.IsZero() && a.Before(b) {
		return a
	}
	return b
}
