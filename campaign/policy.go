package campaign

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"kycbatch/checkpoint"
)

// Policy says who is reminded by a resend, and when. All times are the server's.
type Policy struct {
	Statuses       []string      // of the session, as the API has it; nil: DefaultResendStatuses
	MinAge         time.Duration // between a resend and any other mail, before and after; 0: DefaultMinAge
	MaxResends     int           // of one session; 0: DefaultMaxResends
	ExpiringWithin time.Duration // only sessions that expire so soon; 0: any
	MaxMails       int           // to one address, over all its accounts, within MailsWithin: no resend adds to more; 0: no cap
	MailsWithin    time.Duration
	Column, Value  string // only rows with this value in this column of the file; "" all
	Wait           bool   // sit out a cooldown that ends soon enough

	forgot time.Time // when the ledger was found to be an earlier copy, which lacks mails; zero: it never was
}

// The defaults of a policy.
const (
	DefaultMinAge     = 72 * time.Hour
	DefaultMaxResends = 3
)

// DefaultResendStatuses are those of customers who have not begun.
func DefaultResendStatuses() []string { return []string{statusEmailSent, statusOpened} }

func (p Policy) withDefaults() Policy {
	if p.Statuses == nil {
		p.Statuses = DefaultResendStatuses()
	}
	if p.MinAge == 0 {
		p.MinAge = DefaultMinAge
	}
	if p.MaxResends == 0 {
		p.MaxResends = DefaultMaxResends
	}
	return p
}

// remembering gives a policy what the ledger knows of having forgotten, at the server's time now.
func (l *Ledger) remembering(p Policy, now time.Time) (Policy, error) {
	p = p.withDefaults()
	v, err := l.s.Get(checkpoint.Settings, []byte(forgotKey))
	if err != nil || v == nil {
		return p, err
	}
	at, err := numberOf(v)
	if p.forgot = now; at > 0 {
		p.forgot = time.UnixMicro(int64(at)).UTC()
	}
	return p, err
}

// forgotKey is the setting that says when a run last sat out a suspicion, by the server's clock: what was resent since is not on record
// either, and no look can show it. 0: the server's time was not known yet.
const forgotKey = "forgot"

func forgotWrite(at time.Time) checkpoint.Write {
	return checkpoint.Write{Table: checkpoint.Settings, Key: []byte(forgotKey), Value: recordKey(uint64(timeValue(at)))}
}

// dateForgotten notes the server's time of a suspicion that was sat out before anybody knew it: now is later, which errs on the safe side.
func (r *run) dateForgotten(ctx context.Context) error {
	v, err := r.l.s.Get(checkpoint.Settings, []byte(forgotKey))
	if err != nil || v == nil {
		return err
	}
	_, at, known := r.server.at(r.now())
	if n, err := numberOf(v); err != nil || n > 0 || !known {
		return err
	}
	return r.l.s.Put(finishing(ctx), forgotWrite(at))
}

// ErrPolicy refuses a policy that can't be kept, or that nobody could ever be reminded under.
var ErrPolicy = errors.New("no reminder could ever be sent so")

// Check refuses a policy that can't be kept for sessions that are created with these settings.
func (p Policy) Check(s Settings) error {
	p = p.withDefaults()
	days := s.ExpiresInDays
	if days == 0 {
		days = defaultExpiryDays
	}
	switch {
	case p.MinAge < Cooldown:
		return fmt.Errorf("a mail every %s: the API sends one in %s at most: %w", p.MinAge, Cooldown, ErrPolicy)
	case p.MaxMails > maxMails:
		return fmt.Errorf("a cap of %d mails: %d is the most that is kept in mind", p.MaxMails, maxMails)
	case (p.MaxMails > 0) != (p.MailsWithin > 0) || p.MaxMails < 0 || p.MailsWithin < 0:
		return fmt.Errorf("a cap on mails is a number and a time, as 4 in 14 days")
	}
	made := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	rec := Record{
		State: Created, Reminders: s.RemindBefore, Mails: []time.Time{made},
		Session: Session{ID: "any", Status: p.Statuses[0], Created: made, Expires: made.AddDate(0, 0, days)},
	}
	for v := p.Next(rec, nil, made); !v.When.IsZero(); v = p.Next(rec, nil, v.When.Add(leastOpen)) {
		if p.Judge(rec, nil, v.When, v.When.Add(leastOpen)).Due {
			return nil
		}
	}
	own := ""
	if len(s.RemindBefore) > 0 {
		own = fmt.Sprintf(" with reminders of the API's own %s days before its end", strings.Trim(fmt.Sprint(s.RemindBefore), "[]"))
	}
	return fmt.Errorf("a link that works for %d days%s, and %s between any two mails: %w", days, own, p.MinAge, ErrPolicy)
}

