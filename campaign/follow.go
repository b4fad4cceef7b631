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

// reached is how far on its way the session is known to have come. Under a word that nobody knows, what it has tells of that: the
// customer was there, and then said who they are (API page, "Session object").
func (s Session) reached() int {
	step, documented := orderOf(s.Status)
	switch {
	case documented:
		return step
	case !s.Completed.IsZero():
		step, _ = orderOf(statusCompleted)
	case s.KYCType != "":
		step, _ = orderOf(statusInProgress)
	case !s.Opened.IsZero():
		step, _ = orderOf(statusOpened)
	}
	return step
}

// follow takes over what the API says of the record's session, at a time of the server's between from and to; from is zero while
// too few answers agree on it, to where none told it. A look that shows the session where it was before is a lagging
// replica's, and changes nothing. What has ended stays as it ended: so a session is over by its time only where that is
// certain, and one whose end turns out to be still ahead was ended by a wrong Date, and lives. A revoke has not ended it
// before it can be judged either: by a wrong Date it would pass for an expiry, and nobody would ask again.
func (rec *Record) follow(s Session, from, to time.Time) {
	if s.ID != rec.Session.ID {
		return
	}
	if !from.IsZero() && rec.Session.endedAhead(to) {
		rec.Session.Ended = time.Time{}
	}
	had := rec.Session
	if step, documented := orderOf(s.Status); !had.Ended.IsZero() || documented && step < had.reached() {
		return
	}
	s.Ended = time.Time{}
	for _, keep := range []struct{ to, of *time.Time }{{&s.Created, &had.Created}, {&s.Opened, &had.Opened}, {&s.Completed, &had.Completed}, {&s.Expires, &had.Expires}} {
		if keep.to.IsZero() {
			*keep.to = *keep.of
		}
	}
	if s.KYCType == "" {
		s.KYCType = had.KYCType
	}
	if s.hasEnded(from) && !s.revokeInDoubt(from, to) {
		if s.Ended = from; from.IsZero() { // by a word, which is true at any time
			s.Ended = to
		}
	}
	rec.Session = s
}

// hasEnded says whether nothing can happen to the session any more, at the server's time: it was ended by a word that says
// so, or its time is over, and an hour more, in which something that was under way may still have arrived.
func (s Session) hasEnded(date time.Time) bool {
	return slices.Contains([]string{statusCompleted, statusRevoked, statusFailed, statusKYCFailed}, s.Status) ||
		!date.IsZero() && !s.Expires.IsZero() && date.After(s.Expires.Add(graceAfter))
}

// revokeInDoubt says whether nobody can tell if the session was revoked or has expired, which some APIs show by the same word: its
// answers have Dates, and too few agree.
func (s Session) revokeInDoubt(from, to time.Time) bool {
	return s.Status == statusRevoked && !s.Expires.IsZero() && from.IsZero() && !to.IsZero()
}

// endedByTime says whether the session was ended by its time alone.
func (s Session) endedByTime() bool { return !s.Ended.IsZero() && !s.hasEnded(time.Time{}) }

// endedAhead says whether that end is later than the server's time at: then it was none.
func (s Session) endedAhead(at time.Time) bool { return s.endedByTime() && s.Ended.After(at) }

// expiredAt says whether the session's link has stopped working by its time.
func (s Session) expiredAt(date time.Time) bool {
	return !s.Expires.IsZero() && !date.Before(s.Expires)
}
