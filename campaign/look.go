package campaign

import (
	"slices"
	"time"
)

// Look is one listing of an account's sessions. It proves absence only where it is whole: every page, no
// status filter, every item this account's, as many distinct ids as the API counted (design, rule 3).
type Look struct {
	Began    time.Duration // when its first request left; like Event.Now
	Date     time.Time     // the server's time, no later than it is; of a resend's look: the answer's own Date. Zero: nobody knows
	Partial  bool          // not proved whole
	Sessions []Seen

	From, To time.Time // between them is the server's time now; From is zero while too few answers agree on it

	Incident, Newer string // of a resend's look: Record.Incident and Record.Newer by it, its account listed where that matters
}

// Seen is a session as a look shows it.
type Seen struct {
	Session
	Attempt   AttemptID // zero: it carries no attempt id that we can read
	WasOpened bool      // first_opened_at says that a customer was there
	Linked    bool      // of a session of ours, redirect flow: its link is in the links file
	Reminders []int     // days before expiry on which the API reminds by itself, as far as they can be read
}

// untouched says whether no customer has seen the session. A word that we do not know is no proof of it.
func (s Seen) untouched() bool {
	return !s.WasOpened && (s.Status == statusEmailSent || s.Status == statusLinkReady)
}

// failed says whether the session has ended without success, in one of the API's two undocumented words. The guard
// takes it for live all the same (design, rule 4); a person who orders its end takes nothing from anybody.
func (s Seen) failed() bool { return s.Status == statusFailed || s.Status == statusKYCFailed }

// expired says whether the session ended by its time, by the server's own clock.
func (s Seen) expired(date time.Time) bool {
	return s.Status != statusRevoked && s.Status != statusCompleted && !s.live(date)
}

// odd says whether the session is under a word that nobody knows, which proves neither that a customer was there nor
// that nobody was.
func (s Seen) odd() bool { return !s.WasOpened && s.oddWord() }

// oddWord says whether nobody knows the session's status. It may be ended.
func (s Seen) oddWord() bool {
	return !slices.Contains([]string{
		statusEmailSent, statusLinkReady, statusOpened, statusInProgress, statusCompleted, statusRevoked}, s.Status)
}

// The API's words for a session that the protocol acts on. Every other word is a session that may live.
const (
	statusEmailSent  = "email_sent"
	statusLinkReady  = "link_ready"
	statusOpened     = "opened"
	statusInProgress = "in_progress"
	statusCompleted  = "kyc_completed"
	statusRevoked    = "revoked"
	statusFailed     = "failed"
	statusKYCFailed  = "kyc_failed"
)

// live says whether a session must be taken for one that a customer can still use. The API has no
// documented word for expired or failed sessions, so whatever is not ended by a documented word lives
// until an hour after its expiry, by the server's own clock (design, rule 4).
func (s Seen) live(date time.Time) bool {
	switch s.Status {
	case statusRevoked, statusCompleted:
		return false
	}
	return s.Expires.IsZero() || date.IsZero() || !date.After(s.Expires.Add(graceAfter))
}

// ours are the sessions that attempts of this round made, the one that lives first. An attempt that is
// newer than the record's counts too: a ledger that lost a commit has forgotten that it made it.
func (p *Protocol) ours(a *Account, l Look) []Seen {
	var found []Seen
	for _, s := range l.Sessions {
		id := s.Attempt
		if id.Ledger != p.Ledger {
			continue
		}
		if id.Round == a.Round || p.mutant == anyRound {
			found = append(found, s)
		}
	}
	slices.SortStableFunc(found, func(x, y Seen) int { return rank(x, l.Date) - rank(y, l.Date) })
	return found
}

// rank orders sessions by how much they matter to the customer: completed, live with a link that is known,
// live, ended.
func rank(s Seen, date time.Time) int {
	switch {
	case s.Status == statusCompleted:
		return 0
	case s.live(date) && s.Linked:
		return 1
	case s.live(date):
		return 2
	default:
		return 3
	}
}

// strangers are the sessions that were not there at the round's first guard and that no attempt of this
// round made. One of an earlier round that has ended is none, however late a replica shows it.
func (p *Protocol) strangers(a *Account, l Look) []Seen {
	var found []Seen
	for _, s := range l.Sessions {
		mine := s.Attempt.Ledger == p.Ledger && (s.Attempt.Round == a.Round || s.Attempt.Round < a.Round && !s.live(l.Date))
		if !mine && !slices.Contains(a.Guard, s.ID) {
			found = append(found, s)
		}
	}
	return found
}

// find looks for a session by its id.
func (l Look) find(id string) (Seen, bool) {
	i := slices.IndexFunc(l.Sessions, func(s Seen) bool { return s.ID == id })
	if i < 0 {
		return Seen{}, false
	}
	return l.Sessions[i], true
}

// covers says whether a look shows every id that the round's first guard saw. One that does not is
// older or smaller than the guard, and proves nothing.
func (l Look) covers(ids []string) bool {
	for _, id := range ids {
		if _, shown := l.find(id); !shown {
			return false
		}
	}
	return true
}