// leastOpen is how long a mail must be allowed at a stretch, so that a run can meet it at all: 72 hours on both sides leave but one
// moment between an invitation and a reminder six days later.
const leastOpen = time.Hour

// defaultExpiryDays is the API's own (API page, expires_in_days).
const defaultExpiryDays = 7

// Why says in a word why nobody is reminded now.
type Why string

// Why a policy says no. The words are shown to people.
const (
	WhyNoSession Why = "no session of ours that can be resent"
	WhyCompleted Why = "the customer has completed"
	WhyEnded     Why = "the session was revoked, or has failed"
	WhyExpired   Why = "the link has expired: only a new one helps"
	WhyStatus    Why = "its status is not one that is reminded"
	WhyEnough    Why = "reminded as often as is allowed"
	WhyNewer     Why = "somebody else has made a later session"
	WhyRecent    Why = "mailed too short a time ago"
	WhySoon      Why = "the API's own reminder comes soon"
	WhyAddress   Why = "its address got as many mails as is allowed"
	WhyNotYet    Why = "it does not expire soon enough"
	WhyUnknown   Why = "it is not known when it was created"
	WhyTried     Why = "the API refused it a short time ago"
	WhyForgot    Why = "the ledger was put back from an earlier copy, and may have forgotten a mail"
)

// Verdict is what a policy says of one account at one time.
type Verdict struct {
	Due  bool
	Why  Why       // where it is not due
	When time.Time // where it is not due: when it will be, as things stand; zero: never
}

// Judge says whether a mail may leave at any moment between two. others are the mails to the same address of other
// accounts, past and to come.
func (p Policy) Judge(rec Record, others []time.Time, from, to time.Time) Verdict {
	p = p.withDefaults()
	if why := p.never(rec, to); why != "" {
		return Verdict{Why: why}
	}
	mails := p.calendar(rec, others)
	for _, at := range []time.Time{from, to} {
		if why := p.against(rec, mails, at); why != "" {
			return Verdict{Why: why, When: p.next(rec, mails, at)}
		}
	}
	return Verdict{Due: true}
}

// Next is when the account will be reminded, as things stand: at from, or later; never, where When is zero.
func (p Policy) Next(rec Record, others []time.Time, from time.Time) Verdict {
	p = p.withDefaults()
	if why := p.never(rec, from); why != "" {
		return Verdict{Why: why}
	}
	mails := p.calendar(rec, others)
	why := p.against(rec, mails, from)
	if why == "" {
		return Verdict{Due: true, When: from}
	}
	return Verdict{Why: why, When: p.next(rec, mails, from)}
}

// never says why no time that passes makes the account due.
func (p Policy) never(rec Record, at time.Time) Why {
	s := rec.Session
	switch {
	case rec.State != Created || rec.Redirect || s.ID == "":
		return WhyNoSession
	case s.Status == statusCompleted:
		return WhyCompleted
	case s.endedByTime():
		return WhyExpired
	case !s.Ended.IsZero():
		return WhyEnded
	case s.expiredAt(at):
		return WhyExpired
	case rec.Newer != "":
		return WhyNewer
	case !slices.Contains(p.Statuses, s.Status):
		return WhyStatus
	case rec.Resend.Sent+p.forgotten(rec) >= p.MaxResends:
		return WhyEnough
	case s.Created.IsZero() && len(rec.Mails) == 0:
		return WhyUnknown
	}
	return ""
}

// forgotten is how many resends a ledger that was put back may not know of: as many as there was room for.
func (p Policy) forgotten(rec Record) int {
	if last := rec.LastMail(p.forgot); !last.IsZero() && last.Before(p.forgot) && rec.Session.Created.Before(p.forgot) {
		return int(p.forgot.Sub(last) / p.MinAge)
	}
	return 0
}
