package campaign

import (
	"slices"
	"time"
)

// Follow is how a record keeps up with its session after the create protocol is done with it: sync and resend take over
// what the API says, and this is the one place that says what it means.

// statusOrder is the way of a session (API page, "Session lifecycle"). It never goes back.
var statusOrder = [...][]string{{statusEmailSent, statusLinkReady}, {statusOpened}, {statusInProgress}, {statusCompleted, statusRevoked}}

func orderOf(status string) (int, bool) {
	i := slices.IndexFunc(statusOrder[:], func(of []string) bool { return slices.Contains(of, status) })
	return i, i >= 0
}

// incidentRevoked is told of a session of ours that has ended unasked. There are APIs that show a failed verification so.
const incidentRevoked = "the session that we created was revoked, and not by us: by somebody else, or because the verification failed"

// follow takes over what the API says of the record's session at the server's time date. A look that shows the session where
// it was before is a lagging replica's, and changes nothing. What has ended stays as it ended.
func (rec *Record) follow(s Session, date time.Time) {
	had := rec.Session
	was, known := orderOf(had.Status)
	is, documented := orderOf(s.Status)
	if s.ID != had.ID || !had.Ended.IsZero() || known && documented && is < was {
		return
	}
	s.Ended = had.Ended
	for _, keep := range []struct{ to, of *time.Time }{{&s.Created, &had.Created}, {&s.Opened, &had.Opened}, {&s.Completed, &had.Completed}, {&s.Expires, &had.Expires}} {
		if keep.to.IsZero() {
			*keep.to = *keep.of
		}
	}
	if s.KYCType == "" {
		s.KYCType = had.KYCType
	}
	if s.hasEnded(date) {
		s.Ended = date
	}
	rec.Session = s
	if rec.State == Created && s.Status == statusRevoked && had.Status != statusRevoked && !s.expiredAt(date) && rec.Incident == "" {
		rec.Incident = incidentRevoked
	}
}

// shownAs takes over what an audit shows of the session. What has ended stays as it ended.
func (s Session) shownAs(seen Session) Session {
	if seen.ID == s.ID && !s.Ended.IsZero() {
		return s
	}
	return seen
}

// hasEnded says whether nothing can happen to the session any more, at the server's time: it was ended by a word that says
// so, or its time is over, and an hour more, in which something that was under way may still have arrived.
func (s Session) hasEnded(date time.Time) bool {
	return slices.Contains([]string{statusCompleted, statusRevoked, statusFailed, statusKYCFailed}, s.Status) ||
		!date.IsZero() && !s.Expires.IsZero() && date.After(s.Expires.Add(graceAfter))
}

// expiredAt says whether the session's link has stopped working by its time.
func (s Session) expiredAt(date time.Time) bool {
	return !s.Expires.IsZero() && !date.Before(s.Expires)
}
